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

/// Yields what PostgreSQL says of itself: version, its first number, whether the connection is encrypted, the time-outs of
/// statements and of idle sessions in milliseconds, the connections that it takes and those that are open.
pub(crate) const SERVER: &str = "select current_setting('server_version'), \
     current_setting('server_version_num')::integer / 10000, \
     coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false), \
     coalesce((select setting::bigint from pg_settings where name = 'statement_timeout'), 0), \
     coalesce((select setting::bigint from pg_settings where name = 'idle_session_timeout'), 0), \
     current_setting('max_connections')::bigint, (select count(*) from pg_stat_activity where backend_type = 'client backend')";

/// Yields a line for each setting that is off and whose absence a crash may show.
pub(crate) const CARELESS: &str = "select name from pg_settings \
     where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name";

/// Yields a line for each thing that the role may not do and must.
pub(crate) const LACKING: &str = "select 'create in the schema ' || current_schema() \
     where not has_schema_privilege(current_schema(), 'create') \
     union all select 'change the table ' || c.relname || ', which is not its own' from pg_class c \
     where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace \
     and not pg_has_role(c.relowner, 'usage') \
     union all select 'read and write the table ' || c.relname from pg_class c \
     where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace \
     and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert') \
     and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete')) limit 10";

/// Yields PostgreSQL's time in seconds since 1970, and whether it takes no writes.
pub(crate) static TIME_AND_STANDBY: FixedStatement = FixedStatement::by_database(
    "select 0, false",
    "select extract(epoch from clock_timestamp())::float8, pg_is_in_recovery()",
);
