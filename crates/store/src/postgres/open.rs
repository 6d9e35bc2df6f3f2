//! Opening: brings the database to what the model asks, one process at a time.
//!
//! Each step commits by itself and may be run twice, because engines that speak PostgreSQL's protocol do not all take
//! schema changes within transactions. The row of `schema_lock`, held by a second connection, keeps others waiting;
//! should this process die, its end frees the row.

use std::sync::Arc;
use std::time::Duration;

use odata::edm::Model;
use refinery::error::Kind;
use tokio::time::sleep;
use tokio_postgres::types::ToSql;

use super::connection::{Connection, Target};
use super::failure::Failure;
use super::value::column;
use crate::OpenError;
use crate::migrate::{Catalog, LAYOUT_VERSION, Plan, plan};
use crate::sql::{Dialect, Step};

mod base {
    refinery::embed_migrations!("migrations/postgres");
}

/// How often the base migrations are tried: of processes that start together, one succeeds and the others find, the
/// next time, that it has.
const BASE_ATTEMPTS: u32 = 10;
/// The wait between those.
const BASE_WAIT: Duration = Duration::from_millis(300);
/// Another process may build indexes meanwhile.
const HOLDER_SETTINGS: &[&str] = &["set lock_timeout = '10min'"];

/// Brings the database up to date and returns the plan it now agrees with.
pub(super) async fn migrate(target: &Target, model: Model) -> Result<Plan, OpenError> {
    let fail = |failure: Failure| other(target, failure.message());
    let mut worker = Connection::open(target, &[]).await.map_err(fail)?;
    run_base(target, &mut worker).await?;
    let holder = Connection::open(target, HOLDER_SETTINGS).await.map_err(fail)?;
    holder.run("begin").await.map_err(fail)?;
    let found = lock(&holder).await.map_err(fail)?;
    if found > LAYOUT_VERSION {
        return Err(OpenError::Newer { database: target.name(), found, known: LAYOUT_VERSION });
    }
    let catalog = catalog(&worker).await.map_err(fail)?;
    let plan = plan(model, &catalog, Dialect::Postgres).map_err(|reason| other(target, &reason))?;
    for step in &plan.steps {
        run_step(&worker, step).await.map_err(fail)?;
    }
    if found < LAYOUT_VERSION {
        let text = "update schema_lock set layout = $1 where id = 1".into();
        holder.execute(&text, &[&LAYOUT_VERSION]).await.map_err(fail)?;
    }
    holder.run("commit").await.map_err(fail)?;
    Ok(plan)
}

fn other(target: &Target, reason: &str) -> OpenError {
    OpenError::Other { database: target.name(), reason: reason.to_owned() }
}

async fn run_base(target: &Target, worker: &mut Connection) -> Result<(), OpenError> {
    let runner = base::migrations::runner();
    let known = runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max();
    let mut attempt = 1;
    loop {
        let Err(error) = runner.run_async(worker.client()).await else { return Ok(()) };
        match error.kind() {
            Kind::MissingVersion(applied) => {
                let (found, known) = (i64::from(applied.version()), known.unwrap_or_default());
                return Err(OpenError::Newer { database: target.name(), found, known });
            }
            Kind::Connection(..) if attempt < BASE_ATTEMPTS => attempt += 1,
            _ => return Err(other(target, &error.to_string())),
        }
        sleep(BASE_WAIT).await;
    }
}

/// Waits for the turn of this process, and returns the layout's version.
async fn lock(holder: &Connection) -> Result<i64, Failure> {
    let text = Arc::from("select layout from schema_lock where id = 1 for update");
    let rows = holder.query(&text, &[]).await?;
    let row = rows.first().ok_or_else(|| Failure::Refused("the table schema_lock is empty".into()))?;
    column(row, 0)
}

async fn catalog(worker: &Connection) -> Result<Catalog, Failure> {
    let numbered = "select list, number::bigint, name from numbered order by list, number".into();
    let columns = "select table_name::text, column_name::text from information_schema.columns \
                   where table_schema = current_schema()"
        .into();
    let indexes = "select indexname::text from pg_indexes where schemaname = current_schema()".into();
    let rows = worker.query(&numbered, &[]).await?;
    let numbered = rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?, column(row, 2)?)));
    let numbered = numbered.collect::<Result<_, Failure>>()?;
    let rows = worker.query(&columns, &[]).await?;
    let columns = rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?)));
    let columns = columns.collect::<Result<_, Failure>>()?;
    let rows = worker.query(&indexes, &[]).await?;
    let indexes = rows.iter().map(|row| column(row, 0)).collect::<Result<_, Failure>>()?;
    Ok(Catalog { numbered, columns, indexes })
}

async fn run_step(worker: &Connection, step: &Step) -> Result<(), Failure> {
    let parameters: Vec<&(dyn ToSql + Sync)> =
        step.parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    worker.execute(&step.text.as_str().into(), &parameters).await.map(|_| ())
}
