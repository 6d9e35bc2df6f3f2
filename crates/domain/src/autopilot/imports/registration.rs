//! The job that registers the device of an import's record.
//!
//! All of it is decided from one look at the database and committed only if that is still so; otherwise it is decided
//! again. So two imports of one device, whichever servers do them, end in one identity.

use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::Record;
use odata::edm::SetId;
use store::{Change, Job};

use super::batch;
use super::checks::RegistrationOutcome;
use super::error::ImportError;
use super::pending_imports::PendingImports;
use crate::MusterSettings;
use crate::autopilot::jobs::{self, DUPLICATE};

/// Registers the job that registers devices.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    handlers.job(jobs::REGISTER, Registration { imports: PendingImports::new(names, settings)? });
    Ok(())
}

struct Registration {
    imports: PendingImports,
}

impl JobWorker for Registration {
    fn set(&self) -> SetId {
        self.imports.set
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let decide = || async {
                let Some((row, record)) = self.imports.record(context, job).await? else {
                    return Ok(vec![Change::Finish(job.clone())]);
                };
                let outcome = match self.decide(context, &record, job).await? {
                    Ok(registration) => registration,
                    Err(error) => self.imports.checks.refusal(context, error),
                };
                self.imports.ending(context, job, &row, record, outcome).await
            };
            context.change(decide).await.map(|_| ())
        })
    }

    fn work_together<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        jobs: &'a [Job],
    ) -> BoxFuture<'a, Result<Vec<Job>, Error>> {
        Box::pin(batch::register(&self.imports, context, jobs))
    }

    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let Some((row, record)) = self.imports.record(context, job).await? else {
                return Ok(context.commit(vec![Change::Finish(job.clone())]).await.map(|_| ())?);
            };
            let refusal = self.imports.checks.refusal(context, ImportError::Storage);
            let changes = self.imports.ending(context, job, &row, record, refusal).await?;
            Ok(context.commit(changes).await.map(|_| ())?)
        })
    }
}

impl Registration {
    /// The result of an import: its checks in their order, and at their end an identity.
    async fn decide(
        &self,
        context: &Context<'_>,
        record: &Record,
        job: &Job,
    ) -> Result<Result<RegistrationOutcome, ImportError>, Error> {
        let checks = &self.imports.checks;
        let (device, digests) = match checks.device(context, record) {
            Ok(hashed) => hashed,
            Err(error) => return Ok(Err(error)),
        };
        if *job.content == *DUPLICATE {
            return Ok(Err(ImportError::Duplicated));
        }
        checks.check(context, record, &device, digests).await
    }
}
