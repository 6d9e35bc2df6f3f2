//! An order about the password is opened and carried out, and what became of it is put in the words of a check-in.
//!
//! Passwords are in memory only, so that whoever ends the agent has the next one ask again.

use agent::{Firmware, FirmwarePassword};
use check_in::{PasswordKey, PasswordOrder, PasswordReport, Passwords, SealingPlace};
use password_rotation::Order;
use zeroize::Zeroizing;

use crate::error::AgentError;

/// The passwords of an order, with the key of the request that it answers.
pub(crate) fn open(order: &PasswordOrder, key: PasswordKey, key_id: &str) -> Result<Passwords, AgentError> {
    let PasswordOrder { version, action, sealed } = order;
    let place = SealingPlace { key_id, action: *action, version: *version };
    key.open(place, sealed).map_err(|fault| AgentError::Unreadable(fault.to_string()))
}

/// Carries out an order: what became of it, and the password that opens the firmware now. `reached` is told before each step.
pub(crate) fn carry_out(
    order: &PasswordOrder,
    passwords: &Passwords,
    firmware: &mut dyn Firmware,
    reached: &mut dyn FnMut(),
) -> Result<(PasswordReport, Option<Zeroizing<String>>), AgentError> {
    let in_plain = Order {
        action: order.action,
        current: passwords.current.as_ref().map(|password| password.as_str()),
        staged: passwords.staged.as_ref().map(|password| password.as_str()),
    };
    let outcome = password_rotation::carry_out(&in_plain, &mut FirmwarePassword { firmware, reached })?;
    let opening = outcome.opening(&in_plain).map(|password| Zeroizing::new(password.to_owned()));
    let report = PasswordReport { version: order.version, outcome: outcome.outcome, reason: outcome.reason };
    Ok((report, opening))
}
