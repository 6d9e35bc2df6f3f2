//! Which profile wins a device: the oldest of those assigned to a group it is in, and otherwise the one for all devices.

use std::collections::{HashMap, HashSet};

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::query::Expression;
use odata::query::evaluate::matches;
use odata::{Key, Record, Value};
use store::{Owners, Query};

use super::hardware_class::{Misfit, misfit};
use super::targets::{Target, Targets};
use crate::autopilot::sets::{ASSIGNMENTS, PROFILE, PROFILES};
use crate::directory::rule::{DeviceProperties, Rule};
use crate::directory::{ADDED_MAX, GroupSlots};

/// How many profiles a tenant can have: the documents say 350, and some are over that.
const PROFILES_MAX: u64 = 1_000;
/// How many assignments of one profile count.
const ASSIGNMENTS_MAX: u64 = 1_000;

/// Which profile a device shall have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// This one.
    Profile { key: Key, is_default: bool },
    /// The one that it was given directly.
    Keep,
    /// None.
    Nothing,
}

/// Where the parts are that a decision needs.
pub(super) struct Sources {
    profiles: SetId,
    created: u16,
    device_type: u16,
    assignments: SetId,
    targets: Targets,
    any_target: TypeId,
    groups: SetId,
    group: GroupSlots,
    pub(super) members: SetId,
    properties: DeviceProperties,
}

impl Sources {
    pub(super) fn new(names: &Names<'_>) -> Result<Sources, StartError> {
        Ok(Sources {
            profiles: names.set(PROFILES)?,
            created: names.slot(PROFILE, "createdDateTime")?,
            device_type: names.slot(PROFILE, "deviceType")?,
            assignments: names.set(ASSIGNMENTS)?,
            targets: Targets::new(names)?,
            any_target: names.structured("deviceAndAppManagementAssignmentTarget")?,
            groups: names.whole_path("groups")?,
            group: GroupSlots::new(names)?,
            members: names.whole_path("groups/members")?,
            properties: DeviceProperties::new(names, "device")?,
        })
    }

    /// All that decides, as it is now.
    pub(super) async fn candidates(&self, context: &Context<'_>) -> Result<Candidates, Error> {
        let tenant = context.tenant();
        let rows = context.store.list(&Query::all(tenant, self.profiles, PROFILES_MAX)).await?;
        let mut profiles = Vec::with_capacity(rows.len());
        for row in &rows {
            let record = context.store.record(self.profiles, row)?;
            let created = match record.get(self.created) {
                Some(Value::DateTimeOffset(created)) => *created,
                _ => Ticks(0),
            };
            let wanted = self.device_type(&record);
            profiles.push(Candidate { created, key: row.key.clone(), wanted, ..Candidate::default() });
        }
        let owners = Owners::Parents(rows.into_iter().map(|row| row.key).collect());
        let all = Query::all(tenant, self.assignments, ASSIGNMENTS_MAX);
        for owned in context.store.list_each(&all, &owners).await? {
            let record = context.store.record(self.assignments, &owned.row)?;
            if let Some(profile) = profiles.iter_mut().find(|profile| profile.key == owned.owner) {
                self.assign(profile, &record);
            }
        }
        profiles.sort_by(|one, other| (one.created, &one.key).cmp(&(other.created, &other.key)));
        let wanted: HashSet<&Key> =
            profiles.iter().flat_map(|profile| profile.include.iter().chain(&profile.exclude)).collect();
        let mut groups = HashMap::new();
        for key in wanted {
            if let Some(group) = self.group(context, key).await? {
                groups.insert(key.clone(), group);
            }
        }
        Ok(Candidates { profiles, groups })
    }

    /// The class of devices that a profile is for.
    fn device_type(&self, profile: &Record) -> Option<i64> {
        match profile.get(self.device_type) {
            Some(Value::Enum(wanted)) => Some(*wanted),
            _ => None,
        }
    }

    fn assign(&self, profile: &mut Candidate, assignment: &Record) {
        profile.is_assigned = true;
        profile.has_abstract_target |= self.targets.type_of(assignment) == Some(self.any_target);
        match self.targets.of(assignment) {
            Target::Group(group) => profile.include.push(group),
            Target::Excluded(group) => profile.exclude.push(group),
            Target::AllDevices => profile.is_for_all = true,
            Target::Unnamed | Target::Other => {}
        }
    }

    async fn group(&self, context: &Context<'_>, key: &Key) -> Result<Option<Members>, Error> {
        let row = context.store.get(context.tenant(), self.groups, None, key).await?;
        let Some(row) = row else { return Ok(None) };
        let record = context.store.record(self.groups, &row)?;
        Ok(match self.group.rule(&record) {
            Some(_) => {
                self.group.selection(&record).map(|rule| Members::Selected(self.properties.meaning(&rule)))
            }
            None => Some(Members::Added),
        })
    }

    /// The devices that were added to a group by hand.
    pub(super) async fn added(&self, context: &Context<'_>, group: &Key) -> Result<Vec<Key>, Error> {
        let query =
            Query { parent: Some(group.clone()), ..Query::all(context.tenant(), self.members, ADDED_MAX) };
        Ok(context.store.list(&query).await?.into_iter().map(|row| row.key).collect())
    }

    /// The condition that a rule is for a device of the directory.
    pub(super) fn condition(&self, rule: &Rule) -> Expression {
        self.properties.meaning(rule)
    }

    /// The rule that selects a group's members, if one does.
    pub(super) async fn rule(&self, context: &Context<'_>, group: &Key) -> Result<Option<Rule>, Error> {
        let row = context.store.get(context.tenant(), self.groups, None, group).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(self.group.selection(&context.store.record(self.groups, &row)?))
    }
}

/// A profile, and for whom it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    created: Ticks,
    pub(super) key: Key,
    /// The class of devices that it is for.
    wanted: Option<i64>,
    pub(super) include: Vec<Key>,
    pub(super) exclude: Vec<Key>,
    pub(super) is_for_all: bool,
    is_assigned: bool,
    /// Whether one of its targets is of an abstract type, so that it means nobody.
    pub(super) has_abstract_target: bool,
}

/// Who is in a group.
enum Members {
    /// Those for whom this is true.
    Selected(Expression),
    /// Those that were added.
    Added,
}

/// The profiles, the oldest first, and the groups they are for.
pub(super) struct Candidates {
    pub(super) profiles: Vec<Candidate>,
    groups: HashMap<Key, Members>,
}

/// In which of the groups that devices are added to one by one the devices at hand are.
pub(super) type Added = HashSet<(Key, Key)>;

/// Devices that are looked up in a group one by one, and not all at once.
const FEW: usize = 16;

impl Candidates {
    /// Whether a group matters to any profile.
    pub(super) fn concerns(&self, group: &Key) -> bool {
        self.profiles.iter().any(|profile| profile.include.contains(group) || profile.exclude.contains(group))
    }

    /// Whether a profile is among them.
    pub(super) fn know(&self, profile: &Key) -> bool {
        self.profiles.iter().any(|one| one.key == *profile)
    }

    /// Why a profile does not fit a device of this model.
    pub(super) fn misfit(&self, profile: &Key, model: &str) -> Option<Misfit> {
        misfit(self.profiles.iter().find(|one| one.key == *profile)?.wanted?, model)
    }

    /// Looks up in which groups these devices of the directory were put.
    pub(super) async fn added(
        &self,
        context: &Context<'_>,
        sources: &Sources,
        devices: &[Key],
    ) -> Result<Added, Error> {
        let mut added = Added::new();
        for (group, members) in &self.groups {
            match members {
                Members::Selected(_) => {}
                Members::Added if devices.len() <= FEW => {
                    for device in devices {
                        let (tenant, set) = (context.tenant(), sources.members);
                        if context.store.get(tenant, set, Some(group), device).await?.is_some() {
                            added.insert((group.clone(), device.clone()));
                        }
                    }
                }
                Members::Added => {
                    let all = sources.added(context, group).await?;
                    added.extend(all.into_iter().map(|device| (group.clone(), device)));
                }
            }
        }
        Ok(added)
    }

    /// Whether a device is in a group.
    pub(super) fn is_in(&self, group: &Key, device: Option<(&Key, &Record)>, added: &Added) -> bool {
        let Some((key, record)) = device else { return false };
        match self.groups.get(group) {
            Some(Members::Selected(rule)) => matches(rule, record),
            Some(Members::Added) => added.contains(&(group.clone(), key.clone())),
            None => false,
        }
    }

    /// Decides. `had` is the profile that the device has, or shall have.
    pub(super) fn decide(
        &self,
        device: Option<(&Key, &Record)>,
        added: &Added,
        had: Option<&Key>,
        released: Option<&Key>,
    ) -> Decision {
        let is_in = |groups: &[Key]| groups.iter().any(|group| self.is_in(group, device, added));
        let by_group = self.profiles.iter().find(|one| is_in(&one.include) && !is_in(&one.exclude));
        let winner = by_group.or_else(|| self.profiles.iter().find(|one| one.is_for_all));
        if let Some(winner) = winner {
            return Decision::Profile { key: winner.key.clone(), is_default: by_group.is_none() };
        }
        // A profile that is assigned to nobody can only have been given directly.
        let is_given = |key: &Key| {
            released != Some(key) && self.profiles.iter().any(|one| one.key == *key && !one.is_assigned)
        };
        if had.is_some_and(is_given) { Decision::Keep } else { Decision::Nothing }
    }
}
