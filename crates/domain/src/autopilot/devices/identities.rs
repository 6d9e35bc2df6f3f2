//! `windowsAutopilotDeviceIdentities`: the initial state of a registration, what follows its changes, and its end.

use std::sync::Arc;

use engine::breach::{flag, refuse};
use engine::handlers::{Behaviour, Deletion, JobWorker, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers, Permit, Validation, later};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record, Value};
use store::{Change, Job};
use uuid::Uuid;

use crate::autopilot::assignment::{ProfileDecisions, StatusAdvances};
use crate::autopilot::device_name::name_fault;
use crate::autopilot::jobs;
use crate::autopilot::ledger::release;
use crate::autopilot::sets::{AGENTS, DEVICE, DEVICES};
use crate::changes::deletion;
use crate::directory::DirectoryObjects;
use crate::firmware::ConfiguredDevices;
use crate::{MusterSettings, Phrase};

const NAME: &str = "displayName";

/// Registers the behaviour of device identities, and the job that ends them.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
    decisions: &Arc<ProfileDecisions>,
    firmware: &Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    let set = names.set(DEVICES)?;
    let holdings =
        Arc::new(Holdings { directory: DirectoryObjects::new(names)?, firmware: firmware.clone() });
    handlers.set(set, DeviceIdentities::new(names, holdings.clone(), settings, decisions.clone())?);
    handlers.job(jobs::DEREGISTER, Deregister { set, holdings });
    Ok(())
}

struct DeviceIdentities {
    /// The seconds that a deletion takes.
    deletion_seconds: i64,
    /// The properties that a new identity has where its creator says nothing.
    initial: Vec<(u16, Value)>,
    decisions: Arc<ProfileDecisions>,
    set: SetId,
    enrollment: u16,
    enrolled: Value,
    agents: SetId,
    managed_device_id: u16,
    name: u16,
    holdings: Arc<Holdings>,
}

impl DeviceIdentities {
    fn new(
        names: &Names<'_>,
        holdings: Arc<Holdings>,
        settings: &MusterSettings,
        decisions: Arc<ProfileDecisions>,
    ) -> Result<DeviceIdentities, StartError> {
        let initial = vec![
            (names.slot(DEVICE, "enrollmentState")?, names.member("enrollmentState", "notContacted")?),
            (
                names.slot(DEVICE, "remediationState")?,
                names.member("windowsAutopilotDeviceRemediationState", "noRemediationRequired")?,
            ),
        ];
        Ok(DeviceIdentities {
            initial,
            deletion_seconds: i64::from(settings.autopilot.deletion_seconds)
                + settings.autopilot.delays.deletion_seconds(),
            decisions,
            set: names.set(DEVICES)?,
            enrollment: names.slot(DEVICE, "enrollmentState")?,
            enrolled: names.member("enrollmentState", "enrolled")?,
            agents: names.set(AGENTS)?,
            managed_device_id: names.slot(DEVICE, "managedDeviceId")?,
            name: names.slot(DEVICE, NAME)?,
            holdings,
        })
    }

    /// Whether device management has the device. What the documents' examples call `Managed Device Id value` it cannot
    /// have, and they delete such a device.
    fn is_enrolled(&self, context: &Context<'_>, device: &Record) -> bool {
        let is_example = || {
            device
                .text(self.managed_device_id)
                .is_some_and(|id| Uuid::parse_str(id).is_err() && !id.is_empty())
        };
        device.get(self.enrollment) == Some(&self.enrolled)
            && (context.settings.validation == Validation::Strict || !is_example())
    }

    /// The end of the agent of a device that device management has no more: its key holds no more.
    async fn revocation(&self, context: &Context<'_>, device: &Key) -> Result<Option<Change>, Error> {
        let agent = context.get(self.agents, Some(device), device).await?;
        Ok(agent.map(|row| Change::Delete {
            set: self.agents,
            parent: Some(device.clone()),
            key: row.key,
            expected: row.version,
        }))
    }

    /// The breach of a device's name, unless it had that name before.
    fn breach(&self, before: Option<&Record>, device: &Record) -> Option<String> {
        let is_new = before.is_none_or(|before| before.get(self.name) != device.get(self.name));
        device.text(self.name).filter(|_| is_new).and_then(name_fault)
    }
}

impl Behaviour for DeviceIdentities {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        self.decisions.statuses.complete(record, context.now);
        for (slot, value) in &self.initial {
            if record.get(*slot).is_none() {
                record.set(*slot, value.clone());
            }
        }
        self.holdings.directory.complete(context, record)?;
        refuse(context, NAME, self.breach(None, record))
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            let key = &address.key;
            let mut changes = self.decisions.decide(context, key, before, next).await?;
            let firmware = &self.holdings.firmware;
            let differs = |before| self.decisions.differ(before, next) || firmware.differ(before, next);
            if before.is_some_and(differs) {
                changes.extend(firmware.reassessment(context, key).await?);
            }
            let is_enrolled = |device: &Record| device.get(self.enrollment) == Some(&self.enrolled);
            if before.is_some_and(is_enrolled) && !is_enrolled(next) {
                changes.extend(self.revocation(context, key).await?);
            }
            Ok(changes)
        })
    }

    fn answer_to_create(&self, sent: &Record, entity: &Valid) -> Option<Record> {
        self.decisions.statuses.as_sent(sent, entity.record())
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::from_iter(self.holdings.directory.insertion(context, key, entity.record())?);
        changes.extend(flag(context, self.set, key, self.breach(None, entity.record())));
        changes.extend(StatusAdvances::of_one(context, &self.decisions.statuses, key, entity.record())?);
        Ok(changes)
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let key = &address.key;
        let (after, statuses) = (after.record(), &self.decisions.statuses);
        let mut changes = Vec::new();
        changes.extend(flag(context, self.set, key, self.breach(Some(before), after)));
        if statuses.has_changed(before, after) {
            changes.extend(StatusAdvances::of_one(context, statuses, key, after)?);
        }
        Ok(changes)
    }

    fn before_update(&self, context: &Context<'_>, before: &Record, after: &mut Record) -> Result<(), Error> {
        self.holdings.directory.follow_device_id(before, after)?;
        refuse(context, NAME, self.breach(Some(before), after))
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        let key = &address.key;
        Box::pin(async move {
            if let Some(row) = context.get(self.set, None, key).await?
                && self.is_enrolled(context, &context.store.record(self.set, &row)?)
            {
                return Err(Error::bad_request(
                    "The device is enrolled: delete it from device management first ('muster.unenroll'), and then here.",
                ));
            }
            let seconds = self.deletion_seconds;
            if seconds == 0 {
                return Ok(Deletion::Now(self.holdings.release(context, key).await?));
            }
            let kind = jobs::DEREGISTER;
            if context.store.job_due(context.tenant(), kind.number, key).await?.is_some() {
                return Err(deletion_in_progress(context));
            }
            Ok(Deletion::Later(vec![kind.job(key.clone(), b"", later(context.now, seconds))]))
        })
    }

    fn release<'a>(
        &'a self,
        context: &'a Context<'a>,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(release(context, keys))
    }
}

/// What is kept of a device beside its registration.
struct Holdings {
    directory: DirectoryObjects,
    firmware: Arc<ConfiguredDevices>,
}

impl Holdings {
    /// The changes that release a device from the ledger, and remove its directory object and its run states.
    async fn release(&self, context: &Context<'_>, key: &Key) -> Result<Vec<Change>, Error> {
        let mut changes = release(context, std::slice::from_ref(key)).await?;
        changes.extend(self.directory.removal(context, key).await?);
        changes.extend(self.firmware.removal(context, key).await?);
        Ok(changes)
    }
}

/// Ends a device whose deletion was accepted a while ago.
struct Deregister {
    set: SetId,
    holdings: Arc<Holdings>,
}

impl JobWorker for Deregister {
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
            let (set, key) = (self.set, &job.subject);
            let decide = || async {
                let mut changes = self.holdings.release(context, key).await?;
                let row = context.get(set, None, key).await?;
                changes.extend(row.map(|row| deletion(set, row)));
                changes.push(Change::Finish(job.clone()));
                Ok(changes)
            };
            context.change(decide).await.map(|_| ())
        })
    }
}

/// The refusal of a second deletion, in the words that clients look for.
fn deletion_in_progress(context: &Context<'_>) -> Error {
    let url = format!("{}{}", context.call.origin, context.call.path);
    let message = format!("The device is being deleted. - Url: {url}");
    Error::bad_request(message).phrased(Phrase::ZtdDeviceDeletionInProgess.as_str())
}
