//! `windowsAutopilotDeploymentProfiles`: their dates, their end, and the actions on them.

use odata::edm::{SetId, TypeId};
use odata::payload::Valid;
use odata::{Key, Record, Value};
use store::{Change, Query};

use super::assignment::{Cause, Touched, assessment};
use super::device_identities::{SET as DEVICES, TYPE as DEVICE};
use super::device_name::template_fault;
use crate::breach::{flag, refuse};
use crate::context::Context;
use crate::handlers::{
    Admitting, Behaviour, Deleting, Deletion, Handlers, Invocation, Names, Operate, Operating, StartError,
};
use crate::operations::complex_values;
use crate::resolve::{Place, Spot, load};
use crate::{Answer, Error, code, generic};

const TYPE: &str = "windowsAutopilotDeploymentProfile";
const TEMPLATE: &str = "deviceNameTemplate";
/// How many profiles a tenant may have.
const PROFILES_MAX: u64 = 350;
/// So near to that, they are counted one by one; before, that many may come at once.
const NEARLY: u64 = 50;

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let set = names.set("windowsAutopilotDeploymentProfiles")?;
    let assignments = names.set("windowsAutopilotDeploymentProfiles/assignments")?;
    handlers.set(set, Profiles::new(names, assignments)?);
    handlers.operation(names.operation("assign", TYPE)?, Assign::new(names)?);
    handlers.operation(names.operation("hasPayloadLinks", TYPE)?, HasPayloadLinks::new(names, assignments)?);
    Ok(())
}

struct Profiles {
    set: SetId,
    name_template: u16,
    assignments: SetId,
    created: u16,
    modified: u16,
}

impl Profiles {
    fn new(names: &Names<'_>, assignments: SetId) -> Result<Profiles, StartError> {
        let (created, modified) =
            (names.slot(TYPE, "createdDateTime")?, names.slot(TYPE, "lastModifiedDateTime")?);
        let (set, name_template) =
            (names.set("windowsAutopilotDeploymentProfiles")?, names.slot(TYPE, "deviceNameTemplate")?);
        Ok(Profiles { set, name_template, assignments, created, modified })
    }

    fn breach(&self, profile: &Record) -> Option<String> {
        template_fault(profile.text(self.name_template)?)
    }
}

impl Behaviour for Profiles {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        record.set(self.created, Value::DateTimeOffset(context.now));
        record.set(self.modified, Value::DateTimeOffset(context.now));
        refuse(context, TEMPLATE, self.breach(record))
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        _: &'a Place,
        key: Option<&'a Key>,
        _: &'a Record,
    ) -> Admitting<'a> {
        Box::pin(async move {
            if key.is_some() {
                return Ok(None);
            }
            let since = context.store.journal_newest(context.tenant()).await?;
            let count = context.store.count(&Query::all(context.tenant(), self.set, 1)).await?;
            if count >= PROFILES_MAX {
                let message = format!("A tenant has at most {PROFILES_MAX} deployment profiles.");
                return Err(Error::bad_request(message));
            }
            let is_near = count + NEARLY >= PROFILES_MAX;
            Ok(is_near.then_some(Change::Unchanged { set: self.set, since }))
        })
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        Ok(flag(context, self.set, key, self.breach(entity.record())).into_iter().collect())
    }

    fn before_update(&self, context: &Context<'_>, before: &Record, after: &mut Record) -> Result<(), Error> {
        after.set(self.modified, Value::DateTimeOffset(context.now));
        let is_new = before.get(self.name_template) != after.get(self.name_template);
        refuse(context, TEMPLATE, self.breach(after).filter(|_| is_new))
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        spot: &Spot,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let key = &spot.key;
        let after = after.record();
        let is_new = before.get(self.name_template) != after.get(self.name_template);
        let flag = flag(context, self.set, key, self.breach(after).filter(|_| is_new));
        let look = assessment(context, Touched::Profile(key.clone()), Cause::Edited(key.clone()));
        Ok(flag.into_iter().chain([look]).collect())
    }

    fn delete<'a>(&'a self, context: &'a Context<'a>, spot: &'a Spot) -> Deleting<'a> {
        let key = &spot.key;
        Box::pin(async move {
            let since = context.store.journal_newest(context.tenant()).await?;
            let query =
                Query { parent: Some(key.clone()), ..Query::all(context.tenant(), self.assignments, 1) };
            if !context.store.list(&query).await?.is_empty() {
                return Err(Error::bad_request(
                    "The profile has assignments; a profile can be deleted when nobody has it assigned.",
                ));
            }
            let touched = Touched::Profile(key.clone());
            let look = assessment(context, touched, Cause::Released(key.clone()));
            Ok(Deletion::Now(vec![look, Change::Unchanged { set: self.assignments, since }]))
        })
    }
}

/// `assign`: gives the profile to devices directly.
struct Assign {
    devices: SetId,
    profile: u16,
    intended_profile: u16,
    status: u16,
    assigned: Value,
    assigned_at: u16,
}

/// How many devices one call may carry.
const DEVICES_MAX: usize = 1_000;

impl Assign {
    fn new(names: &Names<'_>) -> Result<Assign, StartError> {
        Ok(Assign {
            devices: names.set(DEVICES)?,
            profile: names.reference(DEVICE, "deploymentProfile")?,
            intended_profile: names.reference(DEVICE, "intendedDeploymentProfile")?,
            status: names.slot(DEVICE, "deploymentProfileAssignmentStatus")?,
            assigned: names.member("windowsAutopilotProfileAssignmentStatus", "assignedUnkownSyncState")?,
            assigned_at: names.slot(DEVICE, "deploymentProfileAssignedDateTime")?,
        })
    }

    async fn assign(&self, context: &Context<'_>, device: &str, profile: &Key) -> Result<(), Error> {
        let place = Place::of(self.devices);
        let spot = Spot { place, key: Key::parse(device) };
        // The documents' example names a device that does not exist, and succeeds.
        if load(context, &spot).await?.is_none() {
            return Ok(());
        }
        let profile = Value::String(profile.to_string().into());
        let change = |record: &Record| {
            let mut next = record.clone();
            next.set(self.profile, profile.clone());
            next.set(self.intended_profile, profile.clone());
            next.set(self.status, self.assigned.clone());
            next.set(self.assigned_at, Value::DateTimeOffset(context.now));
            Ok(next)
        };
        generic::changed(context, &spot, false, change).await.map(|_| ())
    }
}

impl Operate for Assign {
    fn is_one_commit(&self) -> bool {
        false
    }

    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a> {
        Box::pin(async move {
            let context = invocation.context;
            let spot = invocation.spot()?;
            if load(context, spot).await?.is_none() {
                return Err(Error::not_found(&spot.key.to_string()));
            }
            let devices = invocation.texts(0)?;
            if devices.len() > DEVICES_MAX {
                return Err(Error::bad_request(format!("One call takes at most {DEVICES_MAX} devices."))
                    .coded(code::TOO_MANY_ITEMS));
            }
            for device in devices {
                self.assign(context, device, &spot.key).await?;
            }
            Ok(Answer::no_content())
        })
    }
}

/// `hasPayloadLinks`: whether profiles are assigned to anything.
struct HasPayloadLinks {
    assignments: SetId,
    result: TypeId,
    payload_id: u16,
    has_link: u16,
}

impl HasPayloadLinks {
    fn new(names: &Names<'_>, assignments: SetId) -> Result<HasPayloadLinks, StartError> {
        const RESULT: &str = "hasPayloadLinkResultItem";
        Ok(HasPayloadLinks {
            assignments,
            result: names.structured(RESULT)?,
            payload_id: names.slot(RESULT, "payloadId")?,
            has_link: names.slot(RESULT, "hasLink")?,
        })
    }
}

impl Operate for HasPayloadLinks {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a> {
        Box::pin(async move {
            let context = invocation.context;
            let mut results = Vec::new();
            for id in invocation.texts(0)?.into_iter().take(DEVICES_MAX) {
                let parent = Some(Key::parse(id));
                let query = Query { parent, ..Query::all(context.tenant(), self.assignments, 1) };
                let is_assigned = !context.store.list(&query).await?.is_empty();
                let mut result = Record::empty(self.result, context.model().structured(self.result).slots);
                result.set(self.payload_id, Value::String(id.into()));
                result.set(self.has_link, Value::Boolean(is_assigned));
                results.push(result);
            }
            complex_values(context, self.result, results)
        })
    }
}
