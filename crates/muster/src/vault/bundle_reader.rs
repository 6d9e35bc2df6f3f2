//! Reads a bundle, a record at a time. Nothing is taken for complete before its end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use age::stream::StreamReader;
use age::{Decryptor, Identity, IdentityFile};
use domain::password_copies::CopiedRecord;
use server::StartupError;
use zeroize::Zeroizing;

use super::bundle_fault::BundleFault;
use super::bundle_lines::{BundleEnd, BundleHead, FORMAT, LINE_BYTES_MAX, VERSION};
use crate::vault_arguments::BundleArguments;

/// What opens a bundle.
pub type AgeIdentities = Vec<Box<dyn Identity + Send + Sync>>;

/// A bundle that is being read.
pub struct BundleReader<R: Read> {
    input: BufReader<StreamReader<R>>,
    line: Zeroizing<Vec<u8>>,
    lines: u64,
    records: u64,
    has_ended: bool,
}

impl<R: Read> BundleReader<R> {
    /// Begins to read.
    pub fn open(input: R, identities: &AgeIdentities) -> Result<BundleReader<R>, BundleFault> {
        let decryptor = Decryptor::new(input)?;
        let stream = decryptor.decrypt(identities.iter().map(|identity| &**identity as &dyn Identity))?;
        let input = BufReader::new(stream);
        let line = Zeroizing::new(Vec::new());
        let mut reader = BundleReader { input, line, lines: 0, records: 0, has_ended: false };
        reader.next_line()?;
        let head: BundleHead = serde_json::from_slice(&reader.line).map_err(|_| BundleFault::NoBundle)?;
        match (&*head.format, head.version) {
            (FORMAT, VERSION) => Ok(reader),
            (FORMAT, version) => Err(BundleFault::OtherVersion(version)),
            _ => Err(BundleFault::NoBundle),
        }
    }

    /// The next record; none at the end of a bundle that is complete.
    pub fn next(&mut self) -> Result<Option<CopiedRecord>, BundleFault> {
        if self.has_ended {
            return Ok(None);
        }
        if !self.next_line()? {
            return Err(BundleFault::Damaged);
        }
        if let Ok(end) = serde_json::from_slice::<BundleEnd>(&self.line) {
            if end.end != FORMAT || end.records != self.records {
                return Err(BundleFault::Damaged);
            }
            // Until its last byte is read, the end itself may have been changed.
            self.has_ended = true;
            return if self.next_line()? { Err(BundleFault::NoRecord(self.lines)) } else { Ok(None) };
        }
        self.records += 1;
        let record = serde_json::from_slice(&self.line).map_err(|_| BundleFault::NoRecord(self.lines))?;
        Ok(Some(record))
    }

    /// Reads a line; whether there is one.
    fn next_line(&mut self) -> Result<bool, BundleFault> {
        self.line.clear();
        self.lines += 1;
        let length = self.input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line)?;
        if length as u64 == LINE_BYTES_MAX {
            return Err(BundleFault::NoRecord(self.lines));
        }
        Ok(length > 0)
    }
}

/// Reads what a command is to open a bundle with.
pub fn identities(arguments: &BundleArguments) -> Result<AgeIdentities, StartupError> {
    let path = arguments.identity.display();
    let file = File::open(&arguments.identity);
    let file = file.map_err(|error| StartupError::Misused(format!("cannot read {path}: {error}")))?;
    let unusable = |reason: String| {
        StartupError::Misused(format!(
            "{path} has no age identity, a line AGE-SECRET-KEY-1…: {reason}; if it is encrypted, decrypt it first"
        ))
    };
    let parsed =
        IdentityFile::from_buffer(BufReader::new(file)).map_err(|error| unusable(error.to_string()))?;
    let identities = parsed.into_identities().map_err(|error| unusable(error.to_string()))?;
    match identities.is_empty() {
        true => Err(unusable("it is empty".to_owned())),
        false => Ok(identities),
    }
}

/// Reads a whole bundle, record by record. A fault may come after many records: whoever acts reads it twice.
pub fn each_record(
    path: &Path,
    identities: &AgeIdentities,
    mut with: impl FnMut(CopiedRecord) -> Result<(), StartupError>,
) -> Result<(), StartupError> {
    let mut reader = opened(path, identities)?;
    while let Some(record) = reader.next().map_err(|fault| fault.about(path))? {
        with(record)?;
    }
    Ok(())
}

/// Begins to read a bundle's file.
pub fn opened(
    path: &Path,
    identities: &AgeIdentities,
) -> Result<BundleReader<BufReader<File>>, StartupError> {
    let file = File::open(path).map_err(|error| BundleFault::Unreadable(error).about(path))?;
    BundleReader::open(BufReader::new(file), identities).map_err(|fault| fault.about(path))
}
