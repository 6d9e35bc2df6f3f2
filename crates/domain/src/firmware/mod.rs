//! BIOS configuration: `hardwareConfigurations`, the devices that they reach, and how they fare there.
//!
//! What checks devices in asks [`winners::Winners`] which configuration wins a device, and has [`run_states::RunStates`] store what the device
//! reports, both in the unit of the check-in:
//!
//! - [`winners::Winners::winner`] decides by rules that are kept in memory, and are the present ones. Its `conditions` belong into
//!   the unit that is committed because of the decision.
//! - [`winners::Winners::content`] reads the file of the winner, for a device that has another version.
//! - [`run_states::RunStates::record`] gives the changes that store a report, and [`run_states::RunStates::end_others`] those that end the states of a
//!   device under configurations that it has no more. `runSummary` follows by itself: it is worked out from the states.

pub(crate) mod configurations;
mod device_run_states;
mod file_findings;
pub(crate) mod format;
mod hardware_configurations;
mod report_configuration;
pub(crate) mod rollout;
pub(crate) mod run_state;
pub(crate) mod run_states;
mod run_summary;
mod sets;
mod user_run_states;
pub(crate) mod winners;

use std::sync::Arc;

use engine::generic::ReplaceContained;
use engine::handlers::{Names, StartError};
use engine::{Context, Error, Handlers};
use odata::Key;
use store::Change;

use run_states::RunStates;
use winners::Winners;

use crate::MusterSettings;

/// What decides which configuration a device has, and what keeps how it fared. There is one, which all share.
pub(crate) struct Firmware {
    pub(crate) winners: Winners,
    pub(crate) states: RunStates,
}

impl Firmware {
    pub(crate) fn new(names: &Names<'_>) -> Result<Firmware, StartError> {
        Ok(Firmware { winners: Winners::new(names)?, states: RunStates::new(names)? })
    }

    /// The changes that end what a device has of any configuration.
    pub(crate) async fn removal(&self, context: &Context<'_>, device: &Key) -> Result<Vec<Change>, Error> {
        self.states.end_others(context, &self.winners, device, None).await
    }
}

/// Registers the behaviour of configurations and of what they contain, and the actions on them.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
    firmware: &Arc<Firmware>,
) -> Result<(), StartError> {
    let configurations = hardware_configurations::HardwareConfigurations::new(names, settings.firmware.lint)?;
    handlers.set(names.set(sets::CONFIGURATIONS)?, configurations);
    let assignments = names.set(sets::ASSIGNMENTS)?;
    for action in ["assign", "assignHardwareConfiguration"] {
        let id = names.operation(action, sets::CONFIGURATION)?;
        let replace = ReplaceContained::new(names, id, assignments, "hardwareConfigurationAssignments")?;
        handlers.operation(id, replace);
    }
    device_run_states::register(names, handlers)?;
    user_run_states::register(names, handlers)?;
    run_summary::register(names, handlers)?;
    report_configuration::register(names, handlers, firmware.clone())
}
