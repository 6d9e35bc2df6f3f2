//! `windowsAutopilotDeviceIdentities`: what a new identity starts with.

use odata::{Record, Value};

use crate::Error;
use crate::context::Context;
use crate::handlers::{Behaviour, Handlers, Names, StartError};

pub(super) const TYPE: &str = "windowsAutopilotDeviceIdentity";
pub(super) const SET: &str = "windowsAutopilotDeviceIdentities";

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let set = names.set(SET)?;
    handlers.set(set, DeviceIdentities::new(names)?);
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
}
