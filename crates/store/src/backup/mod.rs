//! Backups: a folder with a copy of the database as one transaction sees it, what must be known of it, and the checksums of
//! all. The secrets in it are sealed, and the key-encryption key is not.

mod checksums;
mod create;
mod folder;
mod inspected;
mod manifest;
mod partial_folder;
mod progress;
mod restore;
mod source;

pub use create::{BackupOrder, back_up};
pub use folder::{Backup, verify};
pub(crate) use inspected::Inspected;
pub use manifest::{BackupFile, DatabaseKind, Manifest};
pub use progress::{CopyProgress, CopyStep, Tell};
pub use restore::restore;
