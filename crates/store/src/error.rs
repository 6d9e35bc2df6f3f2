//! What can go wrong at rest. Each is one clear line for whoever reads it; none knows of HTTP.

use odata::Key;
use odata::edm::{PropertyId, SetId};

/// The store could not be opened. Shown to the operator with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has the SQLite file.
    #[error("{path} is in use by another process; stop it, or give this one a --data folder of its own")]
    InUse {
        /// The database file.
        path: String,
    },
    /// A newer Muster wrote it.
    #[error("{database} has schema version {found}, this program knows up to {known}; run a newer muster")]
    Newer {
        /// The database, without credentials.
        database: String,
        /// What it holds.
        found: i64,
        /// What this program can migrate to.
        known: i64,
    },
    /// Anything else: no permission, not a database, no connection, wrong key.
    #[error("cannot open {database}: {reason}")]
    Other {
        /// The database, without credentials.
        database: String,
        /// Why, in one line.
        reason: String,
    },
}

/// A read failed for no fault of the caller's.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database is not there for now.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// It answered what cannot be.
    #[error("the database holds or answered something impossible: {0}")]
    Corrupt(String),
}

/// A unit was not committed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The key of an insert is taken.
    #[error("the key {key} exists")]
    Exists {
        /// Where.
        set: SetId,
        /// Which.
        key: Key,
    },
    /// A property marked Unique has this value elsewhere.
    #[error("the value is taken")]
    NotUnique {
        /// Where.
        set: SetId,
        /// Which property.
        property: PropertyId,
    },
    /// The entity is not in the version expected, or gone.
    #[error("the entity {key} changed meanwhile")]
    Changed {
        /// Where.
        set: SetId,
        /// Which.
        key: Key,
    },
    /// A job or an entry of the ledger is not as it was: it is another's by now.
    #[error("another was faster")]
    Overtaken,
    /// A request that may be sent again has been, and this was done: recall it.
    #[error("the request was answered before")]
    Repeated,
    /// The parent of an insert does not exist.
    #[error("the containing entity is gone")]
    NoParent,
    /// An entity's secrets exceed what can be sealed.
    #[error("the secrets of an entity exceed {0}")]
    TooLarge(&'static str),
    /// The disk or a quota is full. Nothing was written.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The writer's queue is full: come back later.
    #[error("too many writes are waiting")]
    Busy,
    /// The database is not there for now.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// It answered what cannot be.
    #[error("the database holds or answered something impossible: {0}")]
    Corrupt(String),
}
