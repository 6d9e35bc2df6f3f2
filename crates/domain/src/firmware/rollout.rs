//! `hardwareConfigurations/{id}/rollout`: how a configuration reaches its devices.

use odata::{Record, Value};

use super::sets::ROLLOUT;

/// How a configuration reaches its devices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rollout {
    /// Whether a device applies all settings or none.
    pub(crate) is_atomic: bool,
}

impl Default for Rollout {
    /// What holds where nobody has said anything.
    fn default() -> Rollout {
        Rollout { is_atomic: true }
    }
}

engine::slots! {
    /// Where a rollout says what was asked for.
    pub(super) struct RolloutSlots of ROLLOUT {
        is_atomic,
    }
}

impl RolloutSlots {
    /// Reads what is stored.
    pub(super) fn read(&self, record: &Record) -> Rollout {
        Rollout { is_atomic: record.get(self.is_atomic) != Some(&Value::Boolean(false)) }
    }
}
