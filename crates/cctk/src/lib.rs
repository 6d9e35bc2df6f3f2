//! Files of BIOS settings as Dell Command | Configure writes them (`.cctk`): read, checked and compared.
//!
//! Pure: no I/O and no async. [`File::parse`] reads one or says with line and column why it cannot be read, [`lint`] says
//! what its settings would do that nobody may want, and [`compare`] tells two of them apart in words.

mod comparison;
mod encoding;
mod file;
mod finding;
mod fwupd;
mod hazard;
mod lint;
mod name;
mod parse;

pub use comparison::{Difference, compare};
pub use encoding::FILE_BYTES_MAX;
pub use file::{File, Line, Setting};
pub use finding::{Finding, Position, Rule};
pub use fwupd::{FwupdPolicy, FwupdSetting, fwupd_policy};
pub use hazard::{HAZARDS, Hazard, Pattern};
pub use lint::lint;
pub use name::{SettingPurpose, may_repeat, purpose};
