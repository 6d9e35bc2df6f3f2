//! What became of a configuration on a device: `graph.runState`.

use engine::handlers::{Names, StartError};
use odata::Value;

/// The states of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RunState {
    /// A configuration is meant for the device, which never said anything of it.
    #[default]
    Unknown,
    /// All settings have their values.
    Success,
    /// A setting was refused.
    Fail,
    /// The file could not be applied as a whole.
    ScriptError,
    /// It is on its way, or waits for a restart.
    Pending,
    /// The device cannot take it.
    NotApplicable,
}

const ALL: [(RunState, &str); 6] = [
    (RunState::Unknown, "unknown"),
    (RunState::Success, "success"),
    (RunState::Fail, "fail"),
    (RunState::ScriptError, "scriptError"),
    (RunState::Pending, "pending"),
    (RunState::NotApplicable, "notApplicable"),
];

/// The members of `runState`.
pub(super) struct RunStates([(RunState, Value); ALL.len()]);

impl RunStates {
    pub(super) fn new(names: &Names<'_>) -> Result<RunStates, StartError> {
        let mut members = ALL.map(|(state, _)| (state, Value::Null));
        for ((_, value), (_, name)) in members.iter_mut().zip(ALL) {
            *value = names.member("runState", name)?;
        }
        Ok(RunStates(members))
    }

    pub(super) fn read(&self, value: Option<&Value>) -> RunState {
        let found = self.0.iter().find(|(_, member)| Some(member) == value);
        found.map_or(RunState::Unknown, |(state, _)| *state)
    }

    pub(super) fn write(&self, state: RunState) -> Value {
        let found = self.0.iter().find(|(known, _)| *known == state);
        found.map_or(Value::Null, |(_, member)| member.clone())
    }
}
