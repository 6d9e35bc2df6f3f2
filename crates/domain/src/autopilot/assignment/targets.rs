//! Whom an assignment of a profile is for.

use engine::handlers::{Names, StartError};
use odata::edm::TypeId;
use odata::{Key, Record, Value};

use crate::assessment::Touched;
use crate::autopilot::sets::ASSIGNMENT;

/// Whom.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// Who is in this group.
    Group(Key),
    /// Not who is in this group.
    Excluded(Key),
    /// Everybody.
    AllDevices,
    /// Who is in a group that is not named.
    Unnamed,
    /// Nobody that we know.
    Other,
}

impl Target {
    /// Which devices it is about.
    pub(super) fn touched(&self) -> Option<Touched> {
        match self {
            Target::Group(group) | Target::Excluded(group) => Some(Touched::Group(group.clone())),
            Target::AllDevices => Some(Touched::All),
            Target::Unnamed | Target::Other => None,
        }
    }
}

/// Where an assignment says so.
pub(super) struct Targets {
    target: u16,
    group_id: u16,
    include: TypeId,
    exclude: TypeId,
    all_devices: TypeId,
}

impl Targets {
    pub(super) fn new(names: &Names<'_>) -> Result<Targets, StartError> {
        Ok(Targets {
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

    /// Whom an assignment is for.
    pub(super) fn of(&self, assignment: &Record) -> Target {
        let Some(Value::Complex(target)) = assignment.get(self.target) else { return Target::Other };
        let group = || target.text(self.group_id).filter(|group| !group.trim().is_empty()).map(Key::parse);
        match target.type_id {
            id if id == self.include => group().map_or(Target::Unnamed, Target::Group),
            id if id == self.exclude => group().map_or(Target::Unnamed, Target::Excluded),
            id if id == self.all_devices => Target::AllDevices,
            _ => Target::Other,
        }
    }
}
