//! How far a backup or a restore is.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStep {
    /// The database is copied into the backup.
    Copying,
    /// The backup is read and compared with its checksums.
    Verifying,
    /// The backup is copied into a database.
    Restoring,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    /// What is being done.
    pub step: CopyStep,
    /// The bytes that are done.
    pub bytes: u64,
    /// About how many there are.
    pub bytes_total: u64,
}

/// Whom it is told.
pub type Tell<'a> = &'a (dyn Fn(CopyProgress) + Send + Sync);
