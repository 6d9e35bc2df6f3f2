//! What is wrong with a bundle, or with what should open it.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::Path;

use age::DecryptError;
use server::StartupError;

/// Why a bundle is refused.
#[derive(Debug)]
pub enum BundleFault {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// It is no age file.
    NotEncrypted,
    /// It was encrypted for others.
    ForOthers,
    /// It does not end where it was ended, or its bytes are not those that were written. Who reads it cannot tell which.
    Damaged,
    /// What was encrypted is no bundle.
    NoBundle,
    /// Its format has another version.
    OtherVersion(u32),
    /// A line is no record.
    NoRecord(u64),
}

impl BundleFault {
    /// The error of a command that reads this bundle.
    pub fn about(self, bundle: &Path) -> StartupError {
        let bundle = bundle.display();
        match self {
            BundleFault::Unreadable(error) => StartupError::Misused(format!("cannot read {bundle}: {error}")),
            fault => StartupError::Failed(format!("{bundle} {fault}")),
        }
    }
}

impl Display for BundleFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            BundleFault::Unreadable(error) => write!(formatter, "cannot be read: {error}"),
            BundleFault::NotEncrypted => {
                formatter.write_str("is no bundle: it does not begin as age begins a file")
            }
            BundleFault::ForOthers => {
                formatter.write_str("is encrypted for others: none of the identities of --identity opens it")
            }
            BundleFault::Damaged => {
                formatter.write_str("is cut off or was changed: nothing of it is used; take another copy")
            }
            BundleFault::NoBundle => formatter.write_str("holds something else than a bundle of passwords"),
            BundleFault::OtherVersion(version) => write!(
                formatter,
                "has version {version} of the format, which this program does not know; take a newer one"
            ),
            BundleFault::NoRecord(line) => write!(formatter, "is damaged: line {line} is no record"),
        }
    }
}

impl From<io::Error> for BundleFault {
    fn from(error: io::Error) -> BundleFault {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => BundleFault::Damaged,
            _ => BundleFault::Unreadable(error),
        }
    }
}

impl From<DecryptError> for BundleFault {
    fn from(error: DecryptError) -> BundleFault {
        match error {
            DecryptError::Io(error) => error.into(),
            DecryptError::NoMatchingKeys => BundleFault::ForOthers,
            DecryptError::InvalidHeader | DecryptError::UnknownFormat => BundleFault::NotEncrypted,
            _ => BundleFault::Damaged,
        }
    }
}
