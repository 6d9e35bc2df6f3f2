//! Opening: brings the database to what the model asks, one process at a time.
//!
//! The steps of an empty database go in one transaction and few messages, so that it is ready soon. Otherwise each step
//! commits by itself and may be run twice, because databases that speak PostgreSQL's protocol do not all take schema changes
//! within transactions. The row of `schema_lock`, held by a second connection, keeps others waiting; should this process
//! die, its end frees the row.

use std::sync::Arc;

use futures_util::future::try_join_all;
use odata::edm::Model;
use refinery_core::error::Kind;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::conflicts::Conflicts;
use super::connection::Connection;
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;
use super::restoration;
use super::value::column;
use crate::base_migrations;
use crate::builds;
use crate::carry_over_progress::CarryOverProgress;
use crate::error::OpenError;
use crate::migrate::{Catalog, LAYOUT_VERSION, MigrationPlan, plan};
use crate::sql::carry_over::CarryOver;
use crate::sql::{Dialect, SchemaStep, catalog, restoration as marks, session, transaction};

/// Brings the database up to date and returns the plan it now agrees with.
pub(super) async fn migrate(
    config: &Arc<ConnectionConfig>,
    model: Model,
) -> Result<MigrationPlan, OpenError> {
    let fail = |error: PostgresError| other(config, error.message());
    let mut worker = Connection::open(config, session::MIGRATION_SETTINGS).await.map_err(fail)?;
    if !worker.query_alone(&marks::IS_UNFINISHED.into(), &[]).await.map_err(fail)?.is_empty() {
        return Err(OpenError::Unfinished { database: config.name() });
    }
    run_base(config, &mut worker).await?;
    let holder = Connection::open(config, session::MIGRATION_SETTINGS).await.map_err(fail)?;
    let found = holder.retry(|| begin_turn(&holder)).await.map_err(fail)?;
    if found > LAYOUT_VERSION {
        return Err(newer(config, &worker, found, LAYOUT_VERSION).await);
    }
    let existing = catalog(&worker).await.map_err(fail)?;
    let plan = plan(model, &existing, Dialect::Postgres).map_err(|reason| other(config, &reason))?;
    let is_empty = existing.numbered.is_empty();
    run_steps(&worker, &plan.steps, is_empty).await.map_err(fail)?;
    for carry_over in &plan.carry_overs {
        carry_over_all(&worker, carry_over).await.map_err(fail)?;
    }
    restoration::record(&worker).await.map_err(fail)?;
    end_turn(&holder, found).await.map_err(fail)?;
    Ok(plan)
}

fn other(config: &Arc<ConnectionConfig>, reason: &str) -> OpenError {
    OpenError::Other { database: config.name(), reason: reason.to_owned() }
}

/// The error of a database that a newer Muster has brought so far. It may keep its version elsewhere.
async fn newer(config: &Arc<ConnectionConfig>, worker: &Connection, found: i64, known: i64) -> OpenError {
    let rows =
        worker.query_alone(catalog::NEWEST_BUILD.postgres(), &[&builds::LIST]).await.unwrap_or_default();
    let newest = rows.first().and_then(|row| column(row, 0).ok());
    OpenError::Newer { database: config.name(), found, known, wanted: builds::wanted(newest) }
}

async fn run_base(config: &Arc<ConnectionConfig>, worker: &mut Connection) -> Result<(), OpenError> {
    let runner = base_migrations::postgres().map_err(|error| other(config, &error.to_string()))?;
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max();
    // Of processes that start together, one succeeds and the others find, the next time, that it has.
    let mut conflicts = Conflicts::new(&config.figures);
    loop {
        let Err(error) = runner.run_async(worker.client()).await else { return Ok(()) };
        match error.kind() {
            Kind::MissingVersion(applied) => {
                let (found, known) = (i64::from(applied.version()), known.unwrap_or_default());
                return Err(newer(config, worker, found, known).await);
            }
            Kind::Connection(..) if conflicts.wait().await => {}
            _ => return Err(other(config, &error.to_string())),
        }
    }
}

/// Begins a transaction that has the turn, and returns the layout's version.
async fn begin_turn(holder: &Connection) -> Result<i64, PostgresError> {
    holder.begin().await?;
    match lock(holder).await {
        Ok(found) => Ok(found),
        Err(error) => holder.run(transaction::ROLLBACK).await.and(Err(error)),
    }
}

/// Keeps the layout's version, if another was found, and ends the turn.
async fn end_turn(holder: &Connection, found: i64) -> Result<(), PostgresError> {
    let ended = async {
        set_layout_version(holder, found).await?;
        holder.run(transaction::COMMIT).await
    };
    match ended.await {
        // The turn is gone, but so is what it was for: nothing but the version is left to do.
        Err(PostgresError::Conflict(_)) => {
            holder.run(transaction::ROLLBACK).await?;
            holder.transaction(async || set_layout_version(holder, lock(holder).await?).await).await
        }
        end => end,
    }
}

async fn set_layout_version(holder: &Connection, found: i64) -> Result<(), PostgresError> {
    if found < LAYOUT_VERSION {
        holder.execute(catalog::SET_LAYOUT_VERSION.postgres(), &[&LAYOUT_VERSION]).await?;
    }
    Ok(())
}

/// Waits for the turn of this process, and returns the layout's version.
async fn lock(holder: &Connection) -> Result<i64, PostgresError> {
    let rows = holder.query(catalog::LAYOUT_VERSION.postgres(), &[]).await?;
    let row = rows.first().ok_or_else(|| PostgresError::Refused("the table schema_lock is empty".into()))?;
    column(row, 0)
}

async fn catalog(worker: &Connection) -> Result<Catalog, PostgresError> {
    let rows = worker.query_alone(catalog::NUMBERED.postgres(), &[]).await?;
    let numbered = rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?, column(row, 2)?)));
    let numbered = numbered.collect::<Result<_, PostgresError>>()?;
    let rows = worker.query_alone(catalog::COLUMNS.postgres(), &[]).await?;
    let columns = rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?)));
    let columns = columns.collect::<Result<_, PostgresError>>()?;
    let rows = worker.query_alone(catalog::INDEXES.postgres(), &[]).await?;
    let indexes = rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?)));
    let indexes = indexes.collect::<Result<_, PostgresError>>()?;
    Ok(Catalog { numbered, columns, indexes })
}

/// Fills the columns of a table, some rows at a time.
async fn carry_over_all(worker: &Connection, carry_over: &CarryOver) -> Result<(), PostgresError> {
    let mut progress = CarryOverProgress::of(&carry_over.table);
    let (mut tenant, mut places) = (Uuid::nil(), vec![Vec::<u8>::new(); carry_over.places]);
    let texts: Vec<Arc<str>> = carry_over.batch.iter().map(|text| text.as_str().into()).collect();
    for text in &texts {
        loop {
            let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&tenant];
            parameters.extend(places.iter().map(|place| place as &(dyn ToSql + Sync)));
            let rows = worker.query_alone(text, &parameters).await?;
            let Some(last) = rows.first() else { break };
            let (tenant_of_last, rows) = (column(last, 0)?, column::<i64>(last, 1)?);
            let of_last = (0..places.len()).map(|at| column(last, 2 + at));
            places = of_last.collect::<Result<_, PostgresError>>()?;
            tenant = tenant_of_last;
            progress.add(rows);
        }
    }
    for step in &carry_over.finish {
        worker.retry(|| run_step(worker, step)).await?;
    }
    Ok(())
}

/// Runs the steps: those of an empty database in one transaction, unless the database refuses that; otherwise each in its
/// own, so that none locks more than it must.
async fn run_steps(worker: &Connection, steps: &[SchemaStep], is_empty: bool) -> Result<(), PostgresError> {
    if is_empty {
        match worker.transaction(|| run_all(worker, steps)).await {
            Err(PostgresError::Refused(reason)) => {
                tracing::debug!(reason, "the schema is not made in one transaction, but step by step");
            }
            other => return other,
        }
    }
    for step in steps {
        worker.retry(|| run_step(worker, step)).await?;
    }
    Ok(())
}

async fn run_all(worker: &Connection, steps: &[SchemaStep]) -> Result<(), PostgresError> {
    // Neighbours without parameters are one message; those of one text are prepared once, and not waited for one by one.
    for alike in steps.chunk_by(|one, next| match (one.parameters.is_empty(), next.parameters.is_empty()) {
        (true, true) => true,
        _ => one.text == next.text,
    }) {
        match alike {
            [step, ..] if !step.parameters.is_empty() => {
                try_join_all(alike.iter().map(|step| run_step(worker, step))).await?;
            }
            _ => {
                let texts: Vec<&str> = alike.iter().map(|step| step.text.as_str()).collect();
                worker.run(&texts.join(";\n")).await?;
            }
        }
    }
    Ok(())
}

async fn run_step(worker: &Connection, step: &SchemaStep) -> Result<(), PostgresError> {
    if step.parameters.is_empty() {
        return worker.run(&step.text).await;
    }
    let parameters: Vec<&(dyn ToSql + Sync)> =
        step.parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    worker.execute(&step.text.as_str().into(), &parameters).await.map(|_| ())
}
