//! The end of deleted records that were kept long enough.

use std::sync::Arc;

use engine::handlers::JobWorker;
use engine::{Context, Error, Handlers, Permit, note};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use store::{Change, Job, NoteKind};

use super::jobs;
use super::vault::Vault;
use crate::changes::deletion;

/// Registers the worker.
pub(super) fn register(handlers: &mut Handlers, vault: Arc<Vault>) {
    handlers.job(jobs::PURGE, Purge { vault });
}

struct Purge {
    vault: Arc<Vault>,
}

impl JobWorker for Purge {
    fn set(&self) -> SetId {
        self.vault.set
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let decide = || async {
                let finish = Change::Finish(job.clone());
                let Some((row, record)) = self.vault.stored(context, &job.subject).await? else {
                    return Ok(vec![finish]);
                };
                // It may have been restored, or the operator may have decided to keep it for longer.
                Ok(match self.vault.deleted_at(&record).map(|deleted| self.vault.kept_until(deleted)) {
                    None => vec![finish],
                    Some(run_at) if run_at > context.now => vec![Change::PutOff { job: job.clone(), run_at }],
                    Some(_) => {
                        let purged = note(NoteKind::Purged, self.vault.set, &row.key);
                        vec![deletion(self.vault.set, row), purged, finish]
                    }
                })
            };
            context.change(decide).await.map(|_| ())
        })
    }
}
