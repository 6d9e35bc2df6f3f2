//! Which of the objects of a tenant reach a device by their assignments, and which of them wins: the oldest of those assigned
//! to a group it is in, and otherwise the oldest of those for all devices.

use std::collections::{HashMap, HashSet};

use odata::date_time::Ticks;
use odata::query::Expression;
use odata::query::evaluate::matches;
use odata::{Key, Record};

use super::targets::{Assignment, AssignmentFilter, AssignmentTarget};

/// An object with its assignments: a profile or a configuration.
#[derive(Clone, Debug)]
pub(crate) struct Assigned<F> {
    pub(crate) created: Ticks,
    pub(crate) key: Key,
    /// What else decides about the object.
    pub(crate) facts: F,
    pub(crate) assignments: Vec<Assignment>,
    /// Whether one of its targets is of an abstract type, so that it assigns the object to nobody.
    pub(crate) has_abstract_target: bool,
}

/// The members of a group.
pub(crate) enum GroupMembership {
    /// The devices for which this is true.
    Selected(Expression),
    /// The devices that were added.
    Added,
}

/// The assignments of a tenant's objects of one kind, the oldest object first, and the groups that they name.
pub(crate) struct TenantAssignments<F> {
    pub(crate) objects: Vec<Assigned<F>>,
    pub(crate) groups: HashMap<Key, GroupMembership>,
}

/// The memberships of some devices in groups that devices are added to: pairs of group and device.
pub(crate) type AddedMembers = HashSet<(Key, Key)>;

/// What decides whether an assignment reaches a device.
#[derive(Clone, Copy)]
pub(crate) struct AssignedDevice<'d> {
    /// Its object of the directory, with its key; none if that was deleted.
    pub(crate) object: Option<(&'d Key, &'d Record)>,
    /// The memberships of devices, this one among them.
    pub(crate) added: &'d AddedMembers,
    /// Whether it has a user, and assignments to users count.
    pub(crate) has_user: bool,
}

/// How an object reaches a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reach<'a> {
    /// It does not: it excludes this group, in which the device is.
    Excluded(&'a Key),
    /// It is assigned to this group, in which the device is.
    ByGroup(&'a Key),
    /// It is assigned to all devices.
    ByAllDevices,
    /// It is assigned to all users, and the device has one.
    ByAllUsers,
    /// It does not: the filter of an assignment keeps the device out.
    Filtered(&'a AssignmentFilter),
    /// It does not: no assignment names the device.
    Nowhere,
}

impl<F> Assigned<F> {
    /// Whether it has any assignment.
    pub(crate) fn is_assigned(&self) -> bool {
        !self.assignments.is_empty()
    }

    /// The groups that its assignments name.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Key> {
        let of_targets = self.assignments.iter().filter_map(|assignment| match &assignment.target {
            AssignmentTarget::Group(group) | AssignmentTarget::ExcludedGroup(group) => Some(group),
            _ => None,
        });
        let of_filters = self.assignments.iter().filter_map(|assignment| assignment.filter.as_ref());
        of_targets.chain(of_filters.map(|filter| &filter.group))
    }
}

impl<F> TenantAssignments<F> {
    /// Whether any object is assigned to a group that is there, or excludes one.
    pub(crate) fn have_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Whether one of these groups has members that were added.
    pub(crate) fn have_added_members(&self) -> bool {
        self.groups.values().any(|group| matches!(group, GroupMembership::Added))
    }

    /// Whether an assignment of any object names a group.
    pub(crate) fn concern(&self, group: &Key) -> bool {
        self.objects.iter().any(|object| object.groups().any(|named| named == group))
    }

    /// The object with a key, if there was one.
    pub(crate) fn object(&self, key: &Key) -> Option<&Assigned<F>> {
        self.objects.iter().find(|object| object.key == *key)
    }

    /// Whether a device is in a group.
    pub(crate) fn is_in(&self, group: &Key, device: &AssignedDevice<'_>) -> bool {
        let Some((key, record)) = device.object else { return false };
        match self.groups.get(group) {
            Some(GroupMembership::Selected(rule)) => matches(rule, record),
            Some(GroupMembership::Added) => device.added.contains(&(group.clone(), key.clone())),
            None => false,
        }
    }

    /// How an object reaches a device: an exclusion comes before everything, a group before all devices.
    pub(crate) fn reach<'a>(&self, object: &'a Assigned<F>, device: &AssignedDevice<'_>) -> Reach<'a> {
        let mut found = Reach::Nowhere;
        for Assignment { target, filter } in &object.assignments {
            let reach = match target {
                AssignmentTarget::ExcludedGroup(group) if self.is_in(group, device) => {
                    return Reach::Excluded(group);
                }
                AssignmentTarget::Group(group) if self.is_in(group, device) => Reach::ByGroup(group),
                AssignmentTarget::AllDevices => Reach::ByAllDevices,
                AssignmentTarget::AllUsers if device.has_user => Reach::ByAllUsers,
                _ => continue,
            };
            let reach = match filter {
                Some(filter) if !self.lets_through(filter, device) => Reach::Filtered(filter),
                _ => reach,
            };
            if reach.rank() > found.rank() {
                found = reach;
            }
        }
        found
    }

    /// Whether a filter lets a device through. A filter of which nothing is known lets nobody through: it is safer to reach
    /// too few than those who were to be kept out.
    fn lets_through(&self, filter: &AssignmentFilter, device: &AssignedDevice<'_>) -> bool {
        self.groups.contains_key(&filter.group) && self.is_in(&filter.group, device) != filter.excludes
    }

    /// The object that wins a device: the oldest of those assigned to a group it is in, and otherwise the oldest of those for
    /// all devices or all users.
    pub(crate) fn winner<'a>(&'a self, device: &AssignedDevice<'_>) -> Option<(&'a Assigned<F>, Reach<'a>)> {
        let mut for_all = None;
        for object in &self.objects {
            match self.reach(object, device) {
                reach @ Reach::ByGroup(_) => return Some((object, reach)),
                reach @ (Reach::ByAllDevices | Reach::ByAllUsers) if for_all.is_none() => {
                    for_all = Some((object, reach));
                }
                _ => {}
            }
        }
        for_all
    }
}

impl Reach<'_> {
    /// Of several assignments of one object the one with the highest rank counts.
    fn rank(&self) -> u8 {
        match self {
            Reach::Nowhere => 0,
            Reach::Filtered(_) => 1,
            Reach::ByAllUsers => 2,
            Reach::ByAllDevices => 3,
            Reach::ByGroup(_) => 4,
            Reach::Excluded(_) => 5,
        }
    }
}
