//! Migration of the file: the base migrations, then the plan for the model.

use std::path::Path;

use odata::edm::Model;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::connection::other;
use super::read::bind;
use crate::OpenError;
use crate::layout::Layout;
use crate::migrate::{Catalog, LAYOUT_VERSION, plan};
use crate::sql::Dialect;

mod base {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Brings the file to what the program and the model ask for. The caller holds the process lock.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    model: Model,
) -> Result<(Model, Layout), OpenError> {
    let error = |error: rusqlite::Error| other(path, error);
    let runner = base::migrations::runner();
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max();
    refuse_newer(path, newest_migration(connection).map_err(error)?, known.unwrap_or_default())?;
    runner.run(connection).map_err(|refused| other(path, refused))?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(error)?;
    let layout =
        transaction.query_row("select layout from schema_lock", (), |row| row.get(0)).map_err(error)?;
    refuse_newer(path, layout, LAYOUT_VERSION)?;
    let catalog = catalog(&transaction).map_err(error)?;
    let plan = plan(model, &catalog, Dialect::Sqlite).map_err(|impossible| other(path, impossible))?;
    for step in &plan.steps {
        let mut statement = transaction.prepare(&step.text).map_err(error)?;
        bind(&mut statement, 1, &step.parameters).map_err(error)?;
        statement.raw_execute().map_err(error)?;
    }
    steer(&transaction, &plan.layout).map_err(error)?;
    transaction.execute("update schema_lock set layout = ?1", [LAYOUT_VERSION]).map_err(error)?;
    transaction.commit().map_err(error)?;
    Ok((plan.model, plan.layout))
}

/// Tells the planner what it cannot guess: tenants are large, keys single, and a column's value is in few rows. The
/// numbers are made up and always the same, so that a statement's plan does not depend on the data of the day.
pub(crate) fn steer(connection: &Connection, layout: &Layout) -> rusqlite::Result<()> {
    connection.execute_batch("analyze sqlite_schema; analyze schema_lock; delete from sqlite_stat1")?;
    let mut insert = connection.prepare("insert into sqlite_stat1 (tbl, idx, stat) values (?1, ?2, ?3)")?;
    for table in layout.tables() {
        let key = if table.parent.is_some() { "100000 100000 100 1" } else { "100000 100000 1" };
        insert.execute((&*table.name, format!("k{}", table.number), key))?;
        for column in &table.columns {
            let statistics = if column.unique { "100000 100000 1" } else { "100000 100000 10 1" };
            insert.execute((&*table.name, &*column.index, statistics))?;
        }
    }
    connection.execute_batch("analyze sqlite_schema")
}

fn refuse_newer(path: &Path, found: i64, known: i64) -> Result<(), OpenError> {
    if found > known {
        return Err(OpenError::Newer { database: path.display().to_string(), found, known });
    }
    Ok(())
}

/// The newest base migration that was applied; 0 if none was.
fn newest_migration(connection: &Connection) -> rusqlite::Result<i64> {
    let history = "select 1 from sqlite_schema where name = 'refinery_schema_history'";
    if connection.query_row(history, (), |_| Ok(())).optional()?.is_none() {
        return Ok(0);
    }
    connection
        .query_row("select coalesce(max(version), 0) from refinery_schema_history", (), |row| row.get(0))
}

fn catalog(transaction: &Transaction<'_>) -> rusqlite::Result<Catalog> {
    let numbered = "select list, number, name from numbered order by list, number";
    let columns =
        "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'";
    let indexes = "select name from sqlite_schema where type = 'index'";
    let mut statement = transaction.prepare(numbered)?;
    let numbered = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let numbered = numbered.collect::<rusqlite::Result<_>>()?;
    let mut statement = transaction.prepare(columns)?;
    let columns = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let columns = columns.collect::<rusqlite::Result<_>>()?;
    let mut statement = transaction.prepare(indexes)?;
    let indexes = statement.query_map((), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(Catalog { numbered, columns, indexes })
}
