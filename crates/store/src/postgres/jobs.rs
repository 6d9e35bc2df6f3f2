//! Claiming jobs, and reading what rests beside the entities.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use odata::date_time::Ticks;
use uuid::Uuid;

use super::Postgres;
use super::failure::Failure;
use super::value::column;
use crate::jobs::{Claim, JobRow};
use crate::sql::Cost;
use crate::{Job, LedgerKey, ReadError, WriteError};

static CLAIM: LazyLock<Arc<str>> = LazyLock::new(|| {
    "update job set lease_until = $4, lease_owner = $3, fence = job.fence + 1, attempts = job.attempts + 1 \
     from (select tenant, kind, subject from job where run_at <= $1 and lease_until <= $2 \
     order by run_at limit $5 for update skip locked) as due \
     where job.tenant = due.tenant and job.kind = due.kind and job.subject = due.subject \
     returning job.tenant, job.kind, job.subject, job.content, job.run_at, job.attempts, job.request_id, job.fence"
        .into()
});
static NEXT: LazyLock<Arc<str>> =
    LazyLock::new(|| "select run_at from job where lease_until <= $1 order by run_at limit 1".into());
static ANY_DUE: LazyLock<Arc<str>> =
    LazyLock::new(|| "select 1 as due from job where run_at <= $1 limit 1".into());
static DUE: LazyLock<Arc<str>> =
    LazyLock::new(|| "select run_at from job where tenant = $1 and kind = $2 and subject = $3".into());
static LEDGER: LazyLock<Arc<str>> =
    LazyLock::new(|| "select key, content from ledger where key = any($1::bytea[])".into());

impl Postgres {
    /// Leases jobs that are due. Others that claim at the same time pass over what this one takes.
    pub async fn claim_jobs(&self, claim: Claim) -> Result<Vec<Job>, WriteError> {
        let limit = i64::from(claim.limit);
        let parameters: super::Parameters<'_> =
            &[&claim.due.0, &claim.now, &claim.owner, &claim.until, &limit];
        let rows = self.readers.query(&CLAIM, parameters, Cost::Point).await?;
        let jobs =
            rows.iter().map(|row| job(row).map_err(WriteError::from)).collect::<Result<Vec<_>, _>>()?;
        Ok(jobs.into_iter().filter_map(JobRow::job).collect())
    }

    /// When the next job is due that is not leased.
    pub async fn next_job(&self, claim: Claim) -> Result<Option<Ticks>, ReadError> {
        let rows = self.readers.query(&NEXT, &[&claim.now], Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?.map(Ticks))
    }

    /// Whether a job is due.
    pub async fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        Ok(!self.readers.query(&ANY_DUE, &[&due.0], Cost::Point).await?.is_empty())
    }

    /// When a job is due.
    pub async fn job_due(
        &self,
        tenant: Uuid,
        kind: i16,
        subject: Vec<u8>,
    ) -> Result<Option<Ticks>, ReadError> {
        let rows = self.readers.query(&DUE, &[&tenant, &kind, &subject], Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?.map(Ticks))
    }

    /// Entries of the ledger.
    pub async fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        let wanted: Vec<&[u8]> = keys.iter().map(|key| &key[..]).collect();
        let rows = self.readers.query(&LEDGER, &[&wanted], Cost::Point).await?;
        let entry = |row| -> Result<(&[u8], &[u8]), Failure> { Ok((column(row, 0)?, column(row, 1)?)) };
        let found = rows.iter().map(entry).collect::<Result<HashMap<_, _>, Failure>>()?;
        Ok(keys.iter().map(|key| found.get(&key[..]).map(|content| Box::from(*content))).collect())
    }
}

fn job(row: &tokio_postgres::Row) -> Result<JobRow, Failure> {
    Ok(JobRow {
        tenant: column(row, 0)?,
        kind: column(row, 1)?,
        subject: column(row, 2)?,
        content: column(row, 3)?,
        run_at: column(row, 4)?,
        attempts: column(row, 5)?,
        request_id: column(row, 6)?,
        fence: column(row, 7)?,
    })
}
