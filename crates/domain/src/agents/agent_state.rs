//! What is stored of an enrolled device's agent: its key, and what the device reported last.

use std::collections::BTreeMap;

use check_in::{AttributeValues, ConfigurationVersion, FirmwareInterface, Machine};
use engine::Error;
use engine::handlers::{Names, StartError};
use odata::date_time::Ticks;
use odata::edm::{Model, SetId, TypeId};
use odata::payload::{Draft, Valid};
use odata::{Key, Record, Value};
use store::{ReadError, Row, Store};

use crate::autopilot::sets::{AGENT, AGENTS};
use crate::firmware::run_state::{RunState, RunStateValues};

const MACHINE: &str = "muster.machine";

/// An agent, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AgentState {
    /// The public half of the device's key.
    pub(super) public_key: String,
    pub(super) enrolled_at: Ticks,
    /// When the device last reported something new; none if it has never checked in.
    pub(super) reported_at: Option<Ticks>,
    /// The number of the last request that changed anything.
    pub(super) sequence: i64,
    pub(super) machine: Machine,
    pub(super) firmware: Option<FirmwareInterface>,
    /// The configuration that is meant for the device; none if none is.
    pub(super) assigned: Option<Key>,
    /// The configuration that the device applied last, and the version of it.
    pub(super) applied: Option<ConfigurationVersion>,
    /// What became of the configuration that is meant for it.
    pub(super) run_state: RunState,
    /// What was recorded of that, which hangs on the password as well.
    pub(super) recorded_state: RunState,
    /// The digest of the attributes when the device last said what became of it.
    pub(super) run_digest: Option<String>,
    pub(super) attributes: AttributeValues,
}

engine::slots! {
    /// Where an agent is stored.
    struct StoredSlots of AGENT {
        public_key,
        enrolled_date_time,
        last_report_date_time,
        sequence,
        machine,
        firmware_driver,
        is_password_set,
        is_reboot_pending,
        assigned_configuration_id,
        configuration_id,
        configuration_version,
        configuration_state,
        recorded_state,
        run_digest,
        attributes,
    }
}

/// Reads and writes agents.
pub(super) struct AgentRecords {
    pub(super) set: SetId,
    entity: TypeId,
    slots: StoredSlots,
    machine: TypeId,
    /// The slots of a machine, in the order of [`Machine::texts`].
    machine_slots: Vec<u16>,
    run_states: RunStateValues,
}

impl AgentRecords {
    pub(super) fn new(names: &Names<'_>) -> Result<AgentRecords, StartError> {
        let machine = Machine::default();
        let texts = machine.texts();
        let machine_slots = texts.iter().map(|(name, _)| names.slot(MACHINE, name));
        Ok(AgentRecords {
            set: names.set(AGENTS)?,
            entity: names.structured(AGENT)?,
            slots: StoredSlots::new(names)?,
            machine: names.structured(MACHINE)?,
            machine_slots: machine_slots.collect::<Result<_, _>>()?,
            run_states: RunStateValues::new(names)?,
        })
    }

    /// The agent of a row.
    pub(super) fn read(&self, store: &Store, row: &Row) -> Result<AgentState, Error> {
        let (slots, record) = (&self.slots, store.record(self.set, row)?);
        let damaged = || ReadError::Corrupt(format!("the agent of {}", row.key));
        let text = |slot| record.text(slot).map(str::to_owned);
        let flag = |slot| record.get(slot) == Some(&Value::Boolean(true));
        let attributes = match record.text(slots.attributes) {
            Some(json) => serde_json::from_str(json).map_err(|_| damaged())?,
            None => BTreeMap::new(),
        };
        let time = |slot| match record.get(slot) {
            Some(Value::DateTimeOffset(at)) => Some(*at),
            _ => None,
        };
        let number = |slot| match record.get(slot) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let recorded_slot = match record.get(slots.recorded_state) {
            None | Some(Value::Null) => slots.configuration_state,
            Some(_) => slots.recorded_state,
        };
        let applied = text(slots.configuration_id).zip(number(slots.configuration_version));
        Ok(AgentState {
            public_key: text(slots.public_key).ok_or_else(damaged)?,
            enrolled_at: time(slots.enrolled_date_time).ok_or_else(damaged)?,
            reported_at: time(slots.last_report_date_time),
            sequence: number(slots.sequence).unwrap_or_default(),
            machine: self.read_machine(record.get(slots.machine)),
            firmware: text(slots.firmware_driver).map(|driver| FirmwareInterface {
                driver,
                is_password_set: flag(slots.is_password_set),
                is_reboot_pending: flag(slots.is_reboot_pending),
            }),
            assigned: record.text(slots.assigned_configuration_id).map(Key::parse),
            applied: applied.map(|(id, version)| ConfigurationVersion { id, version }),
            run_state: self.run_states.state(&record, slots.configuration_state),
            recorded_state: self.run_states.state(&record, recorded_slot),
            run_digest: text(slots.run_digest),
            attributes: AttributeValues(attributes),
        })
    }

    /// The entity that an agent is stored as.
    pub(super) fn write(&self, model: &Model, key: &Key, state: &AgentState) -> Result<Valid, Error> {
        let slots = &self.slots;
        let mut record = Record::empty(self.entity, model.structured(self.entity).slots);
        let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::String(text.into()));
        let firmware = state.firmware.as_ref();
        let attributes = serde_json::to_string(&state.attributes)
            .map_err(|error| Error::defect(format!("attributes cannot be written: {error}")))?;
        let values = [
            (0, Value::String(key.to_string().into())),
            (slots.public_key, text(Some(&state.public_key))),
            (slots.enrolled_date_time, Value::DateTimeOffset(state.enrolled_at)),
            (slots.last_report_date_time, state.reported_at.map_or(Value::Null, Value::DateTimeOffset)),
            (slots.sequence, Value::Int(state.sequence)),
            (slots.machine, self.write_machine(model, &state.machine)),
            (slots.firmware_driver, text(firmware.map(|firmware| &*firmware.driver))),
            (
                slots.is_password_set,
                Value::Boolean(firmware.is_some_and(|firmware| firmware.is_password_set)),
            ),
            (
                slots.is_reboot_pending,
                Value::Boolean(firmware.is_some_and(|firmware| firmware.is_reboot_pending)),
            ),
            (slots.assigned_configuration_id, text(state.assigned.as_ref().map(Key::to_string).as_deref())),
            (slots.configuration_id, text(state.applied.as_ref().map(|applied| &*applied.id))),
            (
                slots.configuration_version,
                state.applied.as_ref().map_or(Value::Null, |applied| Value::Int(applied.version)),
            ),
            (slots.configuration_state, self.run_states.value(state.run_state)),
            (slots.recorded_state, self.run_states.value(state.recorded_state)),
            (slots.run_digest, text(state.run_digest.as_deref())),
            (slots.attributes, text(Some(&attributes))),
        ];
        for (slot, value) in values {
            record.set(slot, value);
        }
        Ok(Draft(record).complete(model)?)
    }

    fn read_machine(&self, value: Option<&Value>) -> Machine {
        let Some(Value::Complex(record)) = value else { return Machine::default() };
        let mut machine = Machine::default();
        for (place, slot) in machine.texts_mut().into_iter().zip(&self.machine_slots) {
            *place = record.text(*slot).unwrap_or_default().to_owned();
        }
        machine
    }

    fn write_machine(&self, model: &Model, machine: &Machine) -> Value {
        let mut record = Record::empty(self.machine, model.structured(self.machine).slots);
        for ((_, text), slot) in machine.texts().into_iter().zip(&self.machine_slots) {
            record.set(*slot, if text.is_empty() { Value::Null } else { Value::String(text.into()) });
        }
        Value::Complex(Box::new(record))
    }
}
