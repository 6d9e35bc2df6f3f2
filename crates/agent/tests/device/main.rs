//! The device's side as its callers use it: behaviour of each maker, plans, their execution, files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod all_or_nothing;
mod applying;
mod dell;
mod failing;
mod files;
mod makers;
mod order;
mod password;
mod verdicts;

use agent::{Plan, SettingResult, SimulatedFirmware, Vendor, plan};
use cctk::File;

/// The file of these lines.
pub fn file(lines: &str) -> File {
    File::parse(lines.as_bytes()).unwrap_or_else(|findings| panic!("{lines}: {findings:?}"))
}

/// A machine of a maker with all defaults.
pub fn machine(vendor: Vendor) -> SimulatedFirmware {
    SimulatedFirmware::with_defaults(vendor, 1)
}

/// What these lines would do to a machine.
pub fn planned(firmware: &dyn agent::Firmware, lines: &str) -> Plan {
    plan(&file(lines), &firmware.attributes().unwrap())
}

/// What became of each setting, in words.
pub fn results(outcome: &agent::Outcome) -> Vec<String> {
    outcome.settings.iter().map(|setting| format!("{}: {}", setting.name, setting.result)).collect()
}

/// Whether a setting was refused.
pub fn is_refused(result: &SettingResult) -> bool {
    matches!(result, SettingResult::Refused(_))
}
