//! `muster.why` of a device: the profiles that are assigned to it, which one wins and why, and what the device waits for.

use std::sync::Arc;

use engine::generic::complex_value;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Context, EntityAddress, Error, Handlers, later};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::{Key, Record, Value};
use store::Row;

use super::decisions::ProfileDecisions;
use super::profile_assignments::{ProfileAssignments, ProfileDecision, decide};
use crate::assignment::{AddedMembers, Assigned, AssignedDevice, Reach};
use crate::autopilot::device_name::{name_fault, template_fault};
use crate::autopilot::jobs;
use crate::autopilot::ledger::StoredEntry;
use crate::autopilot::sets::{DEVICE, DEVICES, PROFILE, PROFILES};

const EXPLANATION: &str = "muster.explanation";
const CANDIDATE: &str = "muster.candidate";

/// Registers the function `why` of devices.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    decisions: Arc<ProfileDecisions>,
) -> Result<(), StartError> {
    let slots = |of: &str, properties: [&str; 5]| -> Result<[u16; 5], StartError> {
        let mut slots = [0; 5];
        for (slot, property) in slots.iter_mut().zip(properties) {
            *slot = names.slot(of, property)?;
        }
        Ok(slots)
    };
    let why = Why {
        identities: names.set(DEVICES)?,
        decisions,
        profiles: names.set(PROFILES)?,
        profile_name: names.slot(PROFILE, "displayName")?,
        profile_created: names.slot(PROFILE, "createdDateTime")?,
        explanation: names.structured(EXPLANATION)?,
        of_explanation: slots(EXPLANATION, ["status", "candidates", "waitsFor", "since", "until"])?,
        physical_ids: names.slot(EXPLANATION, "physicalIds")?,
        breaches: names.slot(EXPLANATION, "breaches")?,
        name: names.slot(DEVICE, "displayName")?,
        name_template: names.slot(PROFILE, "deviceNameTemplate")?,
        hardware_changes: names.slot(EXPLANATION, "hardwareChanges")?,
        candidate: names.structured(CANDIDATE)?,
        of_candidate: slots(
            CANDIDATE,
            ["profileId", "displayName", "createdDateTime", "isWinner", "reason"],
        )?,
    };
    handlers.operation(names.operation("why", DEVICE)?, why);
    Ok(())
}

struct Why {
    identities: SetId,
    decisions: Arc<ProfileDecisions>,
    profiles: SetId,
    profile_name: u16,
    profile_created: u16,
    explanation: TypeId,
    of_explanation: [u16; 5],
    physical_ids: u16,
    breaches: u16,
    /// The slot of a device's name.
    name: u16,
    name_template: u16,
    hardware_changes: u16,
    candidate: TypeId,
    of_candidate: [u16; 5],
}

impl Operate for Why {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let (row, _) = context.load(address).await?;
            complex_value(context, self.explanation, self.explain(context, &row).await?)
        })
    }
}

/// The facts that decide the profile of a device.
struct DecisionFacts {
    /// The device's directory object.
    object: Option<(Key, Record)>,
    added: AddedMembers,
    assignments: ProfileAssignments,
}

impl DecisionFacts {
    fn device(&self) -> AssignedDevice<'_> {
        let object = self.object.as_ref().map(|(key, record)| (key, record));
        AssignedDevice { object, added: &self.added, has_user: false }
    }
}

impl Why {
    async fn facts(
        &self,
        context: &Context<'_>,
        key: &Key,
        identity: &Record,
    ) -> Result<DecisionFacts, Error> {
        let (directory, sources) = (&self.decisions.directory, &self.decisions.kept.sources);
        let object = directory.object(context, key, identity).await?;
        let keys: Vec<Key> = object.iter().map(|(key, _)| key.clone()).collect();
        let assignments = sources.assignments(context).await?;
        let added = sources.added_members(context, &assignments, &keys).await?;
        Ok(DecisionFacts { object, added, assignments })
    }

    async fn explain(&self, context: &Context<'_>, row: &Row) -> Result<Record, Error> {
        let identity = context.store.record(self.identities, row)?;
        let facts = self.facts(context, &row.key, &identity).await?;
        let current = self.decisions.statuses.current(&identity);
        let decision = decide(&facts.assignments, &facts.device(), current.as_ref(), None);
        let winner = match &decision {
            ProfileDecision::Profile { key, .. } => Some(key),
            ProfileDecision::Keep => current.as_ref(),
            ProfileDecision::Nothing => None,
        };
        let (mut candidates, mut breaches) = (Vec::new(), Vec::new());
        let name = identity.text(self.name).and_then(name_fault);
        breaches.extend(name.map(|fault| format!("The device's displayName {fault}.")));
        for candidate in &facts.assignments.objects {
            let profiles = context.collection(self.profiles);
            let address = EntityAddress { collection: profiles, key: candidate.key.clone() };
            // Nobody is told of a profile that it does not see.
            if context.row(&address).await?.is_none() {
                continue;
            }
            let is_winner = winner == Some(&candidate.key);
            if candidate.has_abstract_target {
                breaches.push(format!(
                    "The profile '{}' has a target of an abstract type: it means nobody.",
                    candidate.key
                ));
            }
            if let Some(reason) = self.reason(context, &facts, candidate, is_winner).await? {
                let (shown, fault) = self.candidate(context, &candidate.key, is_winner, reason).await?;
                breaches.extend(fault.map(|fault| {
                    format!("The deviceNameTemplate of the profile '{}' {fault}.", candidate.key)
                }));
                candidates.push(Value::Complex(Box::new(shown)));
            }
        }
        let [status, of_candidates, waits_for, since, until] = self.of_explanation;
        let mut explanation =
            Record::empty(self.explanation, context.model().structured(self.explanation).slots);
        let status_name = self.decisions.statuses.name(&identity);
        explanation.set(status, Value::String(status_name.into()));
        explanation.set(of_candidates, Value::Collection(candidates));
        let ids = facts.device().object.map(|(_, record)| self.decisions.directory.physical_ids(record));
        explanation.set(self.physical_ids, ids.unwrap_or(Value::Collection(Vec::new())));
        let breaches = breaches.into_iter().map(|breach| Value::String(breach.into())).collect();
        explanation.set(self.breaches, Value::Collection(breaches));
        let stored = StoredEntry::read(context, &row.key).await?;
        let changes = stored.entry.changed.iter().map(|part| Value::String(part.name().into()));
        explanation.set(self.hardware_changes, Value::Collection(changes.collect()));
        if let Some(wait) = awaited_event(status_name) {
            explanation.set(waits_for, Value::String(wait.into()));
            let entered = self.entered(context, row, &identity).await?;
            explanation.set(since, entered.map_or(Value::Null, Value::DateTimeOffset));
            let due = self.due(context, &row.key, &identity, entered).await?;
            explanation.set(until, due.map_or(Value::Null, Value::DateTimeOffset));
        }
        Ok(explanation)
    }

    /// When a device began to wait.
    async fn entered(
        &self,
        context: &Context<'_>,
        row: &Row,
        identity: &Record,
    ) -> Result<Option<Ticks>, Error> {
        if let Some(since) = self.decisions.statuses.since(identity) {
            return Ok(Some(since));
        }
        // Its creator said so, or it is new: all there is is when it was written.
        let entries = context.store.journal_since(context.tenant(), row.version - 1, 1).await?;
        // What was written long ago, the journal may have forgotten.
        Ok(entries.first().filter(|entry| entry.sequence == row.version).map(|entry| entry.at))
    }

    /// When a device has waited: its job is due then, or the one that it has with others.
    async fn due(
        &self,
        context: &Context<'_>,
        key: &Key,
        identity: &Record,
        entered: Option<Ticks>,
    ) -> Result<Option<Ticks>, Error> {
        if let Some(due) = context.store.job_due(context.tenant(), jobs::ADVANCE.number, key).await? {
            return Ok(Some(due));
        }
        let seconds = self.decisions.statuses.delay_seconds(self.decisions.statuses.is_pending(identity));
        Ok(entered.map(|since| later(since, seconds)))
    }

    /// A profile as it is shown, and the fault of its template of names.
    async fn candidate(
        &self,
        context: &Context<'_>,
        key: &Key,
        is_winner: bool,
        reason: String,
    ) -> Result<(Record, Option<String>), Error> {
        let [id, name, created, wins, because] = self.of_candidate;
        let mut shown = Record::empty(self.candidate, context.model().structured(self.candidate).slots);
        shown.set(id, Value::String(key.to_string().into()));
        let mut wrong = None;
        if let Some(row) = context.get(self.profiles, None, key).await? {
            let profile = context.store.record(self.profiles, &row)?;
            wrong = profile.text(self.name_template).and_then(template_fault);
            for (slot, from) in [(name, self.profile_name), (created, self.profile_created)] {
                shown.set(slot, profile.get(from).cloned().unwrap_or(Value::Null));
            }
        }
        shown.set(wins, Value::Boolean(is_winner));
        shown.set(because, Value::String(reason.into()));
        Ok((shown, wrong))
    }

    /// The reason why a profile wins or loses the device; none if it is not assigned to it.
    async fn reason(
        &self,
        context: &Context<'_>,
        facts: &DecisionFacts,
        candidate: &Assigned<Option<i64>>,
        is_winner: bool,
    ) -> Result<Option<String>, Error> {
        let result = if is_winner { "It wins" } else { "An older profile, or one by group, wins" };
        Ok(match facts.assignments.reach(candidate, &facts.device()) {
            Reach::Excluded(group) => Some(format!(
                "It excludes the {}.",
                self.decisions.kept.sources.groups.told(context, group).await?
            )),
            Reach::ByGroup(group) => {
                let group = self.decisions.kept.sources.groups.told(context, group).await?;
                Some(format!("It is assigned to the {group}. {result}."))
            }
            Reach::ByAllDevices | Reach::ByAllUsers => {
                Some(format!("It is assigned to all devices. {result}."))
            }
            Reach::Nowhere | Reach::Filtered(_) if is_winner => {
                Some("It was given to the device directly.".to_owned())
            }
            Reach::Nowhere | Reach::Filtered(_) => None,
        })
    }
}

/// The event that a device with a status waits for.
fn awaited_event(status: &str) -> Option<&'static str> {
    match status {
        "unknown" => Some("the first look at its groups"),
        "pending" => Some("the delivery of the profile"),
        "assignedUnkownSyncState" => Some("the confirmation of the delivery"),
        "assignedOutOfSync" => Some("the delivery of the profile as it was edited"),
        _ => None,
    }
}
