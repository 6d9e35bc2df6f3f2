//! The memberships of a device. Those in groups that it was added to end with the device: a group counts them.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::SetId;
use odata::query::evaluate::matches;
use odata::query::{Cursor, Expression, Path};
use odata::{Key, Record, Value};
use store::{Change, Owned, Owners, Query};

use super::group_slots::GroupSlots;
use super::rule::DeviceProperties;
use super::sets::{DEVICE, DEVICES, GROUPS, MEMBERS};

/// The number of groups that are searched at once.
const GROUPS_PAGE: u64 = 1_000;

/// The sets of groups and of the devices that were added to them.
pub(super) struct Memberships {
    groups: SetId,
    group: GroupSlots,
    members: SetId,
    devices: SetId,
    device_id: Path,
    properties: DeviceProperties,
}

impl Memberships {
    pub(super) fn new(names: &Names<'_>) -> Result<Memberships, StartError> {
        Ok(Memberships {
            groups: names.whole_path(GROUPS)?,
            group: GroupSlots::new(names)?,
            members: names.whole_path(MEMBERS)?,
            devices: names.whole_path(DEVICES)?,
            device_id: names.id_of(names.structured(DEVICE)?)?,
            properties: DeviceProperties::new(names, DEVICE)?,
        })
    }

    /// The changes that remove a device from every group it was added to.
    pub(super) async fn removal(&self, context: &Context<'_>, device: &Key) -> Result<Vec<Change>, Error> {
        let (mut changes, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(context, device, after).await?;
            for owned in page.added {
                let (set, parent, expected) = (self.members, Some(owned.owner), owned.row.version);
                changes.push(Change::Delete { set, parent, key: owned.row.key, expected });
            }
            after = page.next;
            if after.is_none() {
                return Ok(changes);
            }
        }
    }

    /// The groups that a device was added to, and those whose rule selects it.
    pub(super) async fn groups_of(&self, context: &Context<'_>, device: &Key) -> Result<Vec<Key>, Error> {
        let row = context.get(self.devices, None, device).await?;
        let row = row.ok_or_else(|| Error::not_found(&device.to_string()))?;
        let record = context.store.record(self.devices, &row)?;
        let (mut groups, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(context, device, after).await?;
            groups.extend(page.added.into_iter().map(|owned| owned.owner));
            let selects = |group: &Record| {
                let rule = self.group.parsed_rule(group);
                rule.is_some_and(|rule| matches(&self.properties.expression(&rule), &record))
            };
            groups.extend(page.dynamic.into_iter().filter(|(_, group)| selects(group)).map(|(key, _)| key));
            after = page.next;
            if after.is_none() {
                return Ok(groups);
            }
        }
    }

    /// The next groups of the tenant.
    async fn page(
        &self,
        context: &Context<'_>,
        device: &Key,
        after: Option<Cursor>,
    ) -> Result<GroupsPage, Error> {
        let query = Query { after, ..Query::all(context.tenant(), self.groups, GROUPS_PAGE) };
        let groups = context.list(&query).await?;
        let last = groups.last().filter(|_| groups.len() as u64 == GROUPS_PAGE);
        let next = last.map(|row| Cursor { values: Vec::new(), key: row.key.clone() });
        let (mut parents, mut dynamic) = (Vec::with_capacity(groups.len()), Vec::new());
        for row in groups {
            let group = context.store.record(self.groups, &row)?;
            match self.group.is_dynamic(&group) {
                true => dynamic.push((row.key, group)),
                false => parents.push(row.key),
            }
        }
        let added = match parents.is_empty() {
            true => Vec::new(),
            false => {
                let path = Box::new(Expression::Path(self.device_id.clone()));
                let is_device = Expression::In(path, vec![Value::String(device.to_string().into())]);
                let members =
                    Query { filter: Some(is_device), ..Query::all(context.tenant(), self.members, 1) };
                context.list_each(&members, &Owners::Parents(parents)).await?
            }
        };
        Ok(GroupsPage { added, dynamic, next })
    }
}

/// Some groups of a tenant.
struct GroupsPage {
    /// The memberships of the device in those groups whose members are added one by one.
    added: Vec<Owned>,
    /// The groups whose members a rule selects.
    dynamic: Vec<(Key, Record)>,
    /// The place where the groups go on.
    next: Option<Cursor>,
}
