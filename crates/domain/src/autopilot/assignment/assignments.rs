//! `windowsAutopilotDeploymentProfiles/{id}/assignments`: for whom a profile is. One to a group has the id that clients
//! compute, `{profile}_{group}_0`; in one to all devices a number stands in the group's place.

use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record};
use store::{Change, Owners, Query};

use super::targets::{Target, Targets};
use super::touched::{Cause, assessment};
use crate::breach::flag;
use crate::context::Context;
use crate::handlers::{Admitting, Behaviour, Deleting, Deletion, Handlers, Names, StartError};
use crate::resolve::{Place, Spot, load};
use crate::{Error, code};

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
    targets: Targets,
}

impl Assignments {
    fn new(names: &Names<'_>) -> Result<Assignments, StartError> {
        Ok(Assignments {
            set: names.set("windowsAutopilotDeploymentProfiles/assignments")?,
            profiles: names.set("windowsAutopilotDeploymentProfiles")?,
            targets: Targets::new(names)?,
        })
    }

    /// What the target's type breaks: with one that is abstract nobody is meant.
    fn breach(&self, context: &Context<'_>, assignment: &Record) -> Option<String> {
        let structured = context.model().structured(self.targets.type_of(assignment)?);
        structured.is_abstract.then(|| format!("is of the abstract type '{}'", structured.qualified_name()))
    }

    /// Refuses a second profile for all devices, exceptions from one, and a group without its id. What was looked at
    /// must be the same when it is committed.
    async fn admitted(
        &self,
        context: &Context<'_>,
        place: &Place,
        key: Option<&Key>,
        next: &Record,
    ) -> Result<Option<Change>, Error> {
        let target = self.targets.of(next);
        if target == Target::Unnamed {
            let error =
                Error::bad_request("The property 'target/groupId' is required of a target that is a group.");
            return Err(error.coded(code::PROPERTY_REQUIRED).about("target/groupId"));
        }
        if !matches!(target, Target::AllDevices | Target::Excluded(_)) {
            return Ok(None);
        }
        let since = context.store.journal_newest(context.tenant()).await?;
        let profiles = context.store.list(&Query::all(context.tenant(), self.profiles, PROFILES_MAX)).await?;
        let owners = Owners::Parents(profiles.into_iter().map(|row| row.key).collect());
        let all = Query::all(context.tenant(), self.set, PROFILES_MAX);
        for owned in context.store.list_each(&all, &owners).await? {
            let is_own = place.parent.as_ref() == Some(&owned.owner);
            if is_own && key == Some(&owned.row.key) {
                continue;
            }
            let other = self.targets.of(&context.store.record(self.set, &owned.row)?);
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
        Ok(Some(Change::Unchanged { set: self.set, since }))
    }
}

impl Behaviour for Assignments {
    fn key(&self, place: &Place, sent: &Record) -> Key {
        let target = match self.targets.of(sent) {
            Target::Group(group) | Target::Excluded(group) => group.to_string(),
            Target::AllDevices => ALL_DEVICES.to_owned(),
            Target::Unnamed | Target::Other => return Key::new(),
        };
        place.parent.as_ref().map_or_else(Key::new, |profile| Key::parse(&format!("{profile}_{target}_0")))
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        place: &'a Place,
        key: Option<&'a Key>,
        next: &'a Record,
    ) -> Admitting<'a> {
        Box::pin(self.admitted(context, place, key, next))
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        let touched = self.targets.of(entity.record()).touched();
        let flag = flag(context, self.set, key, self.breach(context, entity.record()));
        let look = touched.map(|touched| assessment(context, touched, Cause::Membership));
        Ok(look.into_iter().chain(flag).collect())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        spot: &Spot,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let targets = [before, after.record()].map(|assignment| self.targets.of(assignment));
        if targets[0] == targets[1] {
            return Ok(Vec::new());
        }
        let touched = targets.iter().filter_map(Target::touched);
        Ok(touched.map(|touched| assessment(context, touched, released(spot))).collect())
    }

    fn delete<'a>(&'a self, context: &'a Context<'a>, spot: &'a Spot) -> Deleting<'a> {
        Box::pin(async move {
            let row = load(context, spot).await?;
            let assignment = row.map(|row| context.store.record(self.set, &row)).transpose()?;
            let touched = assignment.and_then(|assignment| self.targets.of(&assignment).touched());
            let look = touched.map(|touched| assessment(context, touched, released(spot)));
            Ok(Deletion::Now(look.into_iter().collect()))
        })
    }
}

/// The profile of an assignment may be nobody's from now on.
fn released(spot: &Spot) -> Cause {
    spot.place.parent.clone().map_or(Cause::Membership, Cause::Released)
}
