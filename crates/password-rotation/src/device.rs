//! The device's side: an order is carried out, whatever became of the orders before it.
//!
//! A device remembers nothing. An order has all passwords that may open the firmware, and carrying it out again does no harm. No
//! password is tried that is not about to be used: firmware locks after a few wrong ones.

use check_in::{PasswordAction, PasswordOutcome};

/// An order, with the passwords in plain.
#[derive(Clone, Copy)]
pub struct Order<'p> {
    /// What is to be done.
    pub action: PasswordAction,
    /// The password that opened the firmware when the server last heard of it.
    pub current: Option<&'p str>,
    /// The password that is to take its place, and may have done so.
    pub staged: Option<&'p str>,
}

/// A firmware with a password.
pub trait PasswordDevice {
    /// Why it cannot be asked at all.
    type Fault;

    /// Whether the firmware asks for a password.
    fn is_set(&mut self) -> Result<bool, Self::Fault>;

    /// Changes the password to another, with the one that opens the firmware; an empty text is none.
    fn change(&mut self, from: &str, to: &str) -> Result<ChangeResult, Self::Fault>;
}

/// What the firmware says to a change of its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeResult {
    /// It was taken.
    Taken,
    /// The password that shall open it does not.
    Denied,
    /// It was refused for another reason.
    Refused(String),
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the server is told.
    pub outcome: PasswordOutcome,
    /// Why the firmware refused.
    pub reason: Option<String>,
}

impl Outcome {
    fn of(outcome: PasswordOutcome) -> Outcome {
        Outcome { outcome, reason: None }
    }

    fn refused(reason: String) -> Outcome {
        Outcome { outcome: PasswordOutcome::Refused, reason: Some(reason) }
    }

    /// The password that opens the firmware now; none if none does, or none is known that does.
    pub fn opening<'p>(&self, order: &Order<'p>) -> Option<&'p str> {
        match self.outcome {
            PasswordOutcome::Set => order.staged,
            PasswordOutcome::Works
            | PasswordOutcome::AwaitsRestart
            | PasswordOutcome::Refused
            | PasswordOutcome::Unclear => order.current,
            PasswordOutcome::Cleared | PasswordOutcome::Foreign => None,
        }
    }
}

/// Carries out an order.
pub fn carry_out<D: PasswordDevice>(order: &Order<'_>, device: &mut D) -> Result<Outcome, D::Fault> {
    match (order.action, order.current, order.staged) {
        (PasswordAction::Set, current, Some(staged)) => set(current, staged, device),
        (PasswordAction::Clear, Some(current), _) => clear(current, device),
        (PasswordAction::Unlock, Some(current), _) => unlock(current, device),
        (action, ..) => Ok(Outcome::refused(format!("the order to {} has no password", action.name()))),
    }
}

/// Sets the staged password, and opens the firmware with it: by setting it once more, since nothing else asks for it and
/// changes nothing.
fn set<D: PasswordDevice>(current: Option<&str>, staged: &str, device: &mut D) -> Result<Outcome, D::Fault> {
    let mut first = match (device.is_set()?, current) {
        (false, _) => device.change("", staged)?,
        (true, Some(current)) => device.change(current, staged)?,
        (true, None) => ChangeResult::Denied,
    };
    let again = device.change(staged, staged)?;
    let is_set = device.is_set()?;
    if first == ChangeResult::Taken && matches!(again, ChangeResult::Refused(_)) && is_set {
        // Some do not take a password that they have: then the one before opens no more.
        first = device.change(current.unwrap_or_default(), staged)?;
    }
    Ok(match (first, again) {
        (_, ChangeResult::Taken) if is_set => Outcome::of(PasswordOutcome::Set),
        (ChangeResult::Denied, ChangeResult::Refused(_)) if is_set => Outcome::of(PasswordOutcome::Set),
        (ChangeResult::Denied, ChangeResult::Denied) if is_set => Outcome::of(PasswordOutcome::Foreign),
        // It was taken, and neither opens the firmware nor closes it yet.
        (ChangeResult::Taken, _) | (_, ChangeResult::Taken) => Outcome::of(PasswordOutcome::AwaitsRestart),
        (ChangeResult::Refused(reason), ChangeResult::Refused(_)) if is_set => {
            Outcome { outcome: PasswordOutcome::Unclear, reason: Some(reason) }
        }
        (ChangeResult::Refused(reason), _) | (_, ChangeResult::Refused(reason)) => Outcome::refused(reason),
        (ChangeResult::Denied, ChangeResult::Denied) => {
            Outcome::refused("the firmware has no password, and denies to be given one".to_owned())
        }
    })
}

fn clear<D: PasswordDevice>(current: &str, device: &mut D) -> Result<Outcome, D::Fault> {
    if !device.is_set()? {
        return Ok(Outcome::of(PasswordOutcome::Cleared));
    }
    let cleared = device.change(current, "")?;
    Ok(match (cleared, device.is_set()?) {
        (_, false) => Outcome::of(PasswordOutcome::Cleared),
        (ChangeResult::Taken, true) => Outcome::of(PasswordOutcome::AwaitsRestart),
        (ChangeResult::Denied, true) => Outcome::of(PasswordOutcome::Foreign),
        (ChangeResult::Refused(reason), true) => Outcome::refused(reason),
    })
}

fn unlock<D: PasswordDevice>(current: &str, device: &mut D) -> Result<Outcome, D::Fault> {
    if !device.is_set()? {
        return Ok(Outcome::of(PasswordOutcome::Cleared));
    }
    Ok(match device.change(current, current)? {
        ChangeResult::Denied => Outcome::of(PasswordOutcome::Foreign),
        // It opened, even if it does not take a password that it has.
        ChangeResult::Taken | ChangeResult::Refused(_) => Outcome::of(PasswordOutcome::Works),
    })
}
