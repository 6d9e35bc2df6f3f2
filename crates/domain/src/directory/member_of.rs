//! `memberOf` and `transitiveMemberOf`: the groups that a device was added to, and those whose rule selects it. No group is
//! in another, so that both lead to the same groups, and those of a group to none.

use engine::handlers::{DeriveCollection, Names, StartError};
use engine::{Collection, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::query::{Expression, Path};
use odata::{Key, Value};

use super::memberships::Memberships;
use super::sets::{DEVICE, GROUP, GROUPS};

/// Registers the groups that devices and groups are in.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    for name in ["memberOf", "transitiveMemberOf"] {
        handlers.derived(names.navigation(DEVICE, name)?, GroupsOfDevice::new(names)?);
        handlers.derived(names.navigation(GROUP, name)?, GroupsOfGroup { groups: names.whole_path(GROUPS)? });
    }
    Ok(())
}

struct GroupsOfDevice {
    groups: SetId,
    group_id: Path,
    memberships: Memberships,
}

impl GroupsOfDevice {
    fn new(names: &Names<'_>) -> Result<GroupsOfDevice, StartError> {
        Ok(GroupsOfDevice {
            groups: names.whole_path(GROUPS)?,
            group_id: names.id_of(names.structured(GROUP)?)?,
            memberships: Memberships::new(names)?,
        })
    }
}

impl DeriveCollection for GroupsOfDevice {
    fn collection<'a>(
        &'a self,
        context: &'a Context<'a>,
        owner: &'a Key,
    ) -> BoxFuture<'a, Result<Collection, Error>> {
        Box::pin(async move {
            let keys = self.memberships.groups_of(context, owner).await?;
            let keys = keys.into_iter().map(|key| Value::String(key.to_string().into())).collect();
            let filter = Expression::In(Box::new(Expression::Path(self.group_id.clone())), keys);
            Ok(Collection { filter: Some(filter), ..Collection::of(self.groups) })
        })
    }
}

struct GroupsOfGroup {
    groups: SetId,
}

impl DeriveCollection for GroupsOfGroup {
    fn collection<'a>(&'a self, _: &'a Context<'a>, _: &'a Key) -> BoxFuture<'a, Result<Collection, Error>> {
        let filter = Some(Expression::Literal(Value::Boolean(false)));
        Box::pin(async move { Ok(Collection { filter, ..Collection::of(self.groups) }) })
    }
}
