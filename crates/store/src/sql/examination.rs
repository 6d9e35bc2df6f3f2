//! The statements by which a database is examined: they change nothing.

use super::fixed::FixedStatement;

/// Yields the newest base migration that was applied.
pub(crate) static NEWEST_MIGRATION: FixedStatement =
    FixedStatement::common("select coalesce(max(version), 0) from refinery_schema_history");

/// Yields the version of the layout.
pub(crate) static LAYOUT_VERSION: FixedStatement =
    FixedStatement::common("select layout from schema_lock where id = 1");

/// Yields `ok`, or a line for each thing that is wrong with SQLite's file, up to ten.
pub(crate) const SQLITE_CHECK: &str = "pragma quick_check(10)";

/// Yields a line for each index of PostgreSQL's that is not valid, as after an interrupted build.
pub(crate) static INVALID_INDEXES: FixedStatement = FixedStatement::by_database(
    "select name from sqlite_schema where false",
    "select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid \
     join pg_namespace n on n.oid = c.relnamespace where not i.indisvalid and n.nspname = current_schema()",
);

/// Yields PostgreSQL's time in seconds since 1970, and whether it takes no writes.
pub(crate) static TIME_AND_STANDBY: FixedStatement = FixedStatement::by_database(
    "select 0, false",
    "select extract(epoch from clock_timestamp())::float8, pg_is_in_recovery()",
);
