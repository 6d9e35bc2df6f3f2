//! The statements about SQLite's numbers for UUIDs.

/// The number of a UUID.
pub(crate) const FIND: &str = "select number from identity where uuid = ?1";

/// Gives a number to a UUID and yields it.
pub(crate) const INSERT: &str = "insert into identity (uuid) values (?1) returning number";
