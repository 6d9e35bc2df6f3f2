//! The passwords of devices with an agent: what a check-in comes to in the vault, and what is sent of it.
//!
//! What is sent to a device is what was read back from the vault after the commit, with the receipt of a record that it was: so a
//! device never has a password that is not at rest.

use check_in::{PasswordAction, PasswordOrder, Passwords, SealedPasswords, SealingPlace};
use engine::handlers::{Names, StartError};
use engine::{Context, Error, later, note};
use odata::edm::TypeId;
use odata::payload::Draft;
use odata::value::{Sealed, Succession};
use odata::{Key, Record, Value};
use password_rotation::{Decision, DeviceSays, Move, Phase, Policy, Progress};
use store::{Change, NoteKind, Receipt, Row};
use zeroize::Zeroizing;

use super::password_rules::PasswordRules;
use super::sets::STORED;
use super::vault::{PREVIOUS_PASSWORDS_MAX, SECONDS_PER_DAY, Vault, instant};
use crate::Custody;

/// The passwords of devices.
pub(crate) struct DevicePasswords {
    vault: Vault,
    entity: TypeId,
    rotate_every_days: u32,
}

/// A check-in, as far as the password goes.
pub(crate) struct PasswordCheckIn<'a> {
    /// The key of the device's record: its id as a managed device.
    pub(crate) key: Key,
    pub(crate) serial_number: Option<&'a str>,
    pub(crate) policy: Policy,
    pub(crate) says: DeviceSays,
    /// What a new password has to be like; asked if one is made.
    pub(crate) rules: &'a (dyn Fn() -> Result<PasswordRules, Error> + Sync),
}

/// What a check-in comes to.
pub(crate) struct PasswordStep {
    key: Key,
    /// How far the password is; none if its record was deleted.
    progress: Option<Progress>,
    changes: Vec<Change>,
    version: i64,
    order: Option<PasswordAction>,
    can_unlock: bool,
    /// Whether the firmware turns out to be closed by an unknown password.
    pub(crate) is_alarming: bool,
}

/// An order that is sent when what it needs is committed.
pub(crate) struct PendingOrder {
    key: Key,
    version: i64,
    action: PasswordAction,
}

impl PasswordStep {
    /// Has the device open its firmware, if it is to write something, and does not do so for another order.
    pub(crate) fn unlock(&mut self) {
        if self.order.is_none() && self.can_unlock {
            self.order = Some(PasswordAction::Unlock);
        }
    }

    /// Whether the state of the configuration waits for the password.
    pub(crate) fn is_underway(&self) -> bool {
        self.progress == Some(Progress::Underway)
    }

    /// What is wrong with the password; none if nothing is.
    pub(crate) fn failure(&self) -> Option<&'static str> {
        match self.progress {
            Some(Progress::Done | Progress::Underway) => None,
            Some(Progress::Refused) => Some("the BIOS refuses a new password again and again"),
            Some(Progress::Foreign) => Some("the BIOS is closed by a password that is not known"),
            None => Some("the record of its BIOS passwords was deleted; restore it with muster.restore"),
        }
    }
}

impl DevicePasswords {
    pub(crate) fn new(names: &Names<'_>, settings: &Custody) -> Result<DevicePasswords, StartError> {
        Ok(DevicePasswords {
            vault: Vault::new(names, settings)?,
            entity: names.structured(STORED.1)?,
            rotate_every_days: settings.rotate_every_days,
        })
    }

    /// Decides about a check-in. Of a deleted record only what the device has done is kept.
    pub(crate) async fn decide(
        &self,
        context: &Context<'_>,
        check_in: &PasswordCheckIn<'_>,
    ) -> Result<PasswordStep, Error> {
        let stored = self.vault.stored(context, &check_in.key).await?;
        let record = stored.as_ref().map(|(_, record)| record);
        let is_deleted = record.is_some_and(|record| self.vault.deleted_at(record).is_some());
        let before = record.map(|record| self.vault.custody(record)).unwrap_or_default();
        let policy = if is_deleted { Policy::Unsaid } else { check_in.policy };
        let is_old = record.is_some_and(|record| self.is_old(context, record));
        let mut decision = match is_deleted {
            false => before.decide(policy, check_in.says, is_old),
            true => {
                let asleep = password_rotation::Custody { is_due: false, ..before };
                let mut decision = asleep.decide(policy, check_in.says, false);
                decision.next.is_due = before.is_due;
                decision
            }
        };
        if is_deleted {
            decision.order = None;
        }
        let is_missed = is_deleted
            && match check_in.policy {
                Policy::Wanted => true,
                Policy::Disabled => check_in.says.is_set,
                Policy::Unsaid => false,
            };
        let next = decision.next;
        let mut step = PasswordStep {
            key: check_in.key.clone(),
            progress: (!is_missed).then(|| Progress::of(next, policy)),
            changes: Vec::new(),
            version: next.version,
            order: decision.order,
            can_unlock: !is_deleted && next.unlocks(check_in.says.is_set),
            is_alarming: decision.is_alarming(before),
        };
        if next != before || decision.moved.is_some() || decision.stages {
            step.changes.push(self.change(context, check_in, stored.as_ref(), decision)?);
        }
        let is_rotated = matches!(decision.moved, Some(Move::Promote | Move::ShelveCurrent));
        for (is_so, kind) in [(is_rotated, NoteKind::Rotated), (step.is_alarming, NoteKind::Mismatched)] {
            step.changes.extend(is_so.then(|| note(kind, self.vault.set, &check_in.key)));
        }
        Ok(step)
    }

    /// Whether the current password is to be replaced for its age.
    fn is_old(&self, context: &Context<'_>, record: &Record) -> bool {
        let since = instant(record, self.vault.slots.current_password_date_time);
        let seconds = i64::from(self.rotate_every_days) * SECONDS_PER_DAY;
        self.rotate_every_days > 0 && since.is_some_and(|since| later(since, seconds) <= context.now)
    }

    /// The change that a decision comes to.
    fn change(
        &self,
        context: &Context<'_>,
        check_in: &PasswordCheckIn<'_>,
        stored: Option<&(Row, Record)>,
        decision: Decision,
    ) -> Result<Change, Error> {
        let (vault, slots, model) = (&self.vault, &self.vault.slots, context.model());
        let empty = || Record::empty(self.entity, model.structured(self.entity).slots);
        let before = stored.map_or_else(empty, |(_, record)| record.clone());
        let mut next = before.clone();
        if let Some(moved) = decision.moved {
            self.carry_out(context, moved, &before, &mut next);
        }
        if decision.stages {
            let password = (check_in.rules)()?.generate()?;
            next.set(slots.staged_password, Value::String(password.as_str().into()));
        }
        let count = match stored {
            Some(_) => vault.previous_count(&before, &next),
            None => Value::Int(0),
        };
        next.set(slots.previous_password_count, count);
        vault.note_custody(&mut next, decision.next);
        let (set, key) = (vault.set, check_in.key.clone());
        match stored {
            Some((row, _)) => engine::generic::bare_update(context, set, row, &before, next),
            None => {
                let serial_number =
                    check_in.serial_number.map_or(Value::Null, |text| Value::String(text.into()));
                next.set(0, Value::String(key.to_string().into()));
                next.set(slots.serial_number, serial_number);
                let entity = Draft(next).complete(model)?;
                Ok(Change::Insert { set, parent: None, key, entity })
            }
        }
    }

    /// Moves a password, sealed as it is.
    fn carry_out(&self, context: &Context<'_>, moved: Move, before: &Record, next: &mut Record) {
        let slots = &self.vault.slots;
        let mut succeed = |to, from, succession| {
            if let Some(Value::Sealed(Sealed { bytes, .. })) = before.get(from) {
                let sealed = Sealed { bytes: bytes.clone(), succession: Some(succession) };
                next.set(to, Value::Sealed(sealed));
            }
        };
        let (current, staged) = (slots.current_password, slots.staged_password);
        let shelved = |from| Succession::following(from, PREVIOUS_PASSWORDS_MAX);
        match moved {
            Move::Promote => {
                succeed(slots.previous_passwords, current, shelved(current));
                succeed(current, staged, Succession::Take { from: staged });
            }
            Move::ShelveStaged => succeed(slots.previous_passwords, staged, shelved(staged)),
            Move::ShelveCurrent => succeed(slots.previous_passwords, current, shelved(current)),
        }
        if moved != Move::ShelveCurrent {
            next.set(staged, Value::Null);
        }
        if moved != Move::ShelveStaged {
            // What was asked for and approved of is the password before.
            self.vault.request().into_iter().for_each(|slot| next.set(slot, Value::Null));
        }
        match moved {
            Move::Promote => {
                next.set(slots.current_password_date_time, Value::DateTimeOffset(context.now));
            }
            Move::ShelveCurrent => {
                next.set(current, Value::Null);
                next.set(slots.current_password_date_time, Value::Null);
            }
            Move::ShelveStaged => {}
        }
    }

    /// The changes of a step, and the order that follows their commit. That passwords are sent is on record with them.
    pub(crate) fn finish(&self, step: PasswordStep) -> (Vec<Change>, Option<PendingOrder>) {
        let PasswordStep { key, mut changes, version, order, .. } = step;
        let order = order.map(|action| PendingOrder { key, version, action });
        if let Some(order) = &order {
            changes.push(Change::Reveal { set: self.vault.set, keys: vec![order.key.clone()] });
        }
        (changes, order)
    }

    /// What the device is sent: passwords as they are at rest now, sealed to the key of its request. None if others have changed
    /// them meanwhile; then they come with the next check-in.
    pub(crate) async fn sealed(
        &self,
        context: &Context<'_>,
        receipt: &Receipt,
        order: PendingOrder,
        (key_id, request_key): (&str, &str),
    ) -> Result<Option<PasswordOrder>, Error> {
        let PendingOrder { key, version, action } = order;
        let Some((row, record)) = self.vault.stored(context, &key).await? else { return Ok(None) };
        let custody = self.vault.custody(&record);
        if custody.version != version || custody.phase == Phase::Foreign {
            return Ok(None);
        }
        let opened = context.store.open_secrets(context.tenant(), self.vault.set, &row, receipt).await?;
        let password = |slot| {
            let found = opened.iter().find(|(opened, _)| *opened == slot);
            found.and_then(|(_, value)| value.as_text()).map(|text| Zeroizing::new(text.to_owned()))
        };
        let staged = password(self.vault.slots.staged_password).filter(|_| action == PasswordAction::Set);
        let passwords = Passwords { current: password(self.vault.slots.current_password), staged };
        let place = SealingPlace { key_id, action, version };
        let sealed = SealedPasswords::seal(request_key, place, &passwords).map_err(|fault| {
            Error::bad_request(format!("Nothing can be sealed to the key of 'password': {fault}."))
                .about("key")
        })?;
        Ok(Some(PasswordOrder { version, action, sealed }))
    }
}
