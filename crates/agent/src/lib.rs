//! The device's side of BIOS settings, without the network.
//!
//! A [`Firmware`] is a machine's BIOS as the kernel shows it: files below `/sys` ([`SysfsFirmware`]), or one in memory
//! that behaves as the drivers do ([`SimulatedFirmware`]). [`plan`] says what each line of a file would do to it, and in
//! which order; [`apply`] does it, wholly or not at all.

mod apply;
mod attribute;
mod firmware;
mod legal;
mod modifier;
mod order;
mod outcome;
mod password;
mod plan;
mod restore;
mod simulated;
mod step;
mod sysfs;
mod verdict;

pub use apply::{Terms, apply};
pub use attribute::{Attribute, AttributeKind, Attributes};
pub use firmware::{Firmware, FirmwareError, FirmwareRefusal, MachineIdentity, PasswordLengths, Vendor};
pub use modifier::{AttributeCondition, Effect, Force, Modifier};
pub use outcome::{Outcome, SettingOutcome, SettingResult};
pub use password::FirmwarePassword;
pub use plan::{Plan, PlannedSetting, plan};
pub use simulated::{BehavingTree, Mishap, PasswordRole, Random, SimulatedFirmware, write_tree};
pub use step::ApplyStep;
pub use sysfs::SysfsFirmware;
pub use verdict::Verdict;
