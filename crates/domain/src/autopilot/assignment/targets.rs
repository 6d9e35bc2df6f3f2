//! The targets of assignments: the devices that a profile is assigned to, or that are excluded.

use engine::handlers::{Names, StartError};
use odata::edm::TypeId;
use odata::{Key, Record, Value};

use crate::assessment::AssessmentScope;
use crate::autopilot::sets::ASSIGNMENT;

/// The target of an assignment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AssignmentTarget {
    /// The members of this group.
    Group(Key),
    /// The members of this group are excluded.
    ExcludedGroup(Key),
    /// All devices of the tenant.
    AllDevices,
    /// The members of a group whose id is missing.
    UnnamedGroup,
    /// A target that is none of devices.
    Other,
}

impl AssignmentTarget {
    /// The devices that are assessed when the target gains the profile; none if it names none.
    pub(super) fn scope_of_gain(&self) -> Option<AssessmentScope> {
        match self {
            AssignmentTarget::Group(group) | AssignmentTarget::ExcludedGroup(group) => {
                Some(AssessmentScope::Group(group.clone()))
            }
            AssignmentTarget::AllDevices => Some(AssessmentScope::AllDevices),
            AssignmentTarget::UnnamedGroup | AssignmentTarget::Other => None,
        }
    }

    /// The devices that are assessed when the target loses the profile; none if it names none. They are those that have
    /// it, and not those of the group: a device may leave the group at the same time.
    pub(super) fn scope_of_loss(&self, profile: &Key) -> Option<AssessmentScope> {
        match self {
            AssignmentTarget::Group(_) | AssignmentTarget::AllDevices => {
                Some(AssessmentScope::Profile(profile.clone()))
            }
            AssignmentTarget::ExcludedGroup(group) => Some(AssessmentScope::Group(group.clone())),
            AssignmentTarget::UnnamedGroup | AssignmentTarget::Other => None,
        }
    }
}

/// The slots of an assignment's target, and the types it may have.
pub(super) struct TargetSlots {
    target: u16,
    group_id: u16,
    include: TypeId,
    exclude: TypeId,
    all_devices: TypeId,
}

impl TargetSlots {
    pub(super) fn new(names: &Names<'_>) -> Result<TargetSlots, StartError> {
        Ok(TargetSlots {
            target: names.slot(ASSIGNMENT, "target")?,
            group_id: names.slot("groupAssignmentTarget", "groupId")?,
            include: names.structured("groupAssignmentTarget")?,
            exclude: names.structured("exclusionGroupAssignmentTarget")?,
            all_devices: names.structured("allDevicesAssignmentTarget")?,
        })
    }

    /// The type of an assignment's target.
    pub(super) fn type_of(&self, assignment: &Record) -> Option<TypeId> {
        match assignment.get(self.target) {
            Some(Value::Complex(target)) => Some(target.type_id),
            _ => None,
        }
    }

    /// The target of an assignment.
    pub(super) fn of(&self, assignment: &Record) -> AssignmentTarget {
        let Some(Value::Complex(target)) = assignment.get(self.target) else {
            return AssignmentTarget::Other;
        };
        let group = || target.text(self.group_id).filter(|group| !group.trim().is_empty()).map(Key::parse);
        match target.type_id {
            id if id == self.include => {
                group().map_or(AssignmentTarget::UnnamedGroup, AssignmentTarget::Group)
            }
            id if id == self.exclude => {
                group().map_or(AssignmentTarget::UnnamedGroup, AssignmentTarget::ExcludedGroup)
            }
            id if id == self.all_devices => AssignmentTarget::AllDevices,
            _ => AssignmentTarget::Other,
        }
    }
}
