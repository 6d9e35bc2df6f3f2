//! The job that advances the assignment status of devices, from a profile that is intended to one that they have.

use std::sync::Arc;

use engine::generic::bare_update;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Job, Owners, Query};

use super::hardware_class::{Misfit, misfit};
use super::status_advance::{StatusAdvance, StatusAdvances};
use super::statuses::AssignmentStatuses;
use crate::autopilot::jobs;
use crate::autopilot::sets::{DEVICE, DEVICES, PROFILE, PROFILES};

/// Registers the job that advances assignment statuses.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    statuses: Arc<AssignmentStatuses>,
) -> Result<(), StartError> {
    let advance = Advance {
        identities: names.set(DEVICES)?,
        model: names.slot(DEVICE, "model")?,
        profiles: names.set(PROFILES)?,
        device_type: names.slot(PROFILE, "deviceType")?,
        statuses,
    };
    handlers.job(jobs::ADVANCE, advance);
    Ok(())
}

struct Advance {
    identities: SetId,
    model: u16,
    profiles: SetId,
    device_type: u16,
    statuses: Arc<AssignmentStatuses>,
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
        Ok(self.statuses.is_under_way(&context.store.record(self.identities, &row)?))
    }

    /// The changes of one advance: the devices' next states, the job's end and the next advances.
    async fn advance(&self, context: &Context<'_>, job: &Job) -> Result<Vec<Change>, Error> {
        let StatusAdvance { profile, devices } = StatusAdvance::read(&job.content)?;
        let wanted = self.device_type(context, &profile).await?;
        let query = Query::all(context.tenant(), self.identities, 1);
        let (mut changes, mut advances) = (Vec::new(), StatusAdvances::default());
        for owned in context.list_each(&query, &Owners::Keys(devices)).await? {
            let device = context.store.record(self.identities, &owned.row)?;
            // Meanwhile another profile may have won it.
            if self.statuses.intended(&device).as_ref() != Some(&profile) {
                continue;
            }
            if let Some(next) = self.statuses.advance(&device, self.misfit(wanted, &device), context.now) {
                advances.add(&self.statuses, &owned.row.key, &next);
                changes.push(bare_update(context, self.identities, &owned.row, &device, next)?);
            }
        }
        changes.push(Change::Finish(job.clone()));
        changes.extend(advances.jobs(context, &self.statuses)?);
        Ok(changes)
    }

    /// The class of devices that a profile is for.
    async fn device_type(&self, context: &Context<'_>, profile: &Key) -> Result<Option<i64>, Error> {
        let row = context.get(self.profiles, None, profile).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(match context.store.record(self.profiles, &row)?.get(self.device_type) {
            Some(Value::Enum(wanted)) => Some(*wanted),
            _ => None,
        })
    }

    fn misfit(&self, wanted: Option<i64>, device: &Record) -> Option<Misfit> {
        misfit(wanted?, device.text(self.model).unwrap_or(""))
    }
}
