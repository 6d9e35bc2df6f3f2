//! The job that advances the assignment status of devices, from a profile that is intended to one that they have.

use std::sync::Arc;

use engine::generic::bare_update;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::Key;
use odata::edm::SetId;
use store::{Change, Job, Owners, Query};

use super::decisions::ProfileDecisions;
use super::status_advance::{StatusAdvance, StatusAdvances};
use crate::autopilot::jobs;
use crate::autopilot::sets::DEVICES;

/// Registers the job that advances assignment statuses.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    decisions: Arc<ProfileDecisions>,
) -> Result<(), StartError> {
    handlers.job(jobs::ADVANCE, Advance { identities: names.set(DEVICES)?, decisions });
    Ok(())
}

struct Advance {
    identities: SetId,
    decisions: Arc<ProfileDecisions>,
}

impl JobWorker for Advance {
    fn set(&self) -> SetId {
        self.identities
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { context.change(|| self.advance(context, job)).await.map(|_| ()) })
    }

    fn is_awaited<'a>(
        &'a self,
        context: &'a Context<'a>,
        subject: &'a Key,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(self.is_under_way(context, subject))
    }
}

impl Advance {
    /// Whether the status of a device has still to advance.
    async fn is_under_way(&self, context: &Context<'_>, key: &Key) -> Result<bool, Error> {
        let row = context.get(self.identities, None, key).await?;
        let Some(row) = row else { return Ok(false) };
        Ok(self.decisions.statuses.is_under_way(&context.store.record(self.identities, &row)?))
    }

    /// The changes of one advance: the devices' next states, the job's end and the next advances.
    async fn advance(&self, context: &Context<'_>, job: &Job) -> Result<Vec<Change>, Error> {
        let StatusAdvance { profile, devices } = StatusAdvance::read(&job.content)?;
        let (statuses, kept) = (&self.decisions.statuses, &self.decisions.kept);
        let read = kept.current(context).await?;
        let query = Query::all(context.tenant(), self.identities, 1);
        let (mut changes, mut advances) = (Vec::new(), StatusAdvances::default());
        for owned in context.list_each(&query, &Owners::Keys(devices)).await? {
            let device = context.store.record(self.identities, &owned.row)?;
            // Meanwhile another profile may have won it.
            if statuses.intended(&device).as_ref() != Some(&profile) {
                continue;
            }
            let mut next = device.clone();
            self.decisions.advance(&read.assignments, &mut next, context.now);
            if next != device {
                advances.add(statuses, &owned.row.key, &next);
                changes.push(bare_update(context, self.identities, &owned.row, &device, next)?);
            }
        }
        changes.push(Change::Finish(job.clone()));
        changes.extend(self.decisions.conditions(context, &read, false));
        changes.extend(advances.jobs(context, statuses)?);
        Ok(changes)
    }
}
