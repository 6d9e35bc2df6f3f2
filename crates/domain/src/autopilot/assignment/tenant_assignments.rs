//! The assignments of a tenant's profiles, and which profile wins a device by them: the oldest of those assigned to a
//! group it is in, and otherwise the one for all devices.

use std::collections::{HashMap, HashSet};

use odata::date_time::Ticks;
use odata::query::Expression;
use odata::query::evaluate::matches;
use odata::{Key, Record};

use super::hardware_class::{Misfit, misfit};

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

/// A profile with its assignments.
#[derive(Clone, Debug, Default)]
pub(super) struct ProfileAssignments {
    pub(super) created: Ticks,
    pub(super) key: Key,
    /// The class of devices that the profile is for.
    pub(super) device_type: Option<i64>,
    /// The groups it is assigned to.
    pub(super) include: Vec<Key>,
    /// The groups that are excluded from it.
    pub(super) exclude: Vec<Key>,
    /// Whether it is assigned to all devices.
    pub(super) is_for_all: bool,
    /// Whether it has any assignment.
    pub(super) is_assigned: bool,
    /// Whether one of its targets is of an abstract type, so that it assigns the profile to nobody.
    pub(super) has_abstract_target: bool,
}

/// The members of a group.
pub(super) enum GroupMembership {
    /// The devices for which this is true.
    Selected(Expression),
    /// The devices that were added.
    Added,
}

/// The assignments of a tenant's profiles, the oldest profile first, and the groups that they name.
pub(super) struct TenantAssignments {
    pub(super) profiles: Vec<ProfileAssignments>,
    pub(super) groups: HashMap<Key, GroupMembership>,
}

/// The memberships of some devices in groups that devices are added to: pairs of group and device.
pub(super) type AddedMembers = HashSet<(Key, Key)>;

impl TenantAssignments {
    /// Whether any profile is assigned to a group that is there, or excludes one.
    pub(super) fn have_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Whether one of these groups has members that were added.
    pub(super) fn have_added_members(&self) -> bool {
        self.groups.values().any(|group| matches!(group, GroupMembership::Added))
    }

    /// Whether any profile is assigned to a group, or excludes it.
    pub(super) fn concern(&self, group: &Key) -> bool {
        self.profiles.iter().any(|profile| profile.include.contains(group) || profile.exclude.contains(group))
    }

    /// The profile with a key, if there was one.
    pub(super) fn profile(&self, key: &Key) -> Option<&ProfileAssignments> {
        self.profiles.iter().find(|profile| profile.key == *key)
    }

    /// Why a profile does not fit a device of this model.
    pub(super) fn misfit(&self, profile: &Key, model: &str) -> Option<Misfit> {
        misfit(self.profile(profile)?.device_type?, model)
    }

    /// Whether a device is in a group.
    pub(super) fn is_in(&self, group: &Key, device: Option<(&Key, &Record)>, added: &AddedMembers) -> bool {
        let Some((key, record)) = device else { return false };
        match self.groups.get(group) {
            Some(GroupMembership::Selected(rule)) => matches(rule, record),
            Some(GroupMembership::Added) => added.contains(&(group.clone(), key.clone())),
            None => false,
        }
    }

    /// The profile that a device shall have. `current` is the one that it has, or that is intended for it; `unassigned`
    /// is one that it does not keep, because it lost an assignment.
    pub(super) fn decide(
        &self,
        device: Option<(&Key, &Record)>,
        added: &AddedMembers,
        current: Option<&Key>,
        unassigned: Option<&Key>,
    ) -> ProfileDecision {
        let is_in = |groups: &[Key]| groups.iter().any(|group| self.is_in(group, device, added));
        let by_group = self.profiles.iter().find(|one| is_in(&one.include) && !is_in(&one.exclude));
        let winner = by_group.or_else(|| self.profiles.iter().find(|one| one.is_for_all));
        if let Some(winner) = winner {
            return ProfileDecision::Profile { key: winner.key.clone(), is_default: by_group.is_none() };
        }
        // A profile without assignments can only have been assigned directly.
        let is_direct = |key: &Key| {
            unassigned != Some(key) && self.profile(key).is_some_and(|profile| !profile.is_assigned)
        };
        if current.is_some_and(is_direct) { ProfileDecision::Keep } else { ProfileDecision::Nothing }
    }
}
