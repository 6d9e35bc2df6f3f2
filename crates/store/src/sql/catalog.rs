//! The statements about the schema itself: its version and lock, the persistent numbering, and what is there.

use super::dialect::Dialect;
use super::fixed::FixedStatement;
use super::value::{SchemaStep, SqlValue};

/// The version of the layout. PostgreSQL locks the row until the end of the transaction: it is this process's turn.
pub(crate) static LAYOUT_VERSION: FixedStatement = FixedStatement::by_database(
    "select layout from schema_lock where id = 1",
    "select layout from schema_lock where id = 1 for update",
);

/// Keeps the version of the layout.
pub(crate) static SET_LAYOUT_VERSION: FixedStatement =
    FixedStatement::common("update schema_lock set layout = ?1 where id = 1");

/// All names with a number: list, number, name.
pub(crate) static NUMBERED: FixedStatement = FixedStatement::by_database(
    "select list, number, name from numbered order by list, number",
    "select list, number::bigint, name from numbered order by list, number",
);

/// Table and name of all columns.
pub(crate) static COLUMNS: FixedStatement = FixedStatement::by_database(
    "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'",
    "select table_name::text, column_name::text from information_schema.columns \
     where table_schema = current_schema()",
);

/// Table and name of all indexes.
pub(crate) static INDEXES: FixedStatement = FixedStatement::by_database(
    "select tbl_name, name from sqlite_schema where type = 'index' and sql is not null",
    "select tablename::text, indexname::text from pg_indexes where schemaname = current_schema()",
);

/// Yields a row if an SQLite file has a history of base migrations.
pub(crate) const HAS_MIGRATIONS: &str = "select 1 from sqlite_schema where name = 'refinery_schema_history'";

/// The newest base migration that was applied to an SQLite file; 0 if none was.
pub(crate) const NEWEST_MIGRATION: &str = "select coalesce(max(version), 0) from refinery_schema_history";

/// The newest base migration that was applied to PostgreSQL's database; 0 if none was.
pub(crate) const NEWEST_MIGRATION_BIGINT: &str =
    "select coalesce(max(version), 0)::bigint from refinery_schema_history";

/// The version of the layout in PostgreSQL's database, whosever turn it is.
pub(crate) const LAYOUT_VERSION_UNLOCKED: &str = "select layout from schema_lock where id = 1";

/// The newest version of Muster that has opened the database.
pub(crate) static NEWEST_BUILD: FixedStatement =
    FixedStatement::common("select name from numbered where list = ?1 order by number desc limit 1");

/// The newest base migration, the version of the layout and the newest version of Muster in PostgreSQL's database.
pub(crate) const NEIGHBOUR: &str = "select (select coalesce(max(version), 0)::bigint from refinery_schema_history), \
    (select layout from schema_lock where id = 1), \
    (select name from numbered where list = $1 order by number desc limit 1)";

/// Gives a name a number for good.
pub(crate) fn number(list: &str, number: i64, name: &str, dialect: Dialect) -> SchemaStep {
    let parameters =
        vec![SqlValue::Text(list.into()), SqlValue::Integer(number), SqlValue::Text(name.into())];
    let bound: Vec<String> =
        parameters.iter().enumerate().map(|(at, value)| dialect.parameter(at + 1, value)).collect();
    let text = format!(
        "insert into numbered (list, number, name) values ({}) on conflict (list, number) do nothing",
        bound.join(", ")
    );
    SchemaStep { text, parameters }
}
