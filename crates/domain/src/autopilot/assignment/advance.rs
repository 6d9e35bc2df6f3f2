//! The way of a device from a profile that was chosen to one that it has: a step at a time, each when it is due.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::generic::bare_update;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit, later};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use serde::{Deserialize, Serialize};
use store::{Change, Job, Owners, Query};

use super::hardware_class::{Misfit, misfit};
use super::status::Statuses;
use crate::autopilot::device_identities::{SET, TYPE};
use crate::autopilot::jobs;

/// Hooks in what is special.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    statuses: Arc<Statuses>,
) -> Result<(), StartError> {
    let advance = Advance {
        identities: names.set(SET)?,
        model: names.slot(TYPE, "model")?,
        profiles: names.set("windowsAutopilotDeploymentProfiles")?,
        device_type: names.slot("windowsAutopilotDeploymentProfile", "deviceType")?,
        statuses,
    };
    handlers.job(jobs::ADVANCE, advance);
    Ok(())
}

/// The next steps of devices: those of one profile that are due at the same time are one job.
#[derive(Default)]
pub(in crate::autopilot) struct Steps {
    /// By the profile, and whether it is still to be delivered.
    of: BTreeMap<(Key, bool), Vec<Key>>,
}

impl Steps {
    /// Notes what is next for a device, if anything is.
    pub(super) fn take(&mut self, statuses: &Statuses, key: &Key, device: &Record) {
        if let Some(profile) = statuses.intended(device).filter(|_| statuses.is_under_way(device)) {
            self.of.entry((profile, statuses.is_pending(device))).or_default().push(key.clone());
        }
    }

    /// The job of one device's next step, if there is one.
    pub(in crate::autopilot) fn of_one(
        context: &Context<'_>,
        statuses: &Statuses,
        key: &Key,
        device: &Record,
    ) -> Vec<Change> {
        let mut steps = Steps::default();
        steps.take(statuses, key, device);
        steps.jobs(context, statuses)
    }

    /// The jobs of the next steps.
    pub(super) fn jobs(self, context: &Context<'_>, statuses: &Statuses) -> Vec<Change> {
        let job = |((profile, is_pending), devices): ((Key, bool), Vec<Key>)| {
            let seconds = statuses.delay_seconds(is_pending);
            let subject = match devices.as_slice() {
                [device] => device.clone(),
                _ => Key::new(),
            };
            let content = serde_json::to_vec(&Step { profile, devices }).unwrap_or_default();
            jobs::ADVANCE.job(subject, &content, later(context.now, seconds))
        };
        self.of.into_iter().map(job).collect()
    }
}

/// What the job carries: devices that go one step on with a profile.
#[derive(Serialize, Deserialize)]
struct Step {
    profile: Key,
    devices: Vec<Key>,
}

struct Advance {
    identities: SetId,
    model: u16,
    profiles: SetId,
    device_type: u16,
    statuses: Arc<Statuses>,
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
        Box::pin(async move { context.change(|| self.step(context, job)).await.map(|_| ()) })
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
    /// Whether a device has not come as far as it will.
    async fn is_under_way(&self, context: &Context<'_>, key: &Key) -> Result<bool, Error> {
        let row = context.store.get(context.tenant(), self.identities, None, key).await?;
        let Some(row) = row else { return Ok(false) };
        Ok(self.statuses.is_under_way(&context.store.record(self.identities, &row)?))
    }

    async fn step(&self, context: &Context<'_>, job: &Job) -> Result<Vec<Change>, Error> {
        let Step { profile, devices } = serde_json::from_slice(&job.content)
            .map_err(|_| store::ReadError::Corrupt("the step of an assignment".to_owned()))?;
        let wanted = self.wanted(context, &profile).await?;
        let query = Query::all(context.tenant(), self.identities, 1);
        let (mut changes, mut steps) = (Vec::new(), Steps::default());
        for owned in context.store.list_each(&query, &Owners::Keys(devices)).await? {
            let device = context.store.record(self.identities, &owned.row)?;
            // Meanwhile another profile may have won it.
            if self.statuses.intended(&device).as_ref() != Some(&profile) {
                continue;
            }
            if let Some(next) = self.statuses.advance(&device, self.misfit(wanted, &device), context.now) {
                steps.take(&self.statuses, &owned.row.key, &next);
                changes.push(bare_update(context, self.identities, &owned.row, &device, next)?);
            }
        }
        changes.push(Change::Finish(job.clone()));
        changes.extend(steps.jobs(context, &self.statuses));
        Ok(changes)
    }

    /// The class of devices that a profile is for.
    async fn wanted(&self, context: &Context<'_>, profile: &Key) -> Result<Option<i64>, Error> {
        let row = context.store.get(context.tenant(), self.profiles, None, profile).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(match context.store.record(self.profiles, &row)?.get(self.device_type) {
            Some(Value::Enum(wanted)) => Some(*wanted),
            _ => None,
        })
    }

    fn misfit(&self, wanted: Option<i64>, device: &Record) -> Option<Misfit> {
        misfit(wanted?, device.text(self.model).unwrap_or_default())
    }
}
