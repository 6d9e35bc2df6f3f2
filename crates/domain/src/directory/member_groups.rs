//! `getMemberGroups` and `checkMemberGroups`: the ids of the groups that a device or a group is in.

use engine::generic::texts;
use engine::handlers::{BooleanValue, Invocation, NamedParameter, Names, Operate, StartError, TextList};
use engine::{Answer, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::Value;
use odata::edm::SetId;

use super::memberships::Memberships;
use super::sets::{DEVICE, GROUP, GROUPS};

/// Groups that one call may ask for at most, as Graph has it.
const CHECKED_MAX: usize = 20;

/// Registers the actions of devices and of groups.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    for of in [DEVICE, GROUP] {
        let id = names.operation("getMemberGroups", of)?;
        handlers.operation(
            id,
            GetMemberGroups {
                groups: MemberGroups::new(names, of)?,
                group_set: names.whole_path(GROUPS)?,
                is_security_group: names.slot(GROUP, "securityEnabled")?,
                security_enabled_only: names.parameter(id, "securityEnabledOnly")?,
            },
        );
        let id = names.operation("checkMemberGroups", of)?;
        let group_ids = names.parameter(id, "groupIds")?;
        handlers.operation(id, CheckMemberGroups { groups: MemberGroups::new(names, of)?, group_ids });
    }
    Ok(())
}

/// The groups that an entity is in: those of a device; none of a group, because groups have devices as members.
struct MemberGroups(Option<Memberships>);

impl MemberGroups {
    fn new(names: &Names<'_>, of: &str) -> Result<MemberGroups, StartError> {
        Ok(MemberGroups(if of == DEVICE { Some(Memberships::new(names)?) } else { None }))
    }

    async fn of(&self, invocation: &Invocation<'_>) -> Result<Vec<odata::Key>, Error> {
        let (context, address) = (invocation.context, invocation.address()?);
        context.load(address).await?;
        match &self.0 {
            Some(memberships) => memberships.groups_of(context, &address.key).await,
            None => Ok(Vec::new()),
        }
    }
}

struct GetMemberGroups {
    groups: MemberGroups,
    group_set: SetId,
    is_security_group: u16,
    security_enabled_only: NamedParameter<BooleanValue>,
}

impl Operate for GetMemberGroups {
    fn only_reads(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let only_security = invocation.parameter(&self.security_enabled_only).unwrap_or(false);
            let mut ids = Vec::new();
            for key in self.groups.of(&invocation).await? {
                let row = context.get(self.group_set, None, &key).await?;
                let Some(row) = row else { continue };
                let group = context.store.record(self.group_set, &row)?;
                if !only_security || group.get(self.is_security_group) == Some(&Value::Boolean(true)) {
                    ids.push(key.to_string());
                }
            }
            Ok(texts(context, &ids))
        })
    }
}

struct CheckMemberGroups {
    groups: MemberGroups,
    group_ids: NamedParameter<TextList>,
}

impl Operate for CheckMemberGroups {
    fn only_reads(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let asked: Vec<&str> = invocation.required(&self.group_ids)?.into_iter().collect();
            if asked.len() > CHECKED_MAX {
                let message =
                    format!("'groupIds' has {} items; at most {CHECKED_MAX} are allowed.", asked.len());
                return Err(Error::bad_request(message).coded(code::TOO_MANY_ITEMS).about("groupIds"));
            }
            let groups = self.groups.of(&invocation).await?;
            let is_asked = |id: &String| asked.iter().any(|asked| asked.eq_ignore_ascii_case(id));
            let ids: Vec<String> = groups.iter().map(|key| key.to_string()).filter(is_asked).collect();
            Ok(texts(invocation.context, &ids))
        })
    }
}
