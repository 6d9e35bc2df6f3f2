//! The sources of decisions: reads the objects of a tenant with their assignments, its groups and their members.

use std::collections::{HashMap, HashSet};

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Owners, Query};

use super::group_sources::GroupSources;
use super::reach::{AddedMembers, Assigned, GroupMembership, TenantAssignments};
use super::targets::{Assignment, TargetSlots};

/// The number of objects that are read: the documents say 350 profiles, and some are over that.
const OBJECTS_MAX: u64 = 1_000;
/// The number of assignments of one object that are read.
const ASSIGNMENTS_MAX: u64 = 1_000;
/// The number of devices that are looked up in a group one by one, and not all at once.
const LOOKUPS_MAX: usize = 16;

/// A kind of objects that are assigned to devices.
pub(crate) trait AssignedKind: Send + Sync {
    /// What decides about an object beside its assignments.
    type Facts: Send + Sync;

    /// The set of the objects.
    fn set(&self) -> SetId;

    /// The set of their assignments.
    fn assignments(&self) -> SetId;

    /// The other sets that the facts are read from.
    fn other_sets(&self) -> Vec<SetId> {
        Vec::new()
    }

    /// The slot that says when an object was created.
    fn created(&self) -> u16;

    /// The groups that the facts of an object name.
    fn other_groups(_facts: &Self::Facts) -> Vec<Key> {
        Vec::new()
    }

    /// Whether the filters of assignments count.
    fn takes_filters(&self) -> bool;

    /// The facts of these objects, in their order.
    fn facts<'a>(
        &'a self,
        context: &'a Context<'a>,
        objects: &'a [(Key, Record)],
    ) -> BoxFuture<'a, Result<Vec<Self::Facts>, Error>>;
}

/// The sets and slots that decisions are read from.
pub(crate) struct AssignmentSources<K> {
    pub(crate) kind: K,
    sets: Vec<SetId>,
    targets: TargetSlots,
    pub(crate) groups: GroupSources,
}

impl<K: AssignedKind> AssignmentSources<K> {
    /// Looks up what assignments of a type are read from.
    pub(crate) fn new(
        names: &Names<'_>,
        kind: K,
        assignment_type: &str,
    ) -> Result<AssignmentSources<K>, StartError> {
        let groups = GroupSources::new(names)?;
        let mut sets = vec![kind.set(), kind.assignments(), groups.set];
        sets.extend(kind.other_sets());
        Ok(AssignmentSources { kind, sets, targets: TargetSlots::new(names, assignment_type)?, groups })
    }

    /// The sets that the assignments of a tenant's objects are read from.
    pub(super) fn sets(&self) -> &[SetId] {
        &self.sets
    }

    /// The set of the members that were added to groups.
    pub(super) fn members(&self) -> SetId {
        self.groups.members
    }

    /// Reads the assignments of the tenant's objects, and the groups that they name.
    pub(crate) async fn assignments(
        &self,
        context: &Context<'_>,
    ) -> Result<TenantAssignments<K::Facts>, Error> {
        let mut objects = self.objects(context).await?;
        let owners = Owners::Parents(objects.iter().map(|object| object.key.clone()).collect());
        let all = Query::all(context.tenant(), self.kind.assignments(), ASSIGNMENTS_MAX);
        for owned in context.list_each(&all, &owners).await? {
            let record = context.store.record(self.kind.assignments(), &owned.row)?;
            if let Some(object) = objects.iter_mut().find(|object| object.key == owned.owner) {
                let assignment = self.targets.assignment(&record);
                let filter = assignment.filter.filter(|_| self.kind.takes_filters());
                object.assignments.push(Assignment { filter, ..assignment });
                object.has_abstract_target |= self.targets.is_abstract(&record);
            }
        }
        objects.sort_by(|one, other| (one.created, &one.key).cmp(&(other.created, &other.key)));
        let mut named: HashSet<Key> = objects.iter().flat_map(Assigned::groups).cloned().collect();
        named.extend(objects.iter().flat_map(|object| K::other_groups(&object.facts)));
        let named = Owners::Keys(named.into_iter().collect());
        let mut groups = HashMap::new();
        for owned in
            context.store.list_each(&Query::all(context.tenant(), self.groups.set, 1), &named).await?
        {
            let membership = self.groups.membership(&context.store.record(self.groups.set, &owned.row)?);
            groups.extend(membership.map(|membership| (owned.row.key, membership)));
        }
        Ok(TenantAssignments { objects, groups })
    }

    /// The tenant's objects, still without their assignments.
    async fn objects(&self, context: &Context<'_>) -> Result<Vec<Assigned<K::Facts>>, Error> {
        let query = Query::all(context.tenant(), self.kind.set(), OBJECTS_MAX);
        let mut records = Vec::new();
        for row in context.list(&query).await? {
            let record = context.store.record(self.kind.set(), &row)?;
            records.push((row.key, record));
        }
        let facts = self.kind.facts(context, &records).await?;
        let object = |((key, record), facts): ((Key, Record), K::Facts)| {
            let created = match record.get(self.kind.created()) {
                Some(Value::DateTimeOffset(created)) => *created,
                _ => Ticks(0),
            };
            Assigned { created, key, facts, assignments: Vec::new(), has_abstract_target: false }
        };
        Ok(records.into_iter().zip(facts).map(object).collect())
    }

    /// The memberships of these devices of the directory in the groups that devices are added to.
    pub(crate) async fn added_members(
        &self,
        context: &Context<'_>,
        assignments: &TenantAssignments<K::Facts>,
        devices: &[Key],
    ) -> Result<AddedMembers, Error> {
        let mut added = AddedMembers::new();
        for (group, membership) in &assignments.groups {
            match membership {
                GroupMembership::Selected(_) => {}
                GroupMembership::Added if devices.len() <= LOOKUPS_MAX => {
                    for device in devices {
                        if context.get(self.groups.members, Some(group), device).await?.is_some() {
                            added.insert((group.clone(), device.clone()));
                        }
                    }
                }
                GroupMembership::Added => {
                    let all = self.groups.members_of(context, group).await?;
                    added.extend(all.into_iter().map(|device| (group.clone(), device)));
                }
            }
        }
        Ok(added)
    }
}
