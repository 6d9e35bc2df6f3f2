//! The retirement of records of imports: they are deleted some days after their end.

use std::sync::Arc;

use engine::handlers::JobWorker;
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::Key;
use odata::edm::SetId;
use store::{Change, Job, Owners, Query};

use super::call_keys::CallKeys;
use super::registrar::Registrar;
use crate::autopilot::jobs;
use crate::changes::deletion;

/// Registers the job that deletes records of imports.
pub(super) fn register(handlers: &mut Handlers, registrar: Arc<Registrar>) {
    handlers.job(jobs::RETIRE, Retire { registrar });
}

struct Retire {
    registrar: Arc<Registrar>,
}

impl JobWorker for Retire {
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
        Box::pin(async move {
            let _turn = self.registrar.turn().await?;
            let keys = CallKeys::of_job(&job.subject, &job.content);
            let decide = || async {
                let query = Query::all(context.tenant(), self.set(), 1);
                let owned = context.list_each(&query, &Owners::Keys(keys.iter().collect())).await?;
                let ends = owned.into_iter().map(|owned| deletion(self.set(), owned.row));
                Ok(ends.chain([Change::Finish(job.clone())]).collect())
            };
            context.change(decide).await.map(|_| ())
        })
    }
}
