//! The jobs and the ledger of the database. Jobs and entries are changed by the writer.

use std::collections::HashMap;

use odata::date_time::Ticks;
use uuid::Uuid;

use super::backend::PostgresBackend;
use super::connection::Parameters;
use super::error::PostgresError;
use super::value::column;
use crate::error::{ReadError, WriteError};
use crate::jobs::{Job, JobClaim, JobRow, sound};
use crate::ledger::LedgerKey;
use crate::sql::{Cost, jobs, ledger};

impl PostgresBackend {
    /// Leases jobs that are due. Others that claim at the same time pass over what this one takes.
    pub async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<Job>, WriteError> {
        let limit = i64::from(claim.limit);
        let parameters: Parameters<'_> = &[&claim.due.0, &claim.now, &claim.owner, &claim.until, &limit];
        let rows = self.readers.query(jobs::CLAIM.postgres(), parameters, Cost::Point).await?;
        Ok(sound(rows.iter().map(|row| job_row(row)?.job())))
    }

    /// The time of the next job that is not leased.
    pub async fn next_job(&self, claim: JobClaim) -> Result<Option<Ticks>, ReadError> {
        let rows = self.readers.query(jobs::NEXT.postgres(), &[&claim.now], Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?.map(Ticks))
    }

    /// Whether a job is due.
    pub async fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        Ok(!self.readers.query(jobs::ANY_DUE.postgres(), &[&due.0], Cost::Point).await?.is_empty())
    }

    /// The time of a job; none if it is not there.
    pub async fn job_due(&self, tenant: Uuid, kind: i16, subject: &[u8]) -> Result<Option<Ticks>, ReadError> {
        let parameters: Parameters<'_> = &[&tenant, &kind, &subject];
        let rows = self.readers.query(jobs::DUE.postgres(), parameters, Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?.map(Ticks))
    }

    /// The contents of entries of the ledger.
    pub async fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        let wanted: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
        let rows = self.readers.query(ledger::READ.postgres(), &[&wanted], Cost::Point).await?;
        let entry = |row| -> Result<(&[u8], &[u8]), PostgresError> { Ok((column(row, 0)?, column(row, 1)?)) };
        let found = rows.iter().map(entry).collect::<Result<HashMap<_, _>, PostgresError>>()?;
        Ok(keys.iter().map(|key| found.get(&key[..]).map(|content| Box::from(*content))).collect())
    }
}

fn job_row(row: &tokio_postgres::Row) -> Result<JobRow, PostgresError> {
    Ok(JobRow {
        tenant: column(row, 0)?,
        kind: column(row, 1)?,
        subject: column(row, 2)?,
        content: column(row, 3)?,
        run_at: column(row, 4)?,
        attempts: i64::from(column::<i32>(row, 5)?),
        request_id: column(row, 6)?,
        fence: column(row, 7)?,
    })
}
