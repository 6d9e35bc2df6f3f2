//! What rests beside the entities: jobs and the ledger.

use odata::date_time::Ticks;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::apply::Failure;
use super::failure;
use crate::jobs::{Claim, JobRow};
use crate::sql::{Beside, PreparedUnit};
use crate::{Job, LedgerChange, LedgerKey, ReadError, WriteError};

const ENQUEUE: &str = "insert into job (tenant, kind, subject, content, run_at, request_id) \
     values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (tenant, kind, subject) do update set \
     content = excluded.content, run_at = min(job.run_at, excluded.run_at), request_id = excluded.request_id, \
     attempts = 0, fence = job.fence + 1, lease_until = 0";
const FINISH: &str = "delete from job where tenant = ?1 and kind = ?2 and subject = ?3 and fence = ?4";
const PUT_OFF: &str = "update job set run_at = ?5, lease_until = 0 \
     where tenant = ?1 and kind = ?2 and subject = ?3 and fence = ?4";
/// The file is this process's alone, so a lease of another owner is one of a process that is gone.
const CLAIM: &str = "update job set lease_until = ?4, lease_owner = ?3, fence = fence + 1, attempts = attempts + 1 \
     where rowid in (select rowid from job where run_at <= ?1 and (lease_until <= ?2 or lease_owner <> ?3) \
     order by run_at limit ?5) \
     returning tenant, kind, subject, content, run_at, attempts, request_id, fence";
const NEXT: &str =
    "select run_at from job where lease_until <= ?1 or lease_owner <> ?2 order by run_at limit 1";
const DUE: &str = "select run_at from job where tenant = ?1 and kind = ?2 and subject = ?3";

/// Makes a change in the writer's transaction. It fails for itself alone.
pub(super) fn apply(connection: &Connection, unit: &PreparedUnit, change: &Beside) -> Result<(), Failure> {
    let group = |error| Failure::Group(failure::write(error));
    let tenant = unit.tenant.as_bytes();
    let prepare = |text| connection.prepare_cached(text).map_err(group);
    let changed = match change {
        Beside::Enqueue { place, content, run_at } => {
            let request_id = unit.request_id.as_bytes();
            let values = (tenant, place.kind, &place.subject, content, run_at, request_id);
            prepare(ENQUEUE)?.execute(values)
        }
        Beside::Finish { place, fence } => {
            prepare(FINISH)?.execute((tenant, place.kind, &place.subject, fence))
        }
        Beside::PutOff { place, fence, run_at } => {
            prepare(PUT_OFF)?.execute((tenant, place.kind, &place.subject, fence, run_at))
        }
        Beside::Ledger(LedgerChange { key, before, after }) => match (before, after) {
            (None, None) => Ok(1),
            (None, Some(after)) => {
                prepare("insert into ledger (key, content) values (?1, ?2) on conflict do nothing")?
                    .execute((key, after))
            }
            (Some(before), Some(after)) => {
                prepare("update ledger set content = ?3 where key = ?1 and content = ?2")?
                    .execute((key, before, after))
            }
            (Some(before), None) => {
                prepare("delete from ledger where key = ?1 and content = ?2")?.execute((key, before))
            }
        },
    };
    match changed.map_err(group)? {
        0 => Err(Failure::Unit(WriteError::Overtaken)),
        _ => Ok(()),
    }
}

/// Leases jobs in the writer's transaction.
pub(super) fn claim(connection: &Connection, claim: &Claim) -> Result<Vec<Job>, Failure> {
    let claimed = || -> rusqlite::Result<Vec<JobRow>> {
        let mut statement = connection.prepare_cached(CLAIM)?;
        let values = (claim.due.0, claim.now, claim.owner.as_bytes(), claim.until, claim.limit);
        statement.query_map(values, row)?.collect()
    };
    let rows = claimed().map_err(|error| Failure::Group(failure::write(error)))?;
    Ok(rows.into_iter().filter_map(JobRow::job).collect())
}

fn row(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    Ok(JobRow {
        tenant: Uuid::from_bytes(row.get(0)?),
        kind: row.get(1)?,
        subject: row.get(2)?,
        content: row.get(3)?,
        run_at: row.get(4)?,
        attempts: row.get(5)?,
        request_id: Uuid::from_bytes(row.get(6)?),
        fence: row.get(7)?,
    })
}

/// When the next job is due that is not leased.
pub(super) fn next(connection: &Connection, claim: &Claim) -> Result<Option<Ticks>, ReadError> {
    let mut statement = connection.prepare_cached(NEXT).map_err(failure::read)?;
    let run_at = statement.query_row((claim.now, claim.owner.as_bytes()), |row| row.get(0)).optional();
    Ok(run_at.map_err(failure::read)?.map(Ticks))
}

/// Whether a job is due.
pub(super) fn is_due(connection: &Connection, due: Ticks) -> Result<bool, ReadError> {
    let mut statement =
        connection.prepare_cached("select 1 from job where run_at <= ?1 limit 1").map_err(failure::read)?;
    statement.exists([due.0]).map_err(failure::read)
}

/// When a job is due.
pub(super) fn due(
    connection: &Connection,
    tenant: Uuid,
    kind: i16,
    subject: &[u8],
) -> Result<Option<Ticks>, ReadError> {
    let mut statement = connection.prepare_cached(DUE).map_err(failure::read)?;
    let run_at = statement.query_row((tenant.as_bytes(), kind, subject), |row| row.get(0)).optional();
    Ok(run_at.map_err(failure::read)?.map(Ticks))
}

/// Entries of the ledger.
pub(super) fn ledger(
    connection: &Connection,
    keys: &[LedgerKey],
) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
    let mut statement =
        connection.prepare_cached("select content from ledger where key = ?1").map_err(failure::read)?;
    let mut entry = |key: &LedgerKey| statement.query_row([key], |row| row.get(0)).optional();
    keys.iter().map(|key| entry(key).map_err(failure::read)).collect()
}
