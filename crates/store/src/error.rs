//! Errors of the store. Each is one clear line for whoever reads it; none knows of HTTP.

use odata::Key;
use odata::edm::{PropertyId, SetId};

use crate::quota::ExceededQuota;

/// The store could not be opened. Shown to the operator with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the SQLite file open.
    #[error("{path} is in use by another process; stop it, or give this one a --data folder of its own")]
    InUse {
        /// The path of the database file.
        path: String,
    },
    /// A newer Muster wrote the database.
    #[error("{database} has schema version {found}, this program knows up to {known}; run {wanted}")]
    Newer {
        /// The database, without credentials.
        database: String,
        /// The schema version that it holds.
        found: i64,
        /// The newest schema version that this program can migrate to.
        known: i64,
        /// The program to run.
        wanted: String,
    },
    /// A restore into it was begun and has not ended.
    #[error("a restore into {database} has not ended; run muster restore again")]
    Unfinished {
        /// The database, without credentials.
        database: String,
    },
    /// Any other reason: no permission, not a database, no connection, wrong key.
    #[error("cannot open {database}: {reason}")]
    Other {
        /// The database, without credentials.
        database: String,
        /// The reason, in one line.
        reason: String,
    },
}

/// A read failed for no fault of the caller's.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database cannot be reached for now.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database holds or answered what this crate never writes: a defect, or damage.
    #[error("the database holds or answered something impossible: {0}")]
    Corrupt(String),
}

/// The reason why a unit was not committed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The key of an insert is taken.
    #[error("the key {key} exists")]
    Exists {
        /// The set of the entity.
        set: SetId,
        /// The key of the entity.
        key: Key,
    },
    /// A property marked Unique has this value elsewhere.
    #[error("the value is taken")]
    NotUnique {
        /// The set of the entity.
        set: SetId,
        /// The key of the entity.
        key: Key,
        /// The property whose value is taken.
        property: PropertyId,
    },
    /// The entity is not in the version expected, or gone.
    #[error("the entity {key} changed meanwhile")]
    Changed {
        /// The set of the entity.
        set: SetId,
        /// The key of the entity.
        key: Key,
    },
    /// A job, an entry of the ledger or a set is not as it was when it was read: another was faster.
    #[error("another was faster")]
    Overtaken,
    /// The idempotent request was carried out before: its record tells how.
    #[error("the request was answered before")]
    Repeated,
    /// The parent of an insert does not exist.
    #[error("the entity that contains {key} is gone")]
    NoParent {
        /// The set of the entity.
        set: SetId,
        /// The key of the entity.
        key: Key,
    },
    /// An entity's secrets exceed what can be sealed.
    #[error("the secrets of {key} exceed {limit}")]
    TooLarge {
        /// The set of the entity.
        set: SetId,
        /// The key of the entity.
        key: Key,
        /// The bound, for people.
        limit: &'static str,
    },
    /// The tenant would hold more than its quota allows. Nothing was written.
    #[error("the quota '{}' of the tenant, which allows {}, is exceeded", .0.name, .0.most)]
    QuotaExceeded(ExceededQuota),
    /// The data key under which secrets are sealed has been replaced: they are to be sealed anew. Nothing was written.
    #[error("the tenant's data key was replaced meanwhile")]
    KeyReplaced,
    /// The disk is full. Nothing was written.
    #[error("the disk is full ({0}); free some of it, and writes go on")]
    Full(String),
    /// The writer's queue is full: come back later.
    #[error("too many writes are waiting")]
    Busy,
    /// The database cannot be reached for now.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database holds or answered what this crate never writes: a defect, or damage.
    #[error("the database holds or answered something impossible: {0}")]
    Corrupt(String),
}

impl From<ReadError> for WriteError {
    fn from(error: ReadError) -> WriteError {
        match error {
            ReadError::Unavailable(reason) => WriteError::Unavailable(reason),
            ReadError::Corrupt(reason) => WriteError::Corrupt(reason),
        }
    }
}
