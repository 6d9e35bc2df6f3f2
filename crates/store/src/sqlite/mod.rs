//! SQLite.
/// To be written.
pub struct Sqlite;
