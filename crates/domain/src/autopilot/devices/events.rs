//! `autopilotEvents`: what is recorded of a device when it enrols.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::Change;

use crate::autopilot::sets::{DEVICE, HYBRID_PROFILE, PROFILE, PROFILES};
use crate::directory::DirectoryObjects;

const TYPE: &str = "deviceManagementAutopilotEvent";

/// The events of enrollments: the slots of an event, and where what they tell is read.
pub(super) struct EnrollmentEvents {
    set: SetId,
    event: TypeId,
    /// The properties that are copied from the device: the device's slot, and the event's.
    copied: Vec<(u16, u16)>,
    /// When the event happened, and the enrollment and the deployment began.
    at: [u16; 3],
    state: u16,
    in_progress: Value,
    enrollment_type: u16,
    enrollment_types: EnrollmentTypes,
    registered_at: u16,
    directory: DirectoryObjects,
    profile: u16,
    profiles: SetId,
    hybrid: TypeId,
    profile_name: u16,
    event_profile_name: u16,
}

/// The members of `windowsAutopilotEnrollmentType` that events use.
struct EnrollmentTypes {
    joined: Value,
    hybrid: Value,
    userless: Value,
    userless_without_profile: Value,
    unknown: Value,
}

impl EnrollmentEvents {
    pub(super) fn new(names: &Names<'_>) -> Result<EnrollmentEvents, StartError> {
        let copied = |of_device: &str, of_event: &str| -> Result<(u16, u16), StartError> {
            Ok((names.slot(DEVICE, of_device)?, names.slot(TYPE, of_event)?))
        };
        let kind = |member| names.member("windowsAutopilotEnrollmentType", member);
        Ok(EnrollmentEvents {
            set: names.set("autopilotEvents")?,
            event: names.structured(TYPE)?,
            copied: vec![
                copied("azureAdDeviceId", "deviceId")?,
                copied("serialNumber", "deviceSerialNumber")?,
                copied("displayName", "managedDeviceName")?,
                copied("userPrincipalName", "userPrincipalName")?,
                copied("enrollmentState", "enrollmentState")?,
            ],
            at: [
                names.slot(TYPE, "eventDateTime")?,
                names.slot(TYPE, "enrollmentStartDateTime")?,
                names.slot(TYPE, "deploymentStartDateTime")?,
            ],
            state: names.slot(TYPE, "deploymentState")?,
            in_progress: names.member("windowsAutopilotDeploymentState", "inProgress")?,
            enrollment_type: names.slot(TYPE, "enrollmentType")?,
            enrollment_types: EnrollmentTypes {
                joined: kind("azureADJoinedWithAutopilotProfile")?,
                hybrid: kind("offlineDomainJoined")?,
                userless: kind("azureADJoinedUsingDeviceAuthWithAutopilotProfile")?,
                userless_without_profile: kind("azureADJoinedUsingDeviceAuthWithoutAutopilotProfile")?,
                unknown: kind("unknown")?,
            },
            registered_at: names.slot(TYPE, "deviceRegisteredDateTime")?,
            directory: DirectoryObjects::new(names)?,
            profile: names.reference(DEVICE, "deploymentProfile")?,
            profiles: names.set(PROFILES)?,
            hybrid: names.structured(HYBRID_PROFILE)?,
            profile_name: names.slot(PROFILE, "displayName")?,
            event_profile_name: names.slot(TYPE, "windowsAutopilotDeploymentProfileDisplayName")?,
        })
    }

    /// The event of a device that has just enrolled.
    pub(super) async fn enrollment(
        &self,
        context: &Context<'_>,
        key: &Key,
        device: &Record,
        is_userless: bool,
    ) -> Result<Change, Error> {
        let event_key = Key::new();
        let mut event = Record::empty(self.event, context.model().structured(self.event).slots);
        event.set(0, Value::String(event_key.to_string().into()));
        for (of_device, of_event) in &self.copied {
            event.set(*of_event, device.get(*of_device).cloned().unwrap_or(Value::Null));
        }
        self.at.iter().for_each(|slot| event.set(*slot, Value::DateTimeOffset(context.now)));
        event.set(self.state, self.in_progress.clone());
        let profile = self.profile(context, device).await?;
        event.set(self.enrollment_type, self.enrollment_type(profile.as_ref(), is_userless));
        let name = profile.as_ref().and_then(|profile| profile.get(self.profile_name)).cloned();
        event.set(self.event_profile_name, name.unwrap_or(Value::Null));
        if let Some((_, object)) = self.directory.object(context, key, device).await?
            && let Some(at) = self.directory.registered_at(&object)
        {
            event.set(self.registered_at, at.clone());
        }
        let entity = Draft(event).complete(context.model())?;
        Ok(Change::Insert { set: self.set, parent: None, key: event_key, entity })
    }

    async fn profile(&self, context: &Context<'_>, device: &Record) -> Result<Option<Record>, Error> {
        let Some(key) = device.text(self.profile).map(Key::parse) else { return Ok(None) };
        let row = context.get(self.profiles, None, &key).await?;
        Ok(row.map(|row| context.store.record(self.profiles, &row)).transpose()?)
    }

    fn enrollment_type(&self, profile: Option<&Record>, is_userless: bool) -> Value {
        let types = &self.enrollment_types;
        let enrollment_type = match (profile, is_userless) {
            (Some(_), true) => &types.userless,
            (None, true) => &types.userless_without_profile,
            (Some(profile), false) if profile.type_id == self.hybrid => &types.hybrid,
            (Some(_), false) => &types.joined,
            (None, false) => &types.unknown,
        };
        enrollment_type.clone()
    }
}
