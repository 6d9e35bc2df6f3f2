//! Settings of PostgreSQL's sessions, and statements that keep either database in order.

use uuid::Uuid;

use super::dialect::quoted;
use super::fixed::FixedStatement;
use crate::layout::Table;

/// The settings of a connection that reads: the server gives up a little earlier than its caller, so that an abandoned
/// scan does not go on, and sees when the caller is gone. Nobody waits long for a lock.
pub(crate) const READER_SETTINGS: &[&str] = &[
    "set statement_timeout = '28s'",
    "set lock_timeout = '4s'",
    "set idle_in_transaction_session_timeout = '4s'",
    "set client_connection_check_interval = '1s'",
    "set tcp_user_timeout = '4s'",
];

/// The settings of the connection that writes. No time ends a statement, because the commit is one: while it waits for a
/// replica, its end by time would be told as if it were done. The caller's patience ends instead. The server frees the locks of a writer that has gone silent; a commit
/// waits for the disk even where that is not the default; and statements of many rows go by the whole of each key even
/// before the tables' statistics are known: where pages cost nothing, the fewest rows win. By the tenant alone each row
/// would cost a look at all of the tenant's.
pub(crate) const WRITER_SETTINGS: &[&str] = &[
    "set statement_timeout = 0",
    "set lock_timeout = '4s'",
    "set idle_in_transaction_session_timeout = '4s'",
    "set client_connection_check_interval = '1s'",
    "set tcp_user_timeout = '4s'",
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
    "set enable_seqscan = off",
    "set random_page_cost = 0",
    "set seq_page_cost = 0",
];

/// The settings of connections that change the schema: a step may take long, and another process may be at it meanwhile.
pub(crate) const MIGRATION_SETTINGS: &[&str] = &[
    "set statement_timeout = 0",
    "set idle_in_transaction_session_timeout = 0",
    "set lock_timeout = '10min'",
];

/// Yields the process of the server that answers.
pub(crate) const PROCESS: &str = "select pg_backend_pid()";

/// Settings as they stand behind the beginning of a transaction, for which alone they then hold.
pub(crate) fn local(settings: &[&str]) -> String {
    let local = |setting: &&str| {
        let setting = setting.replacen("set ", "set local ", 1);
        // A function that sets says by its last argument for how long.
        format!("; {}", setting.replacen(", false)", ", true)", 1))
    };
    settings.iter().map(local).collect()
}

/// Yields the types of a statement's parameters, a row each, and leaves nothing in the session. The name must be nobody else's.
pub(crate) fn parameter_types(name: Uuid, statement: &str) -> String {
    let name = format!("types_{}", name.simple());
    format!(
        "prepare {name} as {statement}; \
         select parameter.type::oid from pg_prepared_statements as prepared, \
         unnest(prepared.parameter_types) with ordinality as parameter(type, place) \
         where prepared.name = '{name}' order by parameter.place; deallocate {name}"
    )
}

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
