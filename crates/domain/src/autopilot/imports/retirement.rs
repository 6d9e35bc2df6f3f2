//! The end of an import's record that was kept long enough.

use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use store::{Change, Job};

use crate::autopilot::jobs;
use crate::autopilot::sets::IMPORTS;

/// Hooks in what is special.
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

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut changes = vec![Change::Finish(job.clone())];
            let (set, key) = (self.set, job.subject.clone());
            if let Some(row) = context.store.get(context.tenant(), set, None, &key).await? {
                changes.push(Change::Delete { set, parent: None, key, expected: row.version });
            }
            Ok(context.commit(changes).await.map(|_| ())?)
        })
    }
}
