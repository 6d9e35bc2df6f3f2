//! The retirement of records of imports: they are deleted some days after their end.

use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::Key;
use odata::edm::SetId;
use store::{Change, Job, Owners, Query};

use super::call_keys::CallKeys;
use crate::autopilot::jobs;
use crate::autopilot::sets::IMPORTS;
use crate::changes::deletion;

/// Registers the job that deletes records of imports.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    handlers.job(jobs::RETIRE, Retire { set: names.set(IMPORTS)? });
    Ok(())
}

struct Retire {
    set: SetId,
}

impl JobWorker for Retire {
    fn set(&self) -> SetId {
        self.set
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
            let keys = CallKeys::of_job(&job.subject, &job.content);
            let decide = || async {
                let query = Query::all(context.tenant(), self.set, 1);
                let owned = context.store.list_each(&query, &Owners::Keys(keys.iter().collect())).await?;
                let ends = owned.into_iter().map(|owned| deletion(self.set, owned.row));
                Ok(ends.chain([Change::Finish(job.clone())]).collect())
            };
            context.change(decide).await.map(|_| ())
        })
    }
}
