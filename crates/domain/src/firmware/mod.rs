//! BIOS configuration: `hardwareConfigurations`, the devices that they reach, and how they fare there.
//!
//! What checks devices in has a [`ConfiguredDevices`]. It asks its `winners` which configuration wins a device, and has its `states`
//! keep what the device reports, both in the unit of the check-in:
//!
//! - `Winners::winner` decides by rules that are kept in memory, and are the present ones. Its `conditions` belong into the unit
//!   that is committed because of the decision. Its `release` says whether the file is delivered yet.
//! - `Winners::content` reads the file of the winner, for a device that has another version.
//! - `RunStates::record` gives the changes that store a report, and `RunStates::end_others` those that end the states of a device
//!   under configurations that it has no more. `runSummary` follows by itself: it is worked out from the states.

mod assignments;
pub(crate) mod configurations;
mod configured_devices;
mod device_run_states;
mod file_findings;
pub(crate) mod format;
mod hardware_configurations;
mod lint_action;
mod report_configuration;
mod ring_outcome;
pub(crate) mod rollout;
mod rollouts;
pub(crate) mod run_state;
pub(crate) mod run_states;
mod run_summary;
pub(crate) mod sets;
mod user_run_states;
mod versions;
mod wait;
mod why;
pub(crate) mod winners;

pub(crate) use configured_devices::ConfiguredDevices;

use std::sync::Arc;

use engine::Handlers;
use engine::generic::ReplaceContained;
use engine::handlers::{Names, StartError};

use crate::MusterSettings;

/// Registers the behaviour of configurations and of what they contain, and the actions on them.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    firmware: &Arc<ConfiguredDevices>,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let configurations = hardware_configurations::HardwareConfigurations::new(names, settings.firmware.lint)?;
    handlers.set(names.set(sets::CONFIGURATIONS)?, configurations);
    let assignments = names.set(sets::ASSIGNMENTS)?;
    for action in ["assign", "assignHardwareConfiguration"] {
        let id = names.operation(action, sets::CONFIGURATION)?;
        let replace = ReplaceContained::new(names, id, assignments, "hardwareConfigurationAssignments")?;
        handlers.operation(id, replace);
    }
    lint_action::register(names, handlers, settings.firmware.lint)?;
    assignments::register(names, handlers)?;
    device_run_states::register(names, handlers, firmware.winners.clone())?;
    rollouts::register(names, handlers, settings.firmware.halt_after_failures)?;
    user_run_states::register(names, handlers)?;
    run_summary::register(names, handlers)?;
    report_configuration::register(names, handlers, firmware.clone())?;
    wait::register(names, handlers)?;
    why::register(names, handlers, firmware.clone())
}
