//! The targets of assignments: the devices that something is assigned to, or that are excluded.

use engine::handlers::{Names, StartError};
use odata::edm::{Model, TypeId};
use odata::{Key, Record, Value};

use crate::assessment::AssessmentScope;

/// An assignment, as far as it decides about devices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    pub(crate) target: AssignmentTarget,
    /// The filter that narrows it, if it has one.
    pub(crate) filter: Option<AssignmentFilter>,
}

/// The target of an assignment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AssignmentTarget {
    /// The members of this group.
    Group(Key),
    /// The members of this group are excluded.
    ExcludedGroup(Key),
    /// All devices of the tenant.
    AllDevices,
    /// All devices that have a user.
    AllUsers,
    /// The members of a group whose id is missing.
    UnnamedGroup,
    /// A target that is none of devices.
    Other,
}

/// The filter of an assignment: of the devices that the target names, it lets those through that are in a group, or that are
/// not in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AssignmentFilter {
    /// The group whose id is the filter's.
    pub(crate) group: Key,
    /// Whether those in the group are kept out.
    pub(crate) excludes: bool,
}

impl AssignmentTarget {
    /// The devices that are assessed when the target is added; none if it names none.
    pub(crate) fn scope_of_gain(&self) -> Option<AssessmentScope> {
        match self {
            AssignmentTarget::Group(group) | AssignmentTarget::ExcludedGroup(group) => {
                Some(AssessmentScope::Group(group.clone()))
            }
            AssignmentTarget::AllDevices | AssignmentTarget::AllUsers => Some(AssessmentScope::AllDevices),
            AssignmentTarget::UnnamedGroup | AssignmentTarget::Other => None,
        }
    }

    /// The devices that are assessed when the target is taken away; none if it names none. They are those that have what was
    /// assigned, the `holders`, and not those of the group: a device may leave the group at the same time.
    pub(crate) fn scope_of_loss(&self, holders: AssessmentScope) -> Option<AssessmentScope> {
        match self {
            AssignmentTarget::Group(_) | AssignmentTarget::AllDevices | AssignmentTarget::AllUsers => {
                Some(holders)
            }
            AssignmentTarget::ExcludedGroup(group) => Some(AssessmentScope::Group(group.clone())),
            AssignmentTarget::UnnamedGroup | AssignmentTarget::Other => None,
        }
    }
}

/// The slots of an assignment's target, and the types it may have.
pub(crate) struct TargetSlots {
    target: u16,
    group_id: u16,
    filter_id: u16,
    filter_type: u16,
    includes: Value,
    excludes: Value,
    include: TypeId,
    exclude: TypeId,
    all_devices: TypeId,
    all_users: TypeId,
    any: TypeId,
}

impl TargetSlots {
    /// Looks up the slots of a type of assignments.
    pub(crate) fn new(names: &Names<'_>, assignment_type: &str) -> Result<TargetSlots, StartError> {
        const ANY: &str = "deviceAndAppManagementAssignmentTarget";
        const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";
        Ok(TargetSlots {
            target: names.slot(assignment_type, "target")?,
            group_id: names.slot("groupAssignmentTarget", "groupId")?,
            filter_id: names.slot(ANY, "deviceAndAppManagementAssignmentFilterId")?,
            filter_type: names.slot(ANY, FILTER_TYPE)?,
            includes: names.member(FILTER_TYPE, "include")?,
            excludes: names.member(FILTER_TYPE, "exclude")?,
            include: names.structured("groupAssignmentTarget")?,
            exclude: names.structured("exclusionGroupAssignmentTarget")?,
            all_devices: names.structured("allDevicesAssignmentTarget")?,
            all_users: names.structured("allLicensedUsersAssignmentTarget")?,
            any: names.structured(ANY)?,
        })
    }

    /// The type of an assignment's target.
    fn type_of(&self, assignment: &Record) -> Option<TypeId> {
        self.target(assignment).map(|target| target.type_id)
    }

    /// The breach of a target whose type is abstract, so that it names nobody.
    pub(crate) fn breach(&self, model: &Model, assignment: &Record) -> Option<String> {
        let structured = model.structured(self.type_of(assignment)?);
        structured.is_abstract.then(|| format!("is of the abstract type '{}'", structured.qualified_name()))
    }

    /// Whether an assignment's target is of the abstract type, so that it names nobody.
    pub(crate) fn is_abstract(&self, assignment: &Record) -> bool {
        self.type_of(assignment) == Some(self.any)
    }

    fn target<'a>(&self, assignment: &'a Record) -> Option<&'a Record> {
        match assignment.get(self.target) {
            Some(Value::Complex(target)) => Some(target),
            _ => None,
        }
    }

    /// The target of an assignment, and its filter.
    pub(crate) fn assignment(&self, assignment: &Record) -> Assignment {
        Assignment { target: self.of(assignment), filter: self.filter(assignment) }
    }

    /// The target of an assignment.
    pub(crate) fn of(&self, assignment: &Record) -> AssignmentTarget {
        let Some(target) = self.target(assignment) else { return AssignmentTarget::Other };
        let group = || filled(target, self.group_id).map(Key::parse);
        match target.type_id {
            id if id == self.include => {
                group().map_or(AssignmentTarget::UnnamedGroup, AssignmentTarget::Group)
            }
            id if id == self.exclude => {
                group().map_or(AssignmentTarget::UnnamedGroup, AssignmentTarget::ExcludedGroup)
            }
            id if id == self.all_devices => AssignmentTarget::AllDevices,
            id if id == self.all_users => AssignmentTarget::AllUsers,
            _ => AssignmentTarget::Other,
        }
    }

    fn filter(&self, assignment: &Record) -> Option<AssignmentFilter> {
        let target = self.target(assignment)?;
        let filter_type = target.get(self.filter_type)?;
        let excludes = *filter_type == self.excludes;
        if !excludes && *filter_type != self.includes {
            return None;
        }
        let group = Key::parse(filled(target, self.filter_id).unwrap_or_default());
        Some(AssignmentFilter { group, excludes })
    }
}

/// The text in a slot, unless it is blank.
fn filled(record: &Record, slot: u16) -> Option<&str> {
    record.text(slot).filter(|text| !text.trim().is_empty())
}
