//! The groups that assignments name: their rules and their members.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::SetId;
use odata::query::Expression;
use odata::{Key, Record};
use store::Query;

use super::reach::GroupMembership;
use crate::directory::GroupSlots;
use crate::directory::rule::{DeviceProperties, MembershipRule};
use crate::directory::sets::{ADDED_MEMBERS_MAX, DEVICE, GROUP, GROUPS, MEMBERS};

/// The sets and slots that groups and their members are read from.
pub(crate) struct GroupSources {
    /// The set of groups.
    pub(super) set: SetId,
    group: GroupSlots,
    /// The set of the members that were added to groups.
    pub(super) members: SetId,
    properties: DeviceProperties,
    name: u16,
}

impl GroupSources {
    pub(crate) fn new(names: &Names<'_>) -> Result<GroupSources, StartError> {
        Ok(GroupSources {
            set: names.whole_path(GROUPS)?,
            group: GroupSlots::new(names)?,
            members: names.whole_path(MEMBERS)?,
            properties: DeviceProperties::new(names, DEVICE)?,
            name: names.slot(GROUP, "displayName")?,
        })
    }

    /// The members of a group; none while its rule is paused.
    pub(super) fn membership(&self, group: &Record) -> Option<GroupMembership> {
        let selected = |rule| GroupMembership::Selected(self.properties.expression(&rule));
        match self.group.rule(group) {
            Some(_) => self.group.parsed_rule(group).map(selected),
            None => Some(GroupMembership::Added),
        }
    }

    /// The devices that were added to a group.
    pub(crate) async fn members_of(&self, context: &Context<'_>, group: &Key) -> Result<Vec<Key>, Error> {
        let parent = Some(group.clone());
        let query = Query { parent, ..Query::all(context.tenant(), self.members, ADDED_MEMBERS_MAX) };
        Ok(context.list(&query).await?.into_iter().map(|row| row.key).collect())
    }

    /// The condition that a rule is for a device of the directory.
    pub(crate) fn condition(&self, rule: &MembershipRule) -> Expression {
        self.properties.expression(rule)
    }

    /// The rule that selects a group's members, if one does and is in force.
    pub(crate) async fn rule(
        &self,
        context: &Context<'_>,
        group: &Key,
    ) -> Result<Option<MembershipRule>, Error> {
        let row = context.get(self.set, None, group).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(self.group.parsed_rule(&context.store.record(self.set, &row)?))
    }

    /// A group as a reason names it: by its rule, or as one that the device was added to.
    pub(crate) async fn told(&self, context: &Context<'_>, key: &Key) -> Result<String, Error> {
        let row = context.get(self.set, None, key).await?;
        let Some(row) = row else { return Ok(format!("group {key}")) };
        let group = context.store.record(self.set, &row)?;
        let name = group.text(self.name).unwrap_or("");
        Ok(match self.group.rule(&group) {
            Some(rule) => format!("group '{name}', whose rule selects the device: {rule}"),
            None => format!("group '{name}', to which the device was added"),
        })
    }
}
