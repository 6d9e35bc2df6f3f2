//! `windowsAutopilotDeploymentProfiles/{id}/assignments`: for whom a profile is. One to a group has the id that clients
//! compute, `{profile}_{group}_0`; in one to all devices a number stands in the group's place.

use odata::edm::{SetId, TypeId};
use odata::payload::Valid;
use odata::{Key, Record, Value};
use store::{Change, Owners, Query};

use super::touched::{Cause, Touched, assessment};
use crate::Error;
use crate::breach::flag;
use crate::context::Context;
use crate::handlers::{Admitting, Behaviour, Deleting, Deletion, Handlers, Names, StartError};
use crate::resolve::Place;

const TYPE: &str = "windowsAutopilotDeploymentProfileAssignment";
/// Stands for all devices where a group's id would be, in the ids of assignments.
const ALL_DEVICES: &str = "adadadad-808e-44e2-905a-0b7873a8a531";
/// Profiles whose assignments are looked at for one to all devices.
const PROFILES_MAX: u64 = 1_000;

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let assignments = Assignments::new(names)?;
    handlers.set(assignments.set, assignments);
    Ok(())
}

struct Assignments {
    set: SetId,
    profiles: SetId,
    target: u16,
    group_id: u16,
    include: TypeId,
    exclude: TypeId,
    all_devices: TypeId,
}

/// Whom an assignment is for.
#[derive(PartialEq)]
enum Target {
    Group(Key),
    Excluded(Key),
    AllDevices,
    /// Nobody that we know.
    Other,
}

impl Assignments {
    fn new(names: &Names<'_>) -> Result<Assignments, StartError> {
        Ok(Assignments {
            set: names.set("windowsAutopilotDeploymentProfiles/assignments")?,
            profiles: names.set("windowsAutopilotDeploymentProfiles")?,
            target: names.slot(TYPE, "target")?,
            group_id: names.slot("groupAssignmentTarget", "groupId")?,
            include: names.structured("groupAssignmentTarget")?,
            exclude: names.structured("exclusionGroupAssignmentTarget")?,
            all_devices: names.structured("allDevicesAssignmentTarget")?,
        })
    }

    fn target(&self, assignment: &Record) -> Target {
        let Some(Value::Complex(target)) = assignment.get(self.target) else { return Target::Other };
        match (target.type_id, target.text(self.group_id).map(Key::parse)) {
            (id, Some(group)) if id == self.include => Target::Group(group),
            (id, Some(group)) if id == self.exclude => Target::Excluded(group),
            (id, _) if id == self.all_devices => Target::AllDevices,
            _ => Target::Other,
        }
    }

    /// What the target's type breaks: with one that is abstract nobody is meant.
    fn breach(&self, context: &Context<'_>, assignment: &Record) -> Option<String> {
        let Some(Value::Complex(target)) = assignment.get(self.target) else { return None };
        let structured = context.model().structured(target.type_id);
        structured.is_abstract.then(|| format!("is of the abstract type '{}'", structured.qualified_name()))
    }

    fn touched(&self, assignment: &Record) -> Option<Touched> {
        match self.target(assignment) {
            Target::Group(group) | Target::Excluded(group) => Some(Touched::Group(group)),
            Target::AllDevices => Some(Touched::All),
            Target::Other => None,
        }
    }

    /// Refuses a second profile for all devices, and exceptions from one.
    async fn admitted(&self, context: &Context<'_>, place: &Place, sent: &Record) -> Result<(), Error> {
        let target = self.target(sent);
        if !matches!(target, Target::AllDevices | Target::Excluded(_)) {
            return Ok(());
        }
        let profiles = context.store.list(&Query::all(context.tenant(), self.profiles, PROFILES_MAX)).await?;
        let owners = Owners::Parents(profiles.into_iter().map(|row| row.key).collect());
        let all = Query::all(context.tenant(), self.set, PROFILES_MAX);
        for owned in context.store.list_each(&all, &owners).await? {
            let is_own = place.parent.as_ref() == Some(&owned.owner);
            let other = self.target(&context.store.record(self.set, &owned.row)?);
            match (&target, other) {
                (Target::AllDevices, Target::AllDevices) => {
                    return Err(Error::bad_request(format!(
                        "The profile '{}' is assigned to all devices already, and only one can be.",
                        owned.owner
                    )));
                }
                (Target::AllDevices, Target::Excluded(_)) | (Target::Excluded(_), Target::AllDevices)
                    if is_own =>
                {
                    return Err(Error::bad_request(
                        "A profile that is assigned to all devices cannot exclude groups.",
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Behaviour for Assignments {
    fn key(&self, place: &Place, sent: &Record) -> Key {
        let target = match self.target(sent) {
            Target::Group(group) | Target::Excluded(group) => group.to_string(),
            Target::AllDevices => ALL_DEVICES.to_owned(),
            Target::Other => return Key::new(),
        };
        place.parent.as_ref().map_or_else(Key::new, |profile| Key::parse(&format!("{profile}_{target}_0")))
    }

    fn admit<'a>(&'a self, context: &'a Context<'a>, place: &'a Place, sent: &'a Record) -> Admitting<'a> {
        Box::pin(self.admitted(context, place, sent))
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        let touched = self.touched(entity.record());
        let flag = flag(context, self.set, key, self.breach(context, entity.record()));
        let look = touched.map(|touched| assessment(context, touched, Cause::Membership));
        Ok(look.into_iter().chain(flag).collect())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        if self.target(before) == self.target(after.record()) {
            return Ok(Vec::new());
        }
        let (profile, _) = parts(key);
        let touched = [self.touched(before), self.touched(after.record())].into_iter().flatten();
        Ok(touched.map(|touched| assessment(context, touched, released(profile.clone()))).collect())
    }

    fn delete<'a>(&'a self, context: &'a Context<'a>, key: &'a Key) -> Deleting<'a> {
        Box::pin(async move {
            let (profile, target) = parts(key);
            let touched = match target {
                Some(group) if group != Key::parse(ALL_DEVICES) => Touched::Group(group),
                _ => Touched::All,
            };
            Ok(Deletion::Now(vec![assessment(context, touched, released(profile))]))
        })
    }
}

fn released(profile: Option<Key>) -> Cause {
    profile.map_or(Cause::Membership, Cause::Released)
}

/// The profile and the group that an assignment's id names.
fn parts(key: &Key) -> (Option<Key>, Option<Key>) {
    let text = key.to_string();
    let mut parts = text.split('_');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(profile), Some(group), Some(_)) => (Some(Key::parse(profile)), Some(Key::parse(group))),
        _ => (None, None),
    }
}
