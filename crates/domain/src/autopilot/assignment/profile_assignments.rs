//! The assignments of a tenant's profiles, and which profile a device shall have by them.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record, Value};

use super::hardware_class::{Misfit, misfit};
use crate::assignment::{AssignedDevice, AssignedKind, Reach, TenantAssignments};
use crate::autopilot::sets::{ASSIGNMENTS, PROFILE, PROFILES};

/// AssignedProfiles, as they are assigned. What else decides about one is the class of devices that it is for.
pub(super) struct AssignedProfiles {
    set: SetId,
    assignments: SetId,
    created: u16,
    device_type: u16,
}

/// The assignments of a tenant's profiles.
pub(super) type ProfileAssignments = TenantAssignments<Option<i64>>;

/// The profile that a device shall have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ProfileDecision {
    /// A profile that wins by its assignment.
    Profile { key: Key, is_default: bool },
    /// The profile that was assigned to the device directly.
    Keep,
    /// No profile wins, and none was assigned directly.
    Nothing,
}

impl AssignedProfiles {
    pub(super) fn new(names: &Names<'_>) -> Result<AssignedProfiles, StartError> {
        Ok(AssignedProfiles {
            set: names.set(PROFILES)?,
            assignments: names.set(ASSIGNMENTS)?,
            created: names.slot(PROFILE, "createdDateTime")?,
            device_type: names.slot(PROFILE, "deviceType")?,
        })
    }
}

impl AssignedKind for AssignedProfiles {
    type Facts = Option<i64>;

    fn set(&self) -> SetId {
        self.set
    }

    fn assignments(&self) -> SetId {
        self.assignments
    }

    fn created(&self) -> u16 {
        self.created
    }

    fn takes_filters(&self) -> bool {
        false
    }

    fn facts<'a>(
        &'a self,
        _: &'a Context<'a>,
        profiles: &'a [(Key, Record)],
    ) -> BoxFuture<'a, Result<Vec<Option<i64>>, Error>> {
        let device_type = |(_, profile): &(Key, Record)| match profile.get(self.device_type) {
            Some(Value::Enum(device_type)) => Some(*device_type),
            _ => None,
        };
        Box::pin(async move { Ok(profiles.iter().map(device_type).collect()) })
    }
}

/// The profile that a device shall have. `current` is the one that it has, or that is intended for it; `unassigned` is one
/// that it does not keep, because it lost an assignment.
pub(super) fn decide(
    assignments: &ProfileAssignments,
    device: &AssignedDevice<'_>,
    current: Option<&Key>,
    unassigned: Option<&Key>,
) -> ProfileDecision {
    if let Some((winner, reach)) = assignments.winner(device) {
        let is_default = !matches!(reach, Reach::ByGroup(_));
        return ProfileDecision::Profile { key: winner.key.clone(), is_default };
    }
    // A profile without assignments can only have been assigned directly.
    let is_direct = |key: &Key| {
        unassigned != Some(key) && assignments.object(key).is_some_and(|profile| !profile.is_assigned())
    };
    if current.is_some_and(is_direct) { ProfileDecision::Keep } else { ProfileDecision::Nothing }
}

/// Why a profile does not fit a device of this model.
pub(super) fn misfit_of(assignments: &ProfileAssignments, profile: &Key, model: &str) -> Option<Misfit> {
    misfit(assignments.object(profile)?.facts?, model)
}
