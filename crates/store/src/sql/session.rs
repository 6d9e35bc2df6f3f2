//! Settings of PostgreSQL's sessions, and statements that keep either database in order.

use super::dialect::quoted;
use super::fixed::FixedStatement;
use crate::layout::Table;

/// The settings of a connection that reads: the server gives up a little earlier than its caller, so that an abandoned
/// scan does not go on.
pub(crate) const READER_SETTINGS: &[&str] = &["set statement_timeout = '28s'"];

/// The settings of the connection that writes. The server frees the locks of a writer that has gone silent; a commit
/// waits for the disk even where that is not the default; and statements of many rows go by the whole of each key even
/// before the tables' statistics are known: where pages cost nothing, the fewest rows win. By the tenant alone each row
/// would cost a look at all of the tenant's.
pub(crate) const WRITER_SETTINGS: &[&str] = &[
    "set statement_timeout = '15s'",
    "set lock_timeout = '5s'",
    "set idle_in_transaction_session_timeout = '15s'",
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
    "set enable_seqscan = off",
    "set random_page_cost = 0",
    "set seq_page_cost = 0",
];

/// The settings of the connection that holds the schema's lock: another process may build indexes meanwhile.
pub(crate) const SCHEMA_LOCK_SETTINGS: &[&str] = &["set lock_timeout = '10min'"];

/// Answers if the database does.
pub(crate) static PING: FixedStatement = FixedStatement::by_database("select 1 from schema_lock", "select 1");

/// Has PostgreSQL gather statistics of a table.
pub(crate) fn analyze(table: &Table) -> String {
    format!("analyze {}", quoted(&table.name))
}

/// Yields SQLite's progress with its log: busy, pages in the log, pages of these moved into the file. Moves nothing.
pub(crate) const CHECKPOINT_PROGRESS: &str = "pragma wal_checkpoint(noop)";

/// Yields another number when another connection to SQLite's file has written.
pub(crate) const DATA_VERSION: &str = "pragma data_version";

/// Moves what no reader needs from SQLite's log into the file; yields the progress.
pub(crate) const CHECKPOINT: &str = "pragma wal_checkpoint(passive)";

/// Moves all of SQLite's log into the file, and empties it.
pub(crate) const CHECKPOINT_ALL: &str = "pragma wal_checkpoint(truncate)";
