//! `groups/{id}/members`: the devices that a rule selects, or those that were added one by one. Either way a group holds
//! no device: its members are picked from `devices`, and what is kept of those that were added is their keys.

use engine::handlers::{Behaviour, DeriveCollection, Names, StartError};
use engine::{Collection, Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::query::{Expression, Path};
use odata::{Key, Record, Value};
use store::{Change, Query};

use super::group_slots::GroupSlots;
use super::rule::DeviceProperties;
use super::sets::{ADDED_MEMBERS_MAX, DEVICE, DEVICES, GROUP, GROUPS, MEMBERS};
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// Registers the behaviour of the members of groups.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    for name in ["members", "transitiveMembers"] {
        handlers.derived(names.navigation(GROUP, name)?, GroupMembers::new(names)?);
    }
    let members = GroupMembers::new(names)?;
    handlers.set(members.set, members);
    Ok(())
}

/// The words by which clients know that a device is a member already.
const MEMBER_ALREADY: &str =
    "One or more added object references already exist for the following modified properties: 'members'.";

struct GroupMembers {
    set: SetId,
    groups: SetId,
    group: GroupSlots,
    devices: SetId,
    device_type: TypeId,
    device_id: Path,
    properties: DeviceProperties,
}

impl GroupMembers {
    fn new(names: &Names<'_>) -> Result<GroupMembers, StartError> {
        let device_type = names.structured(DEVICE)?;
        Ok(GroupMembers {
            set: names.whole_path(MEMBERS)?,
            groups: names.whole_path(GROUPS)?,
            group: GroupSlots::new(names)?,
            devices: names.whole_path(DEVICES)?,
            device_type,
            device_id: names.id_of(device_type)?,
            properties: DeviceProperties::new(names, DEVICE)?,
        })
    }

    async fn group(&self, context: &Context<'_>, key: &Key) -> Result<Record, Error> {
        let row = context.get(self.groups, None, key).await?;
        let row = row.ok_or_else(|| Error::not_found(&key.to_string()))?;
        Ok(context.store.record(self.groups, &row)?)
    }

    /// The condition that picks a group's members from the devices.
    async fn condition(&self, context: &Context<'_>, key: &Key) -> Result<Expression, Error> {
        let group = self.group(context, key).await?;
        if self.group.rule(&group).is_some() {
            let rule = self.group.parsed_rule(&group);
            let nobody = Expression::Literal(Value::Boolean(false));
            return Ok(rule.map_or(nobody, |rule| self.properties.expression(&rule)));
        }
        let parent = Some(key.clone());
        let query = Query { parent, ..Query::all(context.tenant(), self.set, ADDED_MEMBERS_MAX) };
        let added = context.list(&query).await?;
        let keys = added.iter().map(|row| Value::String(row.key.to_string().into())).collect();
        Ok(Expression::In(Box::new(Expression::Path(self.device_id.clone())), keys))
    }

    fn refuse_dynamic(&self, group: &Record) -> Result<(), Error> {
        match self.group.rule(group) {
            None => Ok(()),
            Some(_) => Err(Error::bad_request(
                "The members of this group are those that its 'membershipRule' selects; they cannot be added or removed.",
            )),
        }
    }
}

impl DeriveCollection for GroupMembers {
    fn collection<'a>(
        &'a self,
        context: &'a Context<'a>,
        owner: &'a Key,
    ) -> BoxFuture<'a, Result<Collection, Error>> {
        Box::pin(async move {
            let filter = Some(self.condition(context, owner).await?);
            Ok(Collection { filter, ..Collection::of(self.devices) })
        })
    }
}

impl Behaviour for GroupMembers {
    /// Graph calls devices by the name of their base type too.
    fn reference_sets(&self) -> &'static [&'static str] {
        &[DEVICES, "directoryObjects"]
    }

    fn link<'a>(
        &'a self,
        context: &'a Context<'a>,
        owner: &'a Key,
        new_owner: Option<&'a Record>,
        targets: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            match new_owner {
                Some(group) => self.refuse_dynamic(group)?,
                None => self.refuse_dynamic(&self.group(context, owner).await?)?,
            }
            let (tenant, parent) = (context.tenant(), Some(owner.clone()));
            let query = Query { parent: parent.clone(), ..Query::all(tenant, self.set, 1) };
            let before = if new_owner.is_some() { 0 } else { context.count(&query).await? };
            if before + targets.len() as u64 > ADDED_MEMBERS_MAX {
                return Err(Error::bad_request(format!(
                    "At most {ADDED_MEMBERS_MAX} devices can be added to a group."
                )));
            }
            let mut changes = Vec::with_capacity(targets.len() + 1);
            for (at, target) in targets.iter().enumerate() {
                if context.get(self.devices, None, target).await?.is_none() {
                    return Err(absent(target));
                }
                let is_member = context.get(self.set, parent.as_ref(), target).await?.is_some();
                if is_member || targets.iter().take(at).any(|earlier| earlier == target) {
                    return Err(Error::bad_request(MEMBER_ALREADY));
                }
                let slots = context.model().structured(self.device_type).slots;
                let mut member = Record::empty(self.device_type, slots);
                member.set(0, Value::String(target.to_string().into()));
                let entity = Draft(member).complete(context.model())?;
                let (set, parent) = (self.set, parent.clone());
                changes.push(Change::Insert { set, parent, key: target.clone(), entity });
            }
            changes.push(member_assessment(context, targets)?);
            Ok(changes)
        })
    }

    fn unlink<'a>(
        &'a self,
        context: &'a Context<'a>,
        owner: &'a Key,
        target: &'a Key,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            self.refuse_dynamic(&self.group(context, owner).await?)?;
            let parent = Some(owner.clone());
            let row = context.get(self.set, parent.as_ref(), target).await?;
            let row = row.ok_or_else(|| absent(target))?;
            let (set, key, expected) = (self.set, target.clone(), row.version);
            let assessment = member_assessment(context, std::slice::from_ref(target))?;
            Ok(vec![Change::Delete { set, parent, key, expected }, assessment])
        })
    }
}

/// The refusal of a reference to a device that is not there, or not in the group.
fn absent(device: &Key) -> Error {
    let message = format!(
        "Resource '{device}' does not exist or one of its queried reference-property objects are not present."
    );
    Error { message, ..Error::not_found(&device.to_string()) }
}

/// The job that assesses devices whose membership changed.
fn member_assessment(context: &Context<'_>, devices: &[Key]) -> Result<Change, Error> {
    let scope = AssessmentScope::DirectoryObjects(devices.to_vec());
    assessment(context, scope, AssessmentReason::Membership)
}
