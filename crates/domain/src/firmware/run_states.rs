//! What devices report of their configurations, and the end of it.

use std::sync::Arc;

use engine::handlers::{Names, StartError};
use engine::{Collection, Context, Error, generic};
use odata::edm::TypeId;
use odata::query::{Expression, Path};
use odata::{Key, Record, Value};
use store::{Change, Owned, Owners, Query};

use super::device_run_states::DeviceRunStates;
use super::run_state::RunState;
use super::sets::DEVICE_STATE;
use super::winners::Winners;
use crate::autopilot::sets::DEVICE;

/// What a device reports of a configuration.
#[derive(Clone, Debug)]
pub(crate) struct RunReport<'a> {
    /// The device, by the key of its registration.
    pub(crate) device: &'a Key,
    /// The registration, which has the device's names.
    pub(crate) registration: &'a Record,
    pub(crate) configuration: &'a Key,
    /// The version of the configuration that the report is about.
    pub(crate) version: i64,
    pub(crate) state: RunState,
    /// The agent's report, as the clients of the API read it.
    pub(crate) output: Option<Box<str>>,
    /// The first error.
    pub(crate) error: Option<Box<str>>,
    pub(crate) operating_system_version: Option<Box<str>>,
}

engine::slots! {
    /// The names that a registration has for a device and its user.
    struct RegistrationSlots of DEVICE {
        display_name,
        serial_number,
        user_principal_name,
    }
}

/// The states of devices under configurations.
pub(crate) struct RunStates {
    states: DeviceRunStates,
    entity_type: TypeId,
    id: Path,
    registration: RegistrationSlots,
}

impl RunStates {
    pub(crate) fn new(names: &Names<'_>, winners: &Arc<Winners>) -> Result<RunStates, StartError> {
        let entity_type = names.structured(DEVICE_STATE)?;
        Ok(RunStates {
            states: DeviceRunStates::new(names, winners.clone())?,
            entity_type,
            id: names.id_of(entity_type)?,
            registration: RegistrationSlots::new(names)?,
        })
    }

    /// The changes that store what a device reports, and what follows from it; none if it reports what is stored. The state
    /// has the id of the device's registration, so that there is one. Fails with 404 if the configuration is gone.
    pub(crate) async fn record(
        &self,
        context: &Context<'_>,
        report: &RunReport<'_>,
    ) -> Result<Vec<Change>, Error> {
        let set = self.states.set;
        let collection = Collection { parent: Some(report.configuration.clone()), ..Collection::of(set) };
        let row = context.get(set, Some(report.configuration), report.device).await?;
        let Some(row) = row else {
            let mut record =
                Record::empty(self.entity_type, context.model().structured(self.entity_type).slots);
            self.fill(&mut record, report);
            record.set(self.states.slots.last_state_update_date_time, Value::DateTimeOffset(context.now));
            return generic::insertion(context, &collection, report.device, record).await;
        };
        let before = context.store.record(set, &row)?;
        let mut next = before.clone();
        self.fill(&mut next, report);
        if next == before {
            return Ok(Vec::new());
        }
        next.set(self.states.slots.last_state_update_date_time, Value::DateTimeOffset(context.now));
        generic::next_state(context, &collection, &row, next).await
    }

    /// The changes that move a state on without a report: what was reported last stays, but for the error.
    pub(crate) async fn advance(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        device: &Key,
        state: RunState,
        error: Option<&str>,
    ) -> Result<Vec<Change>, Error> {
        let set = self.states.set;
        let Some(row) = context.get(set, Some(configuration), device).await? else { return Ok(Vec::new()) };
        let mut next = context.store.record(set, &row)?;
        let error = error.map_or(Value::Null, |error| Value::String(error.into()));
        next.set(self.states.slots.configuration_state, self.states.states.value(state));
        next.set(self.states.slots.configuration_error, error);
        next.set(self.states.slots.last_state_update_date_time, Value::DateTimeOffset(context.now));
        let collection = Collection { parent: Some(configuration.clone()), ..Collection::of(set) };
        generic::next_state(context, &collection, &row, next).await
    }

    /// The state of a device under a configuration; none if it has none.
    pub(super) async fn state(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        device: &Key,
    ) -> Result<Option<RunState>, Error> {
        let set = self.states.set;
        let Some(row) = context.get(set, Some(configuration), device).await? else { return Ok(None) };
        let record = context.store.record(set, &row)?;
        Ok(Some(self.states.states.state(&record, self.states.slots.configuration_state)))
    }

    /// The changes that end the states of a device under these configurations.
    pub(crate) async fn end(
        &self,
        context: &Context<'_>,
        device: &Key,
        configurations: Vec<Key>,
    ) -> Result<Vec<Change>, Error> {
        let ended = self.of_devices(context, std::slice::from_ref(device), configurations).await?;
        self.endings(context, &ended).await
    }

    /// The changes that end the states of a device under all configurations but the one that it is to have.
    pub(crate) async fn end_others(
        &self,
        context: &Context<'_>,
        winners: &Winners,
        device: &Key,
        winner: Option<&Key>,
    ) -> Result<Vec<Change>, Error> {
        let read = winners.newest(context).await?;
        let all = read.assignments.objects.iter().map(|configuration| &configuration.key);
        self.end(context, device, all.filter(|key| Some(*key) != winner).cloned().collect()).await
    }

    /// The states that these devices have under these configurations, each with its configuration as the owner.
    pub(super) async fn of_devices(
        &self,
        context: &Context<'_>,
        devices: &[Key],
        configurations: Vec<Key>,
    ) -> Result<Vec<Owned>, Error> {
        if configurations.is_empty() || devices.is_empty() {
            return Ok(Vec::new());
        }
        let ids = devices.iter().map(|key| Value::String(key.to_string().into())).collect();
        let filter = Some(Expression::In(Box::new(Expression::Path(self.id.clone())), ids));
        let most = devices.len() as u64;
        let query = Query { filter, ..Query::all(context.tenant(), self.states.set, most) };
        context.list_each(&query, &Owners::Parents(configurations)).await
    }

    /// The changes that end states, each owned by its configuration.
    pub(super) async fn endings(&self, context: &Context<'_>, ended: &[Owned]) -> Result<Vec<Change>, Error> {
        let set = self.states.set;
        let mut records = Vec::with_capacity(ended.len());
        for owned in ended {
            records.push(context.store.record(set, &owned.row)?);
        }
        let mut changes: Vec<Change> = ended
            .iter()
            .map(|Owned { owner, row, .. }| {
                let (parent, key) = (Some(owner.clone()), row.key.clone());
                Change::Delete { set, parent, key, expected: row.version }
            })
            .collect();
        let ended = ended.iter().map(|owned| &owned.owner).zip(&records);
        changes.extend(self.states.ended(context, ended).await?);
        Ok(changes)
    }

    /// Says what is reported, in the names of the registration.
    fn fill(&self, record: &mut Record, report: &RunReport<'_>) {
        let (slots, of) = (&self.states.slots, report.registration);
        let filled = |slot: u16| of.text(slot).filter(|text| !text.trim().is_empty());
        let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::String(text.into()));
        let name = filled(self.registration.display_name).or(filled(self.registration.serial_number));
        record.set(slots.configuration_state, self.states.states.value(report.state));
        record.set(slots.configuration_output, text(report.output.as_deref()));
        record.set(slots.configuration_error, text(report.error.as_deref()));
        record.set(slots.internal_version, Value::Int(report.version));
        record.set(slots.device_name, text(name));
        record.set(slots.upn, text(filled(self.registration.user_principal_name)));
        if let Some(version) = &report.operating_system_version {
            record.set(slots.os_version, text(Some(version)));
        }
    }
}
