//! The job that registers the devices of records some time after the call that created them.
//!
//! All of it is decided from one look at the database and committed only if that is still so; otherwise it is decided
//! again. So two imports of one device, whichever servers do them, end in one identity.

use std::sync::Arc;

use engine::generic::next_state;
use engine::handlers::JobWorker;
use engine::{Collection, Context, Error, ErrorKind, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record};
use store::{Change, Job, Owned, Owners, Query, Row};

use super::call_keys::CallKeys;
use super::decision::{Decision, Identification, identified};
use super::error::ImportError;
use super::registrar::Registrar;
use crate::autopilot::jobs;

/// The content of the job that an older version wrote for a record whose hash stands earlier in the same import.
const DUPLICATE: &[u8] = b"duplicate";

/// Registers the job that registers devices.
pub(super) fn register(handlers: &mut Handlers, registrar: Arc<Registrar>) {
    handlers.job(jobs::REGISTER, Registration { registrar });
}

struct Registration {
    registrar: Arc<Registrar>,
}

impl JobWorker for Registration {
    fn set(&self) -> SetId {
        self.registrar.checks.records
    }

    fn subject(&self, entity: &Key) -> Key {
        CallKeys::first_of(entity)
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        let identified = |records: &[(Key, Record)]| {
            let mut devices = identified(&self.registrar.checks, context, records);
            if *job.content == *DUPLICATE {
                devices
                    .iter_mut()
                    .filter(|device| device.is_ok())
                    .for_each(|device| *device = Err(ImportError::Duplicated));
            }
            devices
        };
        Box::pin(async move {
            match self.end(context, job, identified).await {
                // A tenant that is full does not get room by waiting.
                Err(error) if error.kind == ErrorKind::InsufficientStorage => {
                    self.give_up(context, job).await
                }
                ended => ended,
            }
        })
    }

    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        let failed = |records: &[(Key, Record)]| records.iter().map(|_| Err(ImportError::Storage)).collect();
        Box::pin(self.end(context, job, failed))
    }
}

impl Registration {
    /// Ends the imports of a job, given what their devices are.
    async fn end(
        &self,
        context: &Context<'_>,
        job: &Job,
        identified: impl Fn(&[(Key, Record)]) -> Vec<Identification>,
    ) -> Result<(), Error> {
        let _turn = self.registrar.turn().await?;
        let keys = CallKeys::of_job(&job.subject, &job.content);
        let decide = || async {
            let (rows, records) = self.records(context, &keys).await?;
            let devices = identified(&records);
            let Decision { states, beside } = self.registrar.end(context, &keys, &records, &devices).await?;
            let collection = Collection::of(self.set());
            let mut changes = Vec::with_capacity(rows.len() + beside.len() + 1);
            for ((row, (_, mut record)), state) in rows.iter().zip(records).zip(states) {
                record.set(self.registrar.checks.record.state, state);
                changes.extend(next_state(context, &collection, row, record).await?);
            }
            changes.extend(beside);
            changes.push(Change::Finish(job.clone()));
            Ok(changes)
        };
        context.change(decide).await.map(|_| ())
    }

    /// The records that are still there. That there is the job says that their import is under way.
    async fn records(
        &self,
        context: &Context<'_>,
        keys: &CallKeys,
    ) -> Result<(Vec<Row>, Vec<(Key, Record)>), Error> {
        let query = Query::all(context.tenant(), self.set(), 1);
        let mut rows = context.store.list_each(&query, &Owners::Keys(keys.iter().collect())).await?;
        // Of two records with one hash it is the later one that is too many.
        rows.sort_unstable_by(|one, other| one.row.key.cmp(&other.row.key));
        let rows: Vec<Row> = rows.into_iter().map(|Owned { row, .. }| row).collect();
        let record = |row: &Row| Ok((row.key.clone(), context.store.record(self.set(), row)?));
        let records = rows.iter().map(record).collect::<Result<_, Error>>()?;
        Ok((rows, records))
    }
}
