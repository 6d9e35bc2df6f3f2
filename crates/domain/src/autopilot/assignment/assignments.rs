//! `windowsAutopilotDeploymentProfiles/{id}/assignments`: the targets of a profile. An assignment to a group has the id that clients
//! compute, `{profile}_{group}_0`; in one to all devices a number stands in the group's place.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Collection, Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record};
use store::{Change, Owners, Query};

use crate::assessment::{AssessmentReason, AssessmentScope};
use crate::assignment::{AssignmentTarget, TargetChanges, TargetSlots};
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
    handlers.set(assignments.changes.set, assignments);
    Ok(())
}

struct Assignments {
    profiles: SetId,
    changes: TargetChanges,
}

impl Assignments {
    fn new(names: &Names<'_>) -> Result<Assignments, StartError> {
        let changes = TargetChanges {
            set: names.set(ASSIGNMENTS)?,
            targets: TargetSlots::new(names, ASSIGNMENT)?,
            // A device that loses a profile may have no other.
            holders: |profile| {
                (AssessmentScope::Profile(profile.clone()), AssessmentReason::ProfileUnassigned(profile))
            },
        };
        Ok(Assignments { profiles: names.set(PROFILES)?, changes })
    }

    /// The id that clients compute. If it is borne by an assignment that was aimed at somebody else since, the number
    /// at its end goes on.
    async fn named(
        &self,
        context: &Context<'_>,
        collection: &Collection,
        sent: &Record,
    ) -> Result<Key, Error> {
        let TargetChanges { set, targets, .. } = &self.changes;
        let target = targets.of(sent);
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
            let row = context.get(*set, Some(profile), &key).await?;
            let bearer = row.map(|row| context.store.record(*set, &row)).transpose()?;
            if bearer.is_none_or(|bearer| targets.of(&bearer) == target) {
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
        self.changes.refuse_unnamed(next)?;
        let TargetChanges { set, targets, .. } = &self.changes;
        let target = targets.of(next);
        if !matches!(target, AssignmentTarget::AllDevices | AssignmentTarget::ExcludedGroup(_)) {
            return Ok(Vec::new());
        }
        let since = context.store.journal_newest(context.tenant()).await?;
        let profiles = context.list(&Query::all(context.tenant(), self.profiles, PROFILES_MAX)).await?;
        let owners = Owners::Parents(profiles.into_iter().map(|row| row.key).collect());
        let all = Query::all(context.tenant(), *set, PROFILES_MAX);
        for owned in context.list_each(&all, &owners).await? {
            let is_own = address.collection.parent.as_ref() == Some(&owned.owner);
            if is_own && before.is_some() && address.key == owned.row.key {
                continue;
            }
            let other = targets.of(&context.store.record(*set, &owned.row)?);
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
        Ok(vec![Change::Unchanged { set: *set, since }])
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
        self.changes.beside_create(context, key, entity)
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        self.changes.beside_update(context, address, before, after)
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(self.changes.delete(context, address))
    }
}
