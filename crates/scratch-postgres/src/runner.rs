//! The user as whom servers run.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::installation;

/// Whom child processes run as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runner {
    Ourselves,
    User { user: u32, group: u32 },
}

impl Runner {
    /// Ourselves, unless we are root, which PostgreSQL refuses: then its service user, who is given the folder.
    pub(crate) fn for_folder(folder: &Path) -> Result<Runner, Error> {
        if fs::metadata(folder).map_err(Error::Io)?.uid() != 0 {
            return Ok(Runner::Ourselves);
        }
        let (user, group) = installation::service_user()?;
        chown(folder, Some(user), Some(group)).map_err(Error::Io)?;
        Ok(Runner::User { user, group })
    }

    /// A program that is to run so.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Runner::User { user, group } = self {
            command.uid(user).gid(group);
        }
        command
    }
}
