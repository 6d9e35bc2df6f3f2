//! The statements that begin and end transactions and units within them.

/// Begins a transaction; in SQLite one that reads, for a snapshot.
pub(crate) const BEGIN: &str = "begin";

/// Begins a transaction of SQLite's writer, which takes the lock at once.
pub(crate) const BEGIN_IMMEDIATE: &str = "begin immediate";

pub(crate) const COMMIT: &str = "commit";

pub(crate) const ROLLBACK: &str = "rollback";

/// Marks the beginning of a unit, so that it can be undone alone.
pub(crate) const SAVEPOINT: &str = "savepoint unit";

/// Undoes a unit; its savepoint stays.
pub(crate) const ROLLBACK_TO_SAVEPOINT: &str = "rollback to unit";

/// Ends the savepoint of a unit, which becomes part of the transaction.
pub(crate) const RELEASE_SAVEPOINT: &str = "release unit";

/// Undoes a unit and ends its savepoint, in one message to PostgreSQL.
pub(crate) const ABANDON_SAVEPOINT: &str = "rollback to savepoint unit; release savepoint unit";
