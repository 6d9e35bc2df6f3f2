//! How far the password of a device is, as the state of its configuration says.

use crate::custody::{Custody, Phase, Policy};

/// How often a firmware refuses a password before somebody has to know.
pub const REFUSALS_MAX: u32 = 3;

/// How far the password of a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is as the configuration says.
    Done,
    /// It will be.
    Underway,
    /// The firmware refuses it again and again.
    Refused,
    /// The firmware is closed by a password that is not known.
    Foreign,
}

impl Progress {
    /// How far a password is. One that is replaced is done all the same: the device has one.
    pub fn of(custody: Custody, policy: Policy) -> Progress {
        let is_refused = custody.refusals >= REFUSALS_MAX;
        match (policy, custody.phase) {
            (Policy::Unsaid, _) => Progress::Done,
            (_, Phase::Foreign) => Progress::Foreign,
            _ if is_refused => Progress::Refused,
            (Policy::Wanted, _) if custody.has_current => Progress::Done,
            (Policy::Disabled, _) if !custody.has_current && !custody.has_staged => Progress::Done,
            _ => Progress::Underway,
        }
    }
}
