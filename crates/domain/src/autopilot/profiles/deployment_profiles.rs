//! `windowsAutopilotDeploymentProfiles`: what follows their changes, the bound of their number, and the actions on them.

use engine::breach::{flag, refuse};
use engine::generic::complex_values;
use engine::handlers::{
    Behaviour, Deletion, Invocation, NamedParameter, Names, Operate, StartError, TextList,
};
use engine::{Answer, Collection, Context, EntityAddress, Error, Handlers, code, generic, may_update};
use futures_util::future::BoxFuture;
use odata::edm::{OperationId, SetId, TypeId};
use odata::payload::Valid;
use odata::query::Expression;
use odata::{Key, Record, Value};
use store::{Change, Query};

use super::shapes::ProfileShapes;
use crate::MusterSettings;
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};
use crate::autopilot::assignment::AssignmentStatuses;
use crate::autopilot::device_name::template_fault;
use crate::autopilot::sets::{ASSIGNMENTS, DEVICES, HYBRID_PROFILE, PROFILE, PROFILES};
use crate::scope_tags::ScopeTags;

const TEMPLATE: &str = "deviceNameTemplate";
/// The number of profiles that a tenant may have.
const PROFILES_MAX: u64 = 350;
/// The distance to the bound from which on profiles are admitted one by one; before, that many may come at once.
const PROFILES_MARGIN: u64 = 50;

/// Registers the behaviour of deployment profiles, and the actions on them.
pub(in crate::autopilot) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let set = names.set(PROFILES)?;
    let assignments = names.set(ASSIGNMENTS)?;
    handlers.set(set, Profiles::new(names, assignments)?);
    let assign = names.operation("assign", PROFILE)?;
    handlers.operation(assign, Assign::new(names, assign, settings)?);
    let has_payload_links = names.operation("hasPayloadLinks", PROFILE)?;
    handlers
        .operation(has_payload_links, HasPayloadLinks::new(names, has_payload_links, [set, assignments])?);
    Ok(())
}

struct Profiles {
    set: SetId,
    name_template: u16,
    assignments: SetId,
    created: u16,
    modified: u16,
    shapes: ProfileShapes,
    tags: ScopeTags,
    /// The type of profiles for devices that join Active Directory as well.
    hybrid: TypeId,
}

impl Profiles {
    fn new(names: &Names<'_>, assignments: SetId) -> Result<Profiles, StartError> {
        let (created, modified) =
            (names.slot(PROFILE, "createdDateTime")?, names.slot(PROFILE, "lastModifiedDateTime")?);
        let (set, name_template) = (names.set(PROFILES)?, names.slot(PROFILE, "deviceNameTemplate")?);
        let hybrid = names.structured(HYBRID_PROFILE)?;
        let (shapes, tags) = (ProfileShapes::new(names)?, ScopeTags::new(names, PROFILE)?);
        Ok(Profiles { set, name_template, assignments, created, modified, shapes, tags, hybrid })
    }

    fn breach(&self, profile: &Record) -> Option<String> {
        template_fault(profile.text(self.name_template)?)
    }
}

impl Behaviour for Profiles {
    fn visible(&self, context: &Context<'_>) -> Option<Expression> {
        self.tags.visible(context)
    }

    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        if record.type_id == self.hybrid {
            // What later editions of the documents allow for creating the other type, no edition does for this one.
            may_update(context.model(), self.set, &context.call.caller)?;
        }
        self.shapes.complete(context, record);
        self.tags.complete(context, record)?;
        record.set(self.created, Value::DateTimeOffset(context.now));
        record.set(self.modified, Value::DateTimeOffset(context.now));
        refuse(context, TEMPLATE, self.breach(record))
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        _: &'a EntityAddress,
        before: Option<&'a Record>,
        _: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            if before.is_some() {
                return Ok(Vec::new());
            }
            let since = context.store.journal_newest(context.tenant()).await?;
            let count = context.count(&Query::all(context.tenant(), self.set, 1)).await?;
            if count >= PROFILES_MAX {
                let message = format!("A tenant has at most {PROFILES_MAX} deployment profiles.");
                return Err(Error::bad_request(message));
            }
            let is_near = count + PROFILES_MARGIN >= PROFILES_MAX;
            Ok(is_near.then_some(Change::Unchanged { set: self.set, since }).into_iter().collect())
        })
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        Ok(flag(context, self.set, key, self.breach(entity.record())).into_iter().collect())
    }

    fn before_update(&self, context: &Context<'_>, before: &Record, after: &mut Record) -> Result<(), Error> {
        self.shapes.follow(context, before, after)?;
        self.tags.follow(context, before, after)?;
        after.set(self.modified, Value::DateTimeOffset(context.now));
        let is_new = before.get(self.name_template) != after.get(self.name_template);
        refuse(context, TEMPLATE, self.breach(after).filter(|_| is_new))
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let key = &address.key;
        let after = after.record();
        let is_new = before.get(self.name_template) != after.get(self.name_template);
        let flag = flag(context, self.set, key, self.breach(after).filter(|_| is_new));
        let scope = AssessmentScope::Profile(key.clone());
        let assessment = assessment(context, scope, AssessmentReason::ProfileEdited(key.clone()))?;
        Ok(flag.into_iter().chain([assessment]).collect())
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        let key = &address.key;
        Box::pin(async move {
            let since = context.store.journal_newest(context.tenant()).await?;
            let query =
                Query { parent: Some(key.clone()), ..Query::all(context.tenant(), self.assignments, 1) };
            if !context.list(&query).await?.is_empty() {
                return Err(Error::bad_request(
                    "The profile has assignments; a profile can be deleted when nobody has it assigned.",
                ));
            }
            let scope = AssessmentScope::Profile(key.clone());
            let assessment = assessment(context, scope, AssessmentReason::ProfileUnassigned(key.clone()))?;
            Ok(Deletion::Now(vec![assessment, Change::Unchanged { set: self.assignments, since }]))
        })
    }
}

/// `assign`: assigns the profile to devices directly.
struct Assign {
    device_ids: NamedParameter<TextList>,
    devices: SetId,
    statuses: AssignmentStatuses,
}

/// The number of devices that one call may carry.
const DEVICES_MAX: usize = 1_000;

impl Assign {
    fn new(
        names: &Names<'_>,
        operation: OperationId,
        settings: &MusterSettings,
    ) -> Result<Assign, StartError> {
        Ok(Assign {
            device_ids: names.parameter(operation, "deviceIds")?,
            devices: names.set(DEVICES)?,
            statuses: AssignmentStatuses::new(names, settings)?,
        })
    }

    async fn assign(&self, context: &Context<'_>, device: &str, profile: &Key) -> Result<(), Error> {
        let collection = Collection::of(self.devices);
        let address = EntityAddress { collection, key: Key::parse(device) };
        // The documents' example names a device that does not exist, and succeeds.
        if context.row(&address).await?.is_none() {
            return Ok(());
        }
        let change = |record: &Record| {
            let mut next = record.clone();
            self.statuses.assign_directly(&mut next, profile, context.now);
            Ok(next)
        };
        generic::changed(context, &address, false, change).await.map(|_| ())
    }
}

impl Operate for Assign {
    fn is_one_commit(&self) -> bool {
        false
    }

    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let address = invocation.address()?;
            if context.row(address).await?.is_none() {
                return Err(Error::not_found(&address.key.to_string()));
            }
            let devices = invocation.required(&self.device_ids)?;
            if devices.len() > DEVICES_MAX {
                return Err(Error::bad_request(format!("One call takes at most {DEVICES_MAX} devices."))
                    .coded(code::TOO_MANY_ITEMS));
            }
            for device in devices {
                self.assign(context, device, &address.key).await?;
            }
            Ok(Answer::no_content())
        })
    }
}

/// The number of ids that one call of `hasPayloadLinks` may carry.
const PAYLOADS_MAX: usize = 1_000;

/// `hasPayloadLinks`: whether profiles are assigned to anything.
struct HasPayloadLinks {
    payload_ids: NamedParameter<TextList>,
    set: SetId,
    assignments: SetId,
    result: TypeId,
    payload_id: u16,
    has_link: u16,
}

impl HasPayloadLinks {
    fn new(
        names: &Names<'_>,
        operation: OperationId,
        [set, assignments]: [SetId; 2],
    ) -> Result<HasPayloadLinks, StartError> {
        const RESULT: &str = "hasPayloadLinkResultItem";
        Ok(HasPayloadLinks {
            payload_ids: names.parameter(operation, "payloadIds")?,
            set,
            assignments,
            result: names.structured(RESULT)?,
            payload_id: names.slot(RESULT, "payloadId")?,
            has_link: names.slot(RESULT, "hasLink")?,
        })
    }
}

impl Operate for HasPayloadLinks {
    fn only_reads(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let ids = invocation.required(&self.payload_ids)?;
            if ids.len() > PAYLOADS_MAX {
                let name = self.payload_ids.name();
                return Err(Error::bad_request(format!("'{name}' has at most {PAYLOADS_MAX} ids."))
                    .coded(code::TOO_MANY_ITEMS)
                    .about(name));
            }
            let mut results = Vec::with_capacity(ids.len());
            for id in ids {
                // Nobody is told of a profile that it does not see.
                let address = EntityAddress { collection: context.collection(self.set), key: Key::parse(id) };
                let is_assigned = match context.row(&address).await? {
                    Some(row) => {
                        let parent = Some(row.key);
                        let query = Query { parent, ..Query::all(context.tenant(), self.assignments, 1) };
                        !context.list(&query).await?.is_empty()
                    }
                    None => false,
                };
                let mut result = Record::empty(self.result, context.model().structured(self.result).slots);
                result.set(self.payload_id, Value::String(id.into()));
                result.set(self.has_link, Value::Boolean(is_assigned));
                results.push(result);
            }
            complex_values(context, self.result, results)
        })
    }
}
