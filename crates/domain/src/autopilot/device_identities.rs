//! `windowsAutopilotDeviceIdentities`: what a new identity starts with, and how it ends.

use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Job};

use super::ownership::release;
use crate::authorize::Permit;
use crate::clock::later;
use crate::context::Context;
use crate::handlers::{Behaviour, Deleting, Deletion, Handlers, Names, StartError};
use crate::jobs::{JobKind, Work, Working};
use crate::{Error, Phrase};

pub(super) const TYPE: &str = "windowsAutopilotDeviceIdentity";
pub(super) const SET: &str = "windowsAutopilotDeviceIdentities";

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let set = names.set(SET)?;
    handlers.set(set, DeviceIdentities::new(names)?);
    handlers.job(JobKind::Deregister, Deregister { set });
    Ok(())
}

struct DeviceIdentities {
    /// What a new identity reads where its creator says nothing.
    initial: Vec<(u16, Value)>,
    profile: u16,
    intended_profile: u16,
    status: u16,
    assigned: Value,
    assigned_at: u16,
}

impl DeviceIdentities {
    fn new(names: &Names<'_>) -> Result<DeviceIdentities, StartError> {
        let initial = vec![
            (names.slot(TYPE, "enrollmentState")?, names.member("enrollmentState", "notContacted")?),
            (
                names.slot(TYPE, "remediationState")?,
                names.member("windowsAutopilotDeviceRemediationState", "noRemediationRequired")?,
            ),
        ];
        Ok(DeviceIdentities {
            initial,
            profile: names.reference(TYPE, "deploymentProfile")?,
            intended_profile: names.reference(TYPE, "intendedDeploymentProfile")?,
            status: names.slot(TYPE, "deploymentProfileAssignmentStatus")?,
            assigned: names.member("windowsAutopilotProfileAssignmentStatus", "assignedUnkownSyncState")?,
            assigned_at: names.slot(TYPE, "deploymentProfileAssignedDateTime")?,
        })
    }

    /// What an identity reads that is created among a profile's assigned devices.
    fn assign(&self, context: &Context<'_>, record: &mut Record, profile: Value) {
        record.set(self.intended_profile, profile);
        if record.get(self.status).is_none() {
            record.set(self.status, self.assigned.clone());
        }
        if record.get(self.assigned_at).is_none() {
            record.set(self.assigned_at, Value::DateTimeOffset(context.now));
        }
    }
}

impl Behaviour for DeviceIdentities {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        if let Some(profile @ Value::String(_)) = record.get(self.profile).cloned() {
            self.assign(context, record, profile);
        }
        for (slot, value) in &self.initial {
            if record.get(*slot).is_none() {
                record.set(*slot, value.clone());
            }
        }
        Ok(())
    }
    fn delete<'a>(&'a self, context: &'a Context<'a>, key: &'a Key) -> Deleting<'a> {
        Box::pin(async move {
            let settings = &context.settings.autopilot;
            let seconds = i64::from(settings.deletion_seconds) + settings.delays.deletion_seconds();
            if seconds == 0 {
                return Ok(Deletion::Now(released(context, key).await?));
            }
            let kind = JobKind::Deregister;
            if context.store.job_due(context.tenant(), kind as i16, key).await?.is_some() {
                return Err(deletion_in_progress(context));
            }
            Ok(Deletion::Later(vec![kind.job(key.clone(), b"", later(context.now, seconds))]))
        })
    }
}

/// What lets a device go.
async fn released(context: &Context<'_>, key: &Key) -> Result<Vec<Change>, Error> {
    Ok(release(context, key).await?.into_iter().map(Change::Ledger).collect())
}

/// Ends a device whose deletion was accepted a while ago.
struct Deregister {
    set: SetId,
}

impl Work for Deregister {
    fn set(&self) -> SetId {
        self.set
    }

    fn work<'a>(&'a self, context: &'a Context<'a>, _permit: Permit, job: &'a Job) -> Working<'a> {
        Box::pin(async move {
            let (set, key) = (self.set, job.subject.clone());
            let mut changes = released(context, &key).await?;
            if let Some(row) = context.store.get(context.tenant(), set, None, &key).await? {
                changes.push(Change::Delete { set, parent: None, key, expected: row.version });
            }
            changes.push(Change::Finish(job.clone()));
            Ok(context.commit(changes).await.map(|_| ())?)
        })
    }
}

/// In the words of the service behind the cloud's, for which clients look.
fn deletion_in_progress(context: &Context<'_>) -> Error {
    let url = format!("{}{}", context.call.origin, context.call.path);
    let message = format!("The device is being deleted. - Url: {url}");
    Error::bad_request(message).phrased(Phrase::ZtdDeviceDeletionInProgess)
}
