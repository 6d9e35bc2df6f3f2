//! `windowsAutopilotDeploymentProfiles`: their dates, their assignments' ids, and the actions on them.

use odata::edm::{SetId, TypeId};
use odata::{Key, Record, Value};
use store::Query;

use super::device_identities::{SET as DEVICES, TYPE as DEVICE};
use crate::context::Context;
use crate::handlers::{Behaviour, Handlers, Invocation, Names, Operate, Operating, StartError};
use crate::operations::complex_values;
use crate::resolve::{Place, Spot, load};
use crate::{Answer, Error, code, generic};

const TYPE: &str = "windowsAutopilotDeploymentProfile";

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let set = names.set("windowsAutopilotDeploymentProfiles")?;
    let assignments = names.set("windowsAutopilotDeploymentProfiles/assignments")?;
    handlers.set(set, Profiles::new(names)?);
    handlers.set(assignments, Assignments::new(names)?);
    handlers.operation(names.operation("assign", TYPE)?, Assign::new(names)?);
    handlers.operation(names.operation("hasPayloadLinks", TYPE)?, HasPayloadLinks::new(names, assignments)?);
    Ok(())
}

struct Profiles {
    created: u16,
    modified: u16,
}

impl Profiles {
    fn new(names: &Names<'_>) -> Result<Profiles, StartError> {
        let (created, modified) =
            (names.slot(TYPE, "createdDateTime")?, names.slot(TYPE, "lastModifiedDateTime")?);
        Ok(Profiles { created, modified })
    }
}

impl Behaviour for Profiles {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        record.set(self.created, Value::DateTimeOffset(context.now));
        record.set(self.modified, Value::DateTimeOffset(context.now));
        Ok(())
    }

    fn before_update(
        &self,
        context: &Context<'_>,
        _before: &Record,
        after: &mut Record,
    ) -> Result<(), Error> {
        after.set(self.modified, Value::DateTimeOffset(context.now));
        Ok(())
    }
}

/// The assignments of a profile. One to a group has the id that clients compute: `{profile}_{group}_0`.
struct Assignments {
    target: u16,
    group_id: u16,
    /// The types of target that name a group.
    groups: [TypeId; 2],
}

impl Assignments {
    fn new(names: &Names<'_>) -> Result<Assignments, StartError> {
        Ok(Assignments {
            target: names.slot("windowsAutopilotDeploymentProfileAssignment", "target")?,
            group_id: names.slot("groupAssignmentTarget", "groupId")?,
            groups: [
                names.structured("groupAssignmentTarget")?,
                names.structured("exclusionGroupAssignmentTarget")?,
            ],
        })
    }
}

impl Behaviour for Assignments {
    fn key(&self, place: &Place, sent: &Record) -> Key {
        let target = match sent.get(self.target) {
            Some(Value::Complex(target)) if self.groups.contains(&target.type_id) => Some(target),
            _ => None,
        };
        match (&place.parent, target.and_then(|target| target.text(self.group_id))) {
            (Some(profile), Some(group)) => Key::parse(&format!("{profile}_{group}_0")),
            _ => Key::new(),
        }
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
        let place = Place { set: self.devices, parent: None, referring: None, of_type: None };
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
