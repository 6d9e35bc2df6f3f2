//! Migration of the file: the base migrations, then the plan for the model.

use std::path::Path;

use odata::edm::Model;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::connection::{self, other};
use super::read::bind;
use super::restoration;
use crate::base_migrations;
use crate::builds;
use crate::carry_over_progress::CarryOverProgress;
use crate::error::OpenError;
use crate::layout::Layout;
use crate::migrate::{Catalog, LAYOUT_VERSION, MigrationPlan, plan};
use crate::sql::carry_over::CarryOver;
use crate::sql::{Dialect, SchemaStep, SqlSchema, catalog, journal, session, statistics};

/// The number of entries of the journal's former table that one transaction moves.
const MOVED_TOGETHER: i64 = 5_000;

/// Brings the file to what the program and the model ask for. The caller holds the process lock.
pub(super) fn migrate(
    connection: &mut Connection,
    path: &Path,
    model: Model,
) -> Result<(Model, SqlSchema), OpenError> {
    // Nothing was promised to anybody yet: what a loss of power takes is done again.
    connection::ordered(connection).map_err(|error| other(path, error))?;
    let plan = prepare(connection, path, model)?;
    for carry_over in &plan.carry_overs {
        let mut progress = CarryOverProgress::of(&carry_over.table);
        loop {
            let rows = carry_over_some(connection, carry_over).map_err(|error| other(path, error))?;
            if rows == 0 {
                break;
            }
            // Nobody reads yet, so that the log starts anew each time.
            connection.query_row(session::CHECKPOINT, (), |_| Ok(())).map_err(|error| other(path, error))?;
            progress.add(i64::try_from(rows).unwrap_or(i64::MAX));
        }
    }
    restoration::record(connection).map_err(|error| other(path, error))?;
    connection::durable(connection).map_err(|error| other(path, error))?;
    move_log(connection).map_err(|error| other(path, error))?;
    Ok((plan.model, plan.schema))
}

/// Moves all of the log into the file, and empties it. A log that is found may be in the system's memory alone, if forcing it to
/// the disk failed before this process; what is added to it would then be lost with it when the power is cut.
fn move_log(connection: &Connection) -> rusqlite::Result<()> {
    if connection.query_row(session::CHECKPOINT_ALL, (), |row| row.get::<_, bool>(0))? {
        tracing::warn!("the log could not be emptied at the start: another process reads the file");
    }
    Ok(())
}

/// Carries some rows over, or makes an end of it if there are none left; gives their number. Whatever happens, a row is in
/// one of the tables, and the rest is carried over at the next start.
pub(super) fn carry_over_some(
    connection: &mut Connection,
    carry_over: &CarryOver,
) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut rows = 0;
    for text in &carry_over.batch {
        rows = transaction.prepare_cached(text)?.execute(())?;
    }
    if rows == 0 {
        run(&transaction, &carry_over.finish)?;
    }
    transaction.commit()?;
    Ok(rows)
}

/// Makes the tables and whatever takes no time.
pub(super) fn prepare(
    connection: &mut Connection,
    path: &Path,
    model: Model,
) -> Result<MigrationPlan, OpenError> {
    let error = |error: rusqlite::Error| other(path, error);
    let runner = base_migrations::sqlite().map_err(|refused| other(path, refused))?;
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max();
    refuse_newer(connection, path, newest_migration(connection).map_err(error)?, known.unwrap_or_default())?;
    runner.run(connection).map_err(|refused| other(path, refused))?;
    move_journal(connection).map_err(error)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(error)?;
    let version = catalog::LAYOUT_VERSION.sqlite();
    let version = transaction.query_row(version, (), |row| row.get(0)).map_err(error)?;
    refuse_newer(&transaction, path, version, LAYOUT_VERSION)?;
    let found = catalog(&transaction).map_err(error)?;
    let plan = plan(model, &found, Dialect::Sqlite).map_err(|impossible| other(path, impossible))?;
    run(&transaction, &plan.steps).map_err(error)?;
    steer(&transaction, &plan.schema.layout).map_err(error)?;
    transaction.execute(catalog::SET_LAYOUT_VERSION.sqlite(), [LAYOUT_VERSION]).map_err(error)?;
    transaction.commit().map_err(error)?;
    Ok(plan)
}

/// The model and the schema as they are in the file, which the process that has it has migrated.
pub(super) fn settled(
    connection: &mut Connection,
    path: &Path,
    model: Model,
) -> Result<(Model, SqlSchema), OpenError> {
    let error = |error: rusqlite::Error| other(path, error);
    let transaction = connection.transaction().map_err(error)?;
    let found = catalog(&transaction).map_err(error)?;
    let plan = plan(model, &found, Dialect::Sqlite).map_err(|impossible| other(path, impossible))?;
    // Tables that are there are created again without effect; names that have no number yet are new.
    let numbers_nothing = plan.steps.iter().all(|step| step.parameters.is_empty());
    match numbers_nothing && plan.carry_overs.is_empty() {
        true => Ok((plan.model, plan.schema)),
        false => Err(other(path, "the server that has it is another version of muster; use that one")),
    }
}

fn run(transaction: &Transaction<'_>, steps: &[SchemaStep]) -> rusqlite::Result<()> {
    for step in steps {
        let mut statement = transaction.prepare(&step.text)?;
        bind(&mut statement, 1, &step.parameters)?;
        statement.raw_execute()?;
    }
    Ok(())
}

/// Applies the base migrations up to a version, as an older program did.
#[cfg(test)]
pub(super) fn migrate_to(connection: &mut Connection, version: i32) -> Result<(), refinery_core::Error> {
    let runner = base_migrations::sqlite()?;
    runner.set_target(refinery_core::Target::Version(version)).run(connection).map(|_| ())
}

/// Moves the entries of the journal's former table, if there is one, in transactions that keep the log short. What was
/// moved stays so, whenever this ends.
fn move_journal(connection: &mut Connection) -> rusqlite::Result<()> {
    if connection.query_row(journal::IS_BEFORE, (), |_| Ok(())).optional()?.is_none() {
        return Ok(());
    }
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last: Option<i64> =
            transaction.query_row(journal::MOVED_NEXT, [MOVED_TOGETHER], |row| row.get(0))?;
        match last {
            Some(last) => {
                journal::MOVE.iter().try_for_each(|text| transaction.execute(text, [last]).map(|_| ()))?;
                transaction.commit()?;
            }
            None => {
                transaction.execute(journal::END_BEFORE, ())?;
                return transaction.commit();
            }
        }
        connection.query_row(session::CHECKPOINT, (), |_| Ok(()))?;
    }
}

/// Gives the planner the statistics of the tables.
pub(super) fn steer(connection: &Connection, layout: &Layout) -> rusqlite::Result<()> {
    connection.execute_batch(statistics::CLEAR)?;
    let mut insert = connection.prepare(statistics::INSERT)?;
    for table in layout.stored_tables() {
        for (index, numbers) in statistics::of_table(table) {
            insert.execute((&*table.name, index, numbers))?;
        }
    }
    connection.execute_batch(statistics::LOAD)
}

fn refuse_newer(connection: &Connection, path: &Path, found: i64, known: i64) -> Result<(), OpenError> {
    if found <= known {
        return Ok(());
    }
    // A newer Muster may keep it elsewhere.
    let newest = connection.query_row(catalog::NEWEST_BUILD.sqlite(), [builds::LIST], |row| row.get(0)).ok();
    let database = path.display().to_string();
    Err(OpenError::Newer { database, found, known, wanted: builds::wanted(newest) })
}

/// The newest base migration that was applied; 0 if none was.
fn newest_migration(connection: &Connection) -> rusqlite::Result<i64> {
    if connection.query_row(catalog::HAS_MIGRATIONS, (), |_| Ok(())).optional()?.is_none() {
        return Ok(0);
    }
    connection.query_row(catalog::NEWEST_MIGRATION, (), |row| row.get(0))
}

fn catalog(transaction: &Transaction<'_>) -> rusqlite::Result<Catalog> {
    let mut statement = transaction.prepare(catalog::NUMBERED.sqlite())?;
    let numbered = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let numbered = numbered.collect::<rusqlite::Result<_>>()?;
    let mut statement = transaction.prepare(catalog::COLUMNS.sqlite())?;
    let columns = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let columns = columns.collect::<rusqlite::Result<_>>()?;
    let mut statement = transaction.prepare(catalog::INDEXES.sqlite())?;
    let indexes = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let indexes = indexes.collect::<rusqlite::Result<_>>()?;
    Ok(Catalog { numbered, columns, indexes })
}
