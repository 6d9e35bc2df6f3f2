//! `windowsAutopilotDeploymentProfiles/{id}/assignments`: the targets of a profile. An assignment to a group has the id that clients
//! compute, `{profile}_{group}_0`; in one to all devices a number stands in the group's place.

use engine::breach::flag;
use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Collection, Context, EntityAddress, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record};
use store::{Change, Owners, Query};

use crate::assessment::{AssessmentReason, AssessmentScope};
use crate::assignment::{AssignmentTarget, TargetSlots, gain, loss};
use crate::autopilot::sets::{ASSIGNMENT, ASSIGNMENTS, PROFILES};

/// Stands for all devices where a group's id would be, in the ids of assignments.
const ALL_DEVICES: &str = "adadadad-808e-44e2-905a-0b7873a8a531";
/// The number of profiles whose assignments are compared.
const PROFILES_MAX: u64 = 1_000;

/// The number of ids that a target may have.
const IDS_MAX: usize = 16;

/// Registers the behaviour of assignments.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let assignments = Assignments::new(names)?;
    handlers.set(assignments.set, assignments);
    Ok(())
}

struct Assignments {
    set: SetId,
    profiles: SetId,
    targets: TargetSlots,
}

impl Assignments {
    fn new(names: &Names<'_>) -> Result<Assignments, StartError> {
        Ok(Assignments {
            set: names.set(ASSIGNMENTS)?,
            profiles: names.set(PROFILES)?,
            targets: TargetSlots::new(names, ASSIGNMENT)?,
        })
    }

    /// The id that clients compute. If it is borne by an assignment that was aimed at somebody else since, the number
    /// at its end goes on.
    async fn named(
        &self,
        context: &Context<'_>,
        collection: &Collection,
        sent: &Record,
    ) -> Result<Key, Error> {
        let target = self.targets.of(sent);
        let named = match &target {
            AssignmentTarget::Group(group) | AssignmentTarget::ExcludedGroup(group) => group.to_string(),
            AssignmentTarget::AllDevices => ALL_DEVICES.to_owned(),
            AssignmentTarget::AllUsers | AssignmentTarget::UnnamedGroup | AssignmentTarget::Other => {
                return Ok(Key::new());
            }
        };
        let Some(profile) = &collection.parent else { return Ok(Key::new()) };
        for number in 0..IDS_MAX {
            let key = Key::parse(&format!("{profile}_{named}_{number}"));
            let row = context.get(self.set, Some(profile), &key).await?;
            let bearer = row.map(|row| context.store.record(self.set, &row)).transpose()?;
            if bearer.is_none_or(|bearer| self.targets.of(&bearer) == target) {
                return Ok(key);
            }
        }
        Ok(Key::new())
    }

    /// Refuses a second profile for all devices, exceptions from one, and a group without its id. What was looked at
    /// must be the same when it is committed.
    async fn admitted(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: Option<&Record>,
        next: &Record,
    ) -> Result<Vec<Change>, Error> {
        let target = self.targets.of(next);
        if target == AssignmentTarget::UnnamedGroup {
            let error =
                Error::bad_request("The property 'target/groupId' is required of a target that is a group.");
            return Err(error.coded(code::PROPERTY_REQUIRED).about("target/groupId"));
        }
        if !matches!(target, AssignmentTarget::AllDevices | AssignmentTarget::ExcludedGroup(_)) {
            return Ok(Vec::new());
        }
        let since = context.store.journal_newest(context.tenant()).await?;
        let profiles = context.list(&Query::all(context.tenant(), self.profiles, PROFILES_MAX)).await?;
        let owners = Owners::Parents(profiles.into_iter().map(|row| row.key).collect());
        let all = Query::all(context.tenant(), self.set, PROFILES_MAX);
        for owned in context.list_each(&all, &owners).await? {
            let is_own = address.collection.parent.as_ref() == Some(&owned.owner);
            if is_own && before.is_some() && address.key == owned.row.key {
                continue;
            }
            let other = self.targets.of(&context.store.record(self.set, &owned.row)?);
            match (&target, other) {
                (AssignmentTarget::AllDevices, AssignmentTarget::AllDevices) => {
                    return Err(Error::bad_request(format!(
                        "The profile '{}' is assigned to all devices already, and only one can be.",
                        owned.owner
                    )));
                }
                (AssignmentTarget::AllDevices, AssignmentTarget::ExcludedGroup(_))
                | (AssignmentTarget::ExcludedGroup(_), AssignmentTarget::AllDevices)
                    if is_own =>
                {
                    return Err(Error::bad_request(
                        "A profile that is assigned to all devices cannot exclude groups.",
                    ));
                }
                _ => {}
            }
        }
        Ok(vec![Change::Unchanged { set: self.set, since }])
    }
}

impl Behaviour for Assignments {
    fn key<'a>(
        &'a self,
        context: &'a Context<'a>,
        collection: &'a Collection,
        sent: &'a Record,
    ) -> BoxFuture<'a, Result<Key, Error>> {
        Box::pin(self.named(context, collection, sent))
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(self.admitted(context, address, before, next))
    }

    fn beside_create(&self, context: &Context<'_>, key: &Key, entity: &Valid) -> Result<Vec<Change>, Error> {
        let flag = flag(context, self.set, key, self.targets.breach(context.model(), entity.record()));
        let assessment = gain(context, &self.targets.of(entity.record()))?;
        Ok(assessment.into_iter().chain(flag).collect())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let (before, after) = (self.targets.of(before), self.targets.of(after.record()));
        if before == after {
            return Ok(Vec::new());
        }
        Ok(loss_of_profile(context, address, &before)?.into_iter().chain(gain(context, &after)?).collect())
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async move {
            let Some(row) = context.row(address).await? else { return Ok(Deletion::Now(Vec::new())) };
            let target = self.targets.of(&context.store.record(self.set, &row)?);
            Ok(Deletion::Now(loss_of_profile(context, address, &target)?.into_iter().collect()))
        })
    }
}

/// The assessment that follows when a target loses the profile, which may have no other.
fn loss_of_profile(
    context: &Context<'_>,
    address: &EntityAddress,
    target: &AssignmentTarget,
) -> Result<Option<Change>, Error> {
    let profile = address.collection.parent.as_ref();
    let profile = profile.ok_or_else(|| Error::defect("an assignment belongs to no profile"))?;
    let reason = AssessmentReason::ProfileUnassigned(profile.clone());
    loss(context, target, AssessmentScope::Profile(profile.clone()), reason)
}
