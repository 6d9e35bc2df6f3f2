//! The jobs and the ledger of the file.

use odata::date_time::Ticks;
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use super::error::{ApplyError, read_error};
use crate::error::{ReadError, WriteError};
use crate::figures::JobCount;
use crate::jobs::{Job, JobClaim, JobRow, sound};
use crate::ledger::{LedgerChange, LedgerKey};
use crate::sql::{PreparedUnit, SideWrite, jobs, ledger as entries};

/// Makes a change in the writer's transaction. It fails for itself alone.
pub(super) fn apply(
    connection: &Connection,
    unit: &PreparedUnit,
    change: &SideWrite,
) -> Result<(), ApplyError> {
    let tenant = unit.tenant.as_bytes();
    let prepare = |text| connection.prepare_cached(text).map_err(ApplyError::group);
    let changed = match change {
        SideWrite::Enqueue { job, content, run_at } => {
            let request_id = unit.request_id.as_bytes();
            let values = (tenant, job.kind, &job.subject, content, run_at, request_id);
            prepare(jobs::ENQUEUE.sqlite())?.execute(values)
        }
        SideWrite::Finish { job, fence } => {
            prepare(jobs::FINISH.sqlite())?.execute((tenant, job.kind, &job.subject, fence))
        }
        SideWrite::PutOff { job, fence, run_at } => {
            prepare(jobs::PUT_OFF.sqlite())?.execute((tenant, job.kind, &job.subject, fence, run_at))
        }
        SideWrite::Ledger(LedgerChange { key, before, after }) => match (before, after) {
            (None, None) => Ok(1),
            (None, Some(after)) => prepare(entries::INSERT.sqlite())?.execute((key, after)),
            (Some(before), Some(after)) => prepare(entries::UPDATE.sqlite())?.execute((key, before, after)),
            (Some(before), None) => prepare(entries::DELETE.sqlite())?.execute((key, before)),
        },
    };
    match changed.map_err(ApplyError::group)? {
        0 => Err(ApplyError::Unit(WriteError::Overtaken)),
        _ => Ok(()),
    }
}

/// Leases jobs in the writer's transaction.
pub(super) fn claim(connection: &Connection, claim: &JobClaim) -> Result<Vec<Job>, ApplyError> {
    let mut statement = connection.prepare_cached(jobs::CLAIM.sqlite()).map_err(ApplyError::group)?;
    let values = (claim.due.0, claim.now, claim.owner.as_bytes(), claim.until, claim.limit);
    let mut found = statement.query(values).map_err(ApplyError::group)?;
    let mut claimed = Vec::new();
    while let Some(row) = found.next().map_err(ApplyError::group)? {
        claimed.push(job(row));
    }
    Ok(sound(claimed.into_iter()))
}

fn job(row: &Row<'_>) -> Result<Job, ReadError> {
    let columns = || -> rusqlite::Result<JobRow> {
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
    };
    columns().map_err(read_error)?.job()
}

/// The time of the next job that is not leased.
pub(super) fn next(connection: &Connection, claim: &JobClaim) -> Result<Option<Ticks>, ReadError> {
    let mut statement = connection.prepare_cached(jobs::NEXT.sqlite()).map_err(read_error)?;
    let run_at = statement.query_row((claim.now, claim.owner.as_bytes()), |row| row.get(0)).optional();
    Ok(run_at.map_err(read_error)?.map(Ticks))
}

/// Whether a job is due.
pub(super) fn is_due(connection: &Connection, due: Ticks) -> Result<bool, ReadError> {
    let mut statement = connection.prepare_cached(jobs::ANY_DUE.sqlite()).map_err(read_error)?;
    statement.exists([due.0]).map_err(read_error)
}

/// The number of jobs that are due, and the time of the first.
pub(super) fn count_due(connection: &Connection, due: Ticks) -> Result<(i64, Option<Ticks>), ReadError> {
    let mut statement = connection.prepare_cached(jobs::COUNT_DUE.sqlite()).map_err(read_error)?;
    let counted =
        statement.query_row([due.0], |row| Ok((row.get(0)?, row.get::<_, Option<_>>(1)?.map(Ticks))));
    counted.map_err(read_error)
}

/// The jobs that are not done, by kind.
pub(super) fn count_by_kind(connection: &Connection) -> Result<Vec<JobCount>, ReadError> {
    let mut statement = connection.prepare_cached(jobs::COUNT_BY_KIND.sqlite()).map_err(read_error)?;
    let count = |row: &rusqlite::Row<'_>| {
        Ok(JobCount { kind: row.get(0)?, count: row.get(1)?, first_due: row.get(2)? })
    };
    let counted = statement.query_map((), count).map_err(read_error)?;
    counted.collect::<rusqlite::Result<_>>().map_err(read_error)
}

/// The time of a job; none if it is not there.
pub(super) fn due(
    connection: &Connection,
    tenant: Uuid,
    kind: i16,
    subject: &[u8],
) -> Result<Option<Ticks>, ReadError> {
    let mut statement = connection.prepare_cached(jobs::DUE.sqlite()).map_err(read_error)?;
    let run_at = statement.query_row((tenant.as_bytes(), kind, subject), |row| row.get(0)).optional();
    Ok(run_at.map_err(read_error)?.map(Ticks))
}

/// The contents of entries of the ledger.
pub(super) fn ledger(
    connection: &Connection,
    keys: &[LedgerKey],
) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
    let mut statement = connection.prepare_cached(entries::READ.sqlite()).map_err(read_error)?;
    let mut entry = |key: &LedgerKey| statement.query_row([key], |row| row.get(0)).optional();
    keys.iter().map(|key| entry(key).map_err(read_error)).collect()
}
