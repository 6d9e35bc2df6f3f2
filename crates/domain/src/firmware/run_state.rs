//! `runState`: how a configuration fared on a device, and the counters that tell how many fared so.

use engine::handlers::{Names, StartError};
use odata::{Record, Value};

/// How a configuration fared on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunState {
    /// The device has not reported.
    Unknown,
    /// Every setting that applies has its value.
    Success,
    /// A setting was refused, or has another value.
    Fail,
    /// The file could not be read, or the agent failed.
    ScriptError,
    /// It was delivered, or a reboot is outstanding.
    Pending,
    /// The device cannot have it.
    NotApplicable,
}

impl RunState {
    /// All states, in the order of their numbers in the documents.
    pub(crate) const ALL: [RunState; 6] = [
        RunState::Unknown,
        RunState::Success,
        RunState::Fail,
        RunState::ScriptError,
        RunState::Pending,
        RunState::NotApplicable,
    ];
    /// The states, the worst first: a user is counted by the worst state of its devices.
    const BY_SEVERITY: [RunState; 6] = [
        RunState::ScriptError,
        RunState::Fail,
        RunState::Pending,
        RunState::Unknown,
        RunState::Success,
        RunState::NotApplicable,
    ];

    /// The name in the model.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RunState::Unknown => "unknown",
            RunState::Success => "success",
            RunState::Fail => "fail",
            RunState::ScriptError => "scriptError",
            RunState::Pending => "pending",
            RunState::NotApplicable => "notApplicable",
        }
    }

    /// The first word of the names of its counters.
    fn counter(self) -> &'static str {
        match self {
            RunState::Unknown => "unknown",
            RunState::Success => "successful",
            RunState::Fail => "failed",
            RunState::ScriptError => "error",
            RunState::Pending => "pending",
            RunState::NotApplicable => "notApplicable",
        }
    }
}

/// The states as values of the model.
#[derive(Clone)]
pub(crate) struct RunStateValues([Value; 6]);

impl RunStateValues {
    pub(crate) fn new(names: &Names<'_>) -> Result<RunStateValues, StartError> {
        let mut values = [const { Value::Null }; 6];
        for (value, state) in values.iter_mut().zip(RunState::ALL) {
            *value = names.member("runState", state.name())?;
        }
        Ok(RunStateValues(values))
    }

    /// The value of a state.
    pub(crate) fn value(&self, state: RunState) -> Value {
        self.0[state as usize].clone()
    }

    /// The state in a slot; nobody has reported where there is none.
    pub(crate) fn state(&self, record: &Record, slot: u16) -> RunState {
        record.get(slot).map_or(RunState::Unknown, |value| self.of(value))
    }

    /// The state with a number.
    pub(crate) fn of_number(&self, number: i64) -> RunState {
        self.of(&Value::Enum(number))
    }

    fn of(&self, value: &Value) -> RunState {
        let found = self.0.iter().zip(RunState::ALL).find(|(known, _)| *known == value);
        found.map_or(RunState::Unknown, |(_, state)| state)
    }
}

/// The slots of a type's counters, one for each state.
#[derive(Clone, Copy)]
pub(super) struct Counters([u16; 6]);

impl Counters {
    /// Looks up the counters whose names end in `suffix`: `successfulDeviceCount`.
    pub(super) fn new(names: &Names<'_>, type_name: &str, suffix: &str) -> Result<Counters, StartError> {
        let mut slots = [0; 6];
        for (slot, state) in slots.iter_mut().zip(RunState::ALL) {
            *slot = names.slot(type_name, &format!("{}{suffix}", state.counter()))?;
        }
        Ok(Counters(slots))
    }

    /// The number of those in a state.
    pub(super) fn get(self, record: &Record, state: RunState) -> i64 {
        match record.get(self.0[state as usize]) {
            Some(Value::Int(count)) => *count,
            _ => 0,
        }
    }

    /// Counts some more in a state, or fewer; never less than none.
    pub(super) fn add(self, record: &mut Record, state: RunState, more: i64) {
        let count = self.get(record, state).saturating_add(more).clamp(0, i64::from(i32::MAX));
        record.set(self.0[state as usize], Value::Int(count));
    }

    /// The worst state that anything is in.
    pub(super) fn worst(self, record: &Record) -> RunState {
        let worst = RunState::BY_SEVERITY.into_iter().find(|state| self.get(record, *state) > 0);
        worst.unwrap_or(RunState::Unknown)
    }

    /// Whether anything is counted.
    pub(super) fn is_empty(self, record: &Record) -> bool {
        RunState::ALL.into_iter().all(|state| self.get(record, state) == 0)
    }
}
