//! The memberships of a device in the groups that it was added to. They end with the device: a group counts them.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::SetId;
use odata::query::{Cursor, Expression, Path};
use odata::{Key, Value};
use store::{Change, Owners, Query};

use super::group_slots::GroupSlots;
use super::sets::{DEVICE, GROUPS, MEMBERS};

/// The number of groups that are searched at once.
const GROUPS_PAGE: u64 = 1_000;

/// The sets of groups and of the devices that were added to them.
pub(super) struct Memberships {
    groups: SetId,
    group: GroupSlots,
    members: SetId,
    device_id: Path,
}

impl Memberships {
    pub(super) fn new(names: &Names<'_>) -> Result<Memberships, StartError> {
        Ok(Memberships {
            groups: names.whole_path(GROUPS)?,
            group: GroupSlots::new(names)?,
            members: names.whole_path(MEMBERS)?,
            device_id: names.id_of(names.structured(DEVICE)?)?,
        })
    }

    /// The changes that remove a device from every group it was added to.
    pub(super) async fn removal(&self, context: &Context<'_>, device: &Key) -> Result<Vec<Change>, Error> {
        let path = Box::new(Expression::Path(self.device_id.clone()));
        let is_device = Expression::In(path, vec![Value::String(device.to_string().into())]);
        let members = Query { filter: Some(is_device), ..Query::all(context.tenant(), self.members, 1) };
        let (mut changes, mut after) = (Vec::new(), None);
        loop {
            let query = Query { after, ..Query::all(context.tenant(), self.groups, GROUPS_PAGE) };
            let groups = context.store.list(&query).await?;
            let last = groups.last().filter(|_| groups.len() as u64 == GROUPS_PAGE);
            after = last.map(|row| Cursor { values: Vec::new(), key: row.key.clone() });
            let mut parents = Vec::with_capacity(groups.len());
            for row in groups {
                if !self.group.is_dynamic(&context.store.record(self.groups, &row)?) {
                    parents.push(row.key);
                }
            }
            if !parents.is_empty() {
                for owned in context.store.list_each(&members, &Owners::Parents(parents)).await? {
                    let (set, parent, expected) = (self.members, Some(owned.owner), owned.row.version);
                    changes.push(Change::Delete { set, parent, key: owned.row.key, expected });
                }
            }
            if after.is_none() {
                return Ok(changes);
            }
        }
    }
}
