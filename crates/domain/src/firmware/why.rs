//! `muster.why` of a configuration and a device: whether the device has it, or which other one, and why. It is decided by what
//! is stored now, whatever the device has reported since.

use std::sync::Arc;

use engine::generic::complex_value;
use engine::handlers::{Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Collection, Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::{Key, Record, Value};

use super::configurations::ConfigurationFacts;
use super::configured_devices::ConfiguredDevices;
use super::sets::{CONFIGURATION, CONFIGURATIONS};
use super::winners::{ConfigurationAssignments, DeviceFacts, Release, release};
use crate::assignment::{Assigned, Reach};
use crate::autopilot::sets::DEVICES;

const EXPLANATION: &str = "muster.configurationExplanation";
const CANDIDATE: &str = "muster.configurationCandidate";

engine::slots! {
    /// Where an explanation says what.
    struct ExplanationSlots of EXPLANATION {
        is_winner,
        reason,
        run_state,
        ring,
        waits_for,
        candidates,
        breaches,
    }
}

engine::slots! {
    /// Where a candidate says what.
    struct CandidateSlots of CANDIDATE {
        configuration_id,
        display_name,
        created_date_time,
        is_winner,
        reason,
    }
}

engine::slots! {
    /// What is told of a configuration.
    struct ToldSlots of CONFIGURATION {
        display_name,
        created_date_time,
    }
}

/// Registers the function `why` of configurations.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    firmware: Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    let operation = names.operation("why", CONFIGURATION)?;
    let why = ConfigurationWhy {
        firmware,
        device_id: names.parameter(operation, "deviceId")?,
        configurations: names.set(CONFIGURATIONS)?,
        devices: names.set(DEVICES)?,
        told: ToldSlots::new(names)?,
        explanation: names.structured(EXPLANATION)?,
        slots: ExplanationSlots::new(names)?,
        candidate: names.structured(CANDIDATE)?,
        of_candidate: CandidateSlots::new(names)?,
    };
    handlers.operation(operation, why);
    Ok(())
}

struct ConfigurationWhy {
    firmware: Arc<ConfiguredDevices>,
    device_id: NamedParameter<TextValue>,
    configurations: SetId,
    devices: SetId,
    told: ToldSlots,
    explanation: TypeId,
    slots: ExplanationSlots,
    candidate: TypeId,
    of_candidate: CandidateSlots,
}

impl Operate for ConfigurationWhy {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let (configuration, _) = context.load(invocation.address()?).await?;
            let device = Key::parse(invocation.required(&self.device_id)?);
            let address = EntityAddress { collection: Collection::of(self.devices), key: device };
            let (device, registration) = context.load(&address).await?;
            let explanation = self.explain(context, &configuration.key, &device.key, &registration).await?;
            complex_value(context, self.explanation, explanation)
        })
    }
}

impl ConfigurationWhy {
    async fn explain(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        device: &Key,
        registration: &Record,
    ) -> Result<Record, Error> {
        let ConfiguredDevices { winners, states } = &*self.firmware;
        let read = winners.newest(context).await?;
        let assignments = &read.assignments;
        let facts = winners.facts(context, assignments, device, registration).await?;
        let winner = assignments.winner(&facts.assigned()).map(|(winner, _)| &winner.key);
        let (mut candidates, mut breaches, mut own) = (Vec::new(), Vec::new(), None);
        for candidate in &assignments.objects {
            let is_winner = winner == Some(&candidate.key);
            let reason = self.reason(context, assignments, &facts, candidate, is_winner).await?;
            if candidate.key == *configuration {
                own = Some(reason.clone());
            }
            // Nobody is told of a configuration that it does not see.
            let address = EntityAddress {
                collection: context.collection(self.configurations),
                key: candidate.key.clone(),
            };
            let Some(row) = context.row(&address).await? else { continue };
            if candidate.has_abstract_target {
                breaches.push(format!(
                    "The configuration '{}' has a target of an abstract type: it means nobody.",
                    candidate.key
                ));
            }
            if assignments.reach(candidate, &facts.assigned()) != Reach::Nowhere {
                let record = context.store.record(self.configurations, &row)?;
                let told = self.candidate(context, &candidate.key, &record, is_winner, reason);
                candidates.push(Value::Complex(Box::new(told)));
            }
        }
        let is_winner = winner == Some(configuration);
        let mut explanation =
            Record::empty(self.explanation, context.model().structured(self.explanation).slots);
        let text = |text: String| Value::String(text.into());
        explanation.set(self.slots.is_winner, Value::Boolean(is_winner));
        explanation.set(self.slots.reason, own.map_or(Value::Null, text));
        let state = states.state(context, configuration, device).await?;
        explanation
            .set(self.slots.run_state, state.map_or(Value::Null, |state| text(state.name().to_owned())));
        let object = assignments.object(configuration).filter(|one| !one.facts.rollout.rings.is_empty());
        if let Some(object) = object {
            let Release { ring, waits_for } = release(assignments, &object.facts, device, &facts.assigned());
            explanation.set(self.slots.ring, Value::Int(ring.try_into().unwrap_or(i64::MAX)));
            explanation.set(self.slots.waits_for, waits_for.filter(|_| is_winner).map_or(Value::Null, text));
        }
        explanation.set(self.slots.candidates, Value::Collection(candidates));
        explanation.set(self.slots.breaches, Value::Collection(breaches.into_iter().map(text).collect()));
        Ok(explanation)
    }

    /// ConfigurationWhy a configuration wins the device, or does not.
    async fn reason(
        &self,
        context: &Context<'_>,
        assignments: &ConfigurationAssignments,
        facts: &DeviceFacts,
        candidate: &Assigned<ConfigurationFacts>,
        is_winner: bool,
    ) -> Result<String, Error> {
        let groups = &self.firmware.winners.kept.sources.groups;
        let result = if is_winner { "It wins" } else { "An older configuration, or one by group, wins" };
        Ok(match assignments.reach(candidate, &facts.assigned()) {
            Reach::Excluded(group) => format!("It excludes the {}.", groups.told(context, group).await?),
            Reach::ByGroup(group) => {
                format!("It is assigned to the {}. {result}.", groups.told(context, group).await?)
            }
            Reach::ByAllDevices => format!("It is assigned to all devices. {result}."),
            Reach::ByAllUsers => format!("It is assigned to all users, and the device has one. {result}."),
            Reach::Filtered(filter) if !assignments.groups.contains_key(&filter.group) => format!(
                "The filter '{}' of its assignment is the id of no group here, so it lets nobody through.",
                filter.group
            ),
            Reach::Filtered(filter) => {
                let is_in = if filter.excludes { "is" } else { "is not" };
                format!(
                    "The filter of its assignment keeps the device out, which {is_in} in the group '{}'.",
                    filter.group
                )
            }
            Reach::Nowhere if !candidate.is_assigned() => "It has no assignments.".to_owned(),
            Reach::Nowhere => "No assignment of it names the device.".to_owned(),
        })
    }

    fn candidate(
        &self,
        context: &Context<'_>,
        key: &Key,
        configuration: &Record,
        is_winner: bool,
        reason: String,
    ) -> Record {
        let slots = &self.of_candidate;
        let mut told = Record::empty(self.candidate, context.model().structured(self.candidate).slots);
        told.set(slots.configuration_id, Value::String(key.to_string().into()));
        for (slot, from) in [
            (slots.display_name, self.told.display_name),
            (slots.created_date_time, self.told.created_date_time),
        ] {
            told.set(slot, configuration.get(from).cloned().unwrap_or(Value::Null));
        }
        told.set(slots.is_winner, Value::Boolean(is_winner));
        told.set(slots.reason, Value::String(reason.into()));
        told
    }
}
