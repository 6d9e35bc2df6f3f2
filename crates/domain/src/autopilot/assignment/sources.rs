//! The sources of decisions: reads the assignments of a tenant's profiles, its groups and their members.

use std::collections::{HashMap, HashSet};

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::query::Expression;
use odata::{Key, Record, Value};
use store::{Owners, Query};

use super::targets::{AssignmentTarget, TargetSlots};
use super::tenant_assignments::{AddedMembers, GroupMembership, ProfileAssignments, TenantAssignments};
use crate::autopilot::sets::{ASSIGNMENTS, PROFILE, PROFILES};
use crate::directory::GroupSlots;
use crate::directory::rule::{DeviceProperties, MembershipRule};
use crate::directory::sets::{ADDED_MEMBERS_MAX, DEVICE, GROUPS, MEMBERS};

/// The number of profiles that are read: the documents say 350, and some are over that.
const PROFILES_MAX: u64 = 1_000;
/// The number of assignments of one profile that are read.
const ASSIGNMENTS_MAX: u64 = 1_000;
/// The number of devices that are looked up in a group one by one, and not all at once.
const LOOKUPS_MAX: usize = 16;

/// The sets and slots that decisions are read from.
pub(super) struct AssignmentSources {
    profiles: SetId,
    created: u16,
    device_type: u16,
    assignments: SetId,
    targets: TargetSlots,
    any_target: TypeId,
    groups: SetId,
    group: GroupSlots,
    members: SetId,
    properties: DeviceProperties,
}

impl AssignmentSources {
    pub(super) fn new(names: &Names<'_>) -> Result<AssignmentSources, StartError> {
        Ok(AssignmentSources {
            profiles: names.set(PROFILES)?,
            created: names.slot(PROFILE, "createdDateTime")?,
            device_type: names.slot(PROFILE, "deviceType")?,
            assignments: names.set(ASSIGNMENTS)?,
            targets: TargetSlots::new(names)?,
            any_target: names.structured("deviceAndAppManagementAssignmentTarget")?,
            groups: names.whole_path(GROUPS)?,
            group: GroupSlots::new(names)?,
            members: names.whole_path(MEMBERS)?,
            properties: DeviceProperties::new(names, DEVICE)?,
        })
    }

    /// The sets that the assignments of a tenant's profiles are read from.
    pub(super) fn sets(&self) -> [SetId; 3] {
        [self.profiles, self.assignments, self.groups]
    }

    /// The set of the members that were added to groups.
    pub(super) fn members(&self) -> SetId {
        self.members
    }

    /// Reads the assignments of the tenant's profiles, and the groups that they name.
    pub(super) async fn assignments(&self, context: &Context<'_>) -> Result<TenantAssignments, Error> {
        let mut profiles = self.profiles(context).await?;
        let owners = Owners::Parents(profiles.iter().map(|profile| profile.key.clone()).collect());
        let all = Query::all(context.tenant(), self.assignments, ASSIGNMENTS_MAX);
        for owned in context.list_each(&all, &owners).await? {
            let record = context.store.record(self.assignments, &owned.row)?;
            if let Some(profile) = profiles.iter_mut().find(|profile| profile.key == owned.owner) {
                self.add_assignment(profile, &record);
            }
        }
        profiles.sort_by(|one, other| (one.created, &one.key).cmp(&(other.created, &other.key)));
        let named: HashSet<&Key> =
            profiles.iter().flat_map(|profile| profile.include.iter().chain(&profile.exclude)).collect();
        let named = Owners::Keys(named.into_iter().cloned().collect());
        let mut groups = HashMap::new();
        for owned in context.store.list_each(&Query::all(context.tenant(), self.groups, 1), &named).await? {
            let membership = self.membership(&context.store.record(self.groups, &owned.row)?);
            groups.extend(membership.map(|membership| (owned.row.key, membership)));
        }
        Ok(TenantAssignments { profiles, groups })
    }

    /// The tenant's profiles, still without their assignments.
    async fn profiles(&self, context: &Context<'_>) -> Result<Vec<ProfileAssignments>, Error> {
        let query = Query::all(context.tenant(), self.profiles, PROFILES_MAX);
        let rows = context.list(&query).await?;
        let mut profiles = Vec::with_capacity(rows.len());
        for row in rows {
            let record = context.store.record(self.profiles, &row)?;
            let created = match record.get(self.created) {
                Some(Value::DateTimeOffset(created)) => *created,
                _ => Ticks(0),
            };
            let device_type = match record.get(self.device_type) {
                Some(Value::Enum(device_type)) => Some(*device_type),
                _ => None,
            };
            profiles.push(ProfileAssignments {
                created,
                key: row.key,
                device_type,
                ..ProfileAssignments::default()
            });
        }
        Ok(profiles)
    }

    fn add_assignment(&self, profile: &mut ProfileAssignments, assignment: &Record) {
        profile.is_assigned = true;
        profile.has_abstract_target |= self.targets.type_of(assignment) == Some(self.any_target);
        match self.targets.of(assignment) {
            AssignmentTarget::Group(group) => profile.include.push(group),
            AssignmentTarget::ExcludedGroup(group) => profile.exclude.push(group),
            AssignmentTarget::AllDevices => profile.is_for_all = true,
            AssignmentTarget::UnnamedGroup | AssignmentTarget::Other => {}
        }
    }

    /// The members of a group; none while its rule is paused.
    fn membership(&self, group: &Record) -> Option<GroupMembership> {
        let selected = |rule| GroupMembership::Selected(self.properties.expression(&rule));
        match self.group.rule(group) {
            Some(_) => self.group.parsed_rule(group).map(selected),
            None => Some(GroupMembership::Added),
        }
    }

    /// The memberships of these devices of the directory in the groups that devices are added to.
    pub(super) async fn added_members(
        &self,
        context: &Context<'_>,
        assignments: &TenantAssignments,
        devices: &[Key],
    ) -> Result<AddedMembers, Error> {
        let mut added = AddedMembers::new();
        for (group, membership) in &assignments.groups {
            match membership {
                GroupMembership::Selected(_) => {}
                GroupMembership::Added if devices.len() <= LOOKUPS_MAX => {
                    for device in devices {
                        if context.get(self.members, Some(group), device).await?.is_some() {
                            added.insert((group.clone(), device.clone()));
                        }
                    }
                }
                GroupMembership::Added => {
                    let all = self.members_of(context, group).await?;
                    added.extend(all.into_iter().map(|device| (group.clone(), device)));
                }
            }
        }
        Ok(added)
    }

    /// The devices that were added to a group.
    pub(super) async fn members_of(&self, context: &Context<'_>, group: &Key) -> Result<Vec<Key>, Error> {
        let parent = Some(group.clone());
        let query = Query { parent, ..Query::all(context.tenant(), self.members, ADDED_MEMBERS_MAX) };
        Ok(context.list(&query).await?.into_iter().map(|row| row.key).collect())
    }

    /// The condition that a rule is for a device of the directory.
    pub(super) fn condition(&self, rule: &MembershipRule) -> Expression {
        self.properties.expression(rule)
    }

    /// The rule that selects a group's members, if one does and is in force.
    pub(super) async fn rule(
        &self,
        context: &Context<'_>,
        group: &Key,
    ) -> Result<Option<MembershipRule>, Error> {
        let row = context.get(self.groups, None, group).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(self.group.parsed_rule(&context.store.record(self.groups, &row)?))
    }
}
