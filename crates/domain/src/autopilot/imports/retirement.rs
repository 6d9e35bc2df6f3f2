//! The retirement of records of imports: they are deleted some days after their end.

use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use store::{Change, Job};

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

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let decide = || async {
                let row = context.get(self.set, None, &job.subject).await?;
                let end = row.map(|row| deletion(self.set, row));
                Ok(end.into_iter().chain([Change::Finish(job.clone())]).collect())
            };
            context.change(decide).await.map(|_| ())
        })
    }
}
