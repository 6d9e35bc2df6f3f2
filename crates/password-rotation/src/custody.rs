//! The server's side: what is known of a device's password, and what is decided when the device checks in.
//!
//! Passwords themselves are not looked at: what moves from which place to which is a [`Move`], and the vault carries it out.

use check_in::{PasswordAction, PasswordOutcome};

/// What is known of the password of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Custody {
    /// Whether there is a password that opened the firmware when it was heard of last.
    pub has_current: bool,
    /// Whether there is one that is to take its place, and may have done so.
    pub has_staged: bool,
    /// What else is going on.
    pub phase: Phase,
    /// How often the firmware has refused the staged one.
    pub refusals: u32,
    /// Whether a rotation was asked for, or the password was shown to somebody.
    pub is_due: bool,
    /// Rises with each change of the passwords.
    pub version: i64,
}

/// What is going on with a password, beside its staging.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing else is going on.
    #[default]
    Settled,
    /// It is to be removed from the firmware.
    Clearing,
    /// The firmware is closed by a password that is not known.
    Foreign,
}

/// What the configuration of the device says of passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The device has a password of its own.
    Wanted,
    /// It has none.
    Disabled,
    /// Nothing is said: what there is stays.
    Unsaid,
}

/// What the device says in a check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceSays {
    /// Whether the firmware asks for a password.
    pub is_set: bool,
    /// Whether something takes effect after a restart, which may be a password.
    pub is_restart_pending: bool,
    /// What became of an order, and the version of it.
    pub report: Option<(i64, PasswordOutcome)>,
}

/// What happens to a password that was in its place for long enough. Former passwords are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The staged one becomes the current one, which becomes the newest former one.
    Promote,
    /// The staged one becomes the newest former one.
    ShelveStaged,
    /// The current one becomes the newest former one.
    ShelveCurrent,
}

/// What is decided. The move comes first, then a new password is staged, and all of it is committed before the order is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What is known afterwards.
    pub next: Custody,
    /// What happens to a password.
    pub moved: Option<Move>,
    /// Whether a new password is made and staged.
    pub stages: bool,
    /// What the device is to do.
    pub order: Option<PasswordAction>,
}

impl Decision {
    /// Whether the firmware turns out to be closed by an unknown password, which somebody has to know.
    pub fn is_alarming(&self, before: Custody) -> bool {
        self.next.phase == Phase::Foreign && before.phase != Phase::Foreign
    }
}

impl Custody {
    /// Decides about a check-in. `is_old` says that the current password has been in use for so long that it is replaced.
    ///
    /// A rotation that was begun is ended before anything else begins, because only its end tells which password opens the
    /// firmware. An order that the device has just tried in vain is not given again in the same answer.
    pub fn decide(self, policy: Policy, says: DeviceSays, is_old: bool) -> Decision {
        let outcome = says.report.filter(|(version, _)| *version == self.version).map(|(_, outcome)| outcome);
        let mut decision = Decision { next: self, moved: None, stages: false, order: None };
        decision.hear(outcome);
        decision.leave_phase(policy, says, outcome);
        if decision.next.phase == Phase::Settled {
            match decision.next.has_staged {
                true => decision.go_on(policy, says, outcome),
                // The one that has just been set is new.
                false => decision.begin(policy, says.is_set, is_old && decision.moved.is_none()),
            }
        }
        if decision.next.phase == Phase::Clearing && !is_in_vain(outcome) {
            decision.order = Some(PasswordAction::Clear);
        }
        let of = |custody: Custody| (custody.has_current, custody.has_staged, custody.phase);
        // A record that was made by hand becomes the device's with the first check-in.
        let is_adopted = self.version == 0 && self.has_current;
        if is_adopted || decision.moved.is_some() || decision.stages || of(decision.next) != of(self) {
            decision.next.version += 1;
        }
        decision
    }

    /// Whether the firmware is opened with the current password, if something is to be written to it.
    pub fn unlocks(self, is_set: bool) -> bool {
        is_set && self.phase == Phase::Settled && self.has_current && !self.has_staged
    }
}

/// Whether the device has just tried what it was told, and it did not take effect.
fn is_in_vain(outcome: Option<PasswordOutcome>) -> bool {
    matches!(
        outcome,
        Some(
            PasswordOutcome::Refused
                | PasswordOutcome::Unclear
                | PasswordOutcome::AwaitsRestart
                | PasswordOutcome::Foreign
        )
    )
}

impl Decision {
    /// Takes note of what became of the last order.
    fn hear(&mut self, outcome: Option<PasswordOutcome>) {
        let next = &mut self.next;
        match outcome {
            Some(PasswordOutcome::Set) if next.has_staged => {
                self.moved = Some(Move::Promote);
                *next = Custody {
                    has_current: true,
                    has_staged: false,
                    phase: Phase::Settled,
                    refusals: 0,
                    ..*next
                };
            }
            Some(PasswordOutcome::Refused | PasswordOutcome::Unclear) => {
                next.refusals = next.refusals.saturating_add(1)
            }
            Some(PasswordOutcome::Foreign) => {
                *next = Custody { phase: Phase::Foreign, is_due: false, ..*next }
            }
            _ => {}
        }
    }

    /// Ends what is going on, if it is over.
    fn leave_phase(&mut self, policy: Policy, says: DeviceSays, outcome: Option<PasswordOutcome>) {
        let next = &mut self.next;
        match next.phase {
            Phase::Settled => {}
            // The foreign password is gone, or somebody wants the known ones to be tried again.
            Phase::Foreign if !says.is_set || (next.is_due && outcome.is_none()) => {
                next.phase = Phase::Settled
            }
            Phase::Foreign => {}
            Phase::Clearing if !says.is_set => {
                self.moved = Some(Move::ShelveCurrent);
                *next = Custody {
                    has_current: false,
                    phase: Phase::Settled,
                    refusals: 0,
                    is_due: false,
                    ..*next
                };
            }
            Phase::Clearing if policy != Policy::Disabled => next.phase = Phase::Settled,
            Phase::Clearing => {}
        }
    }

    /// Goes on with a rotation that was begun. If the firmware has just refused and nothing waits for a restart, the staged
    /// password is not in use, so that another may take its place.
    fn go_on(&mut self, policy: Policy, says: DeviceSays, outcome: Option<PasswordOutcome>) {
        let next = &mut self.next;
        let is_refused = outcome == Some(PasswordOutcome::Refused) && !says.is_restart_pending;
        if is_refused && policy == Policy::Disabled {
            self.moved = Some(Move::ShelveStaged);
            *next = Custody { has_staged: false, refusals: 0, ..*next };
        } else if is_refused && next.is_due {
            self.moved = Some(Move::ShelveStaged);
            self.stage();
        } else if !is_in_vain(outcome) {
            self.order = Some(PasswordAction::Set);
        }
    }

    /// Begins what is to be done where no rotation is under way.
    fn begin(&mut self, policy: Policy, is_set: bool, is_old: bool) {
        let next = &mut self.next;
        match (next.has_current, is_set) {
            (_, false) if policy == Policy::Wanted => self.stage(),
            (true, false) if self.moved.is_none() => {
                self.moved = Some(Move::ShelveCurrent);
                *next = Custody { has_current: false, is_due: false, ..*next };
            }
            (true, true) if policy == Policy::Disabled => {
                *next = Custody { phase: Phase::Clearing, refusals: 0, is_due: false, ..*next };
            }
            (true, true) if next.is_due || is_old => self.stage(),
            (false, true) if policy == Policy::Wanted => {
                *next = Custody { phase: Phase::Foreign, is_due: false, ..*next };
            }
            // There is nothing to rotate.
            (false, _) => next.is_due = false,
            _ => {}
        }
    }

    fn stage(&mut self) {
        self.stages = true;
        self.order = Some(PasswordAction::Set);
        self.next = Custody { has_staged: true, refusals: 0, is_due: false, ..self.next };
    }
}
