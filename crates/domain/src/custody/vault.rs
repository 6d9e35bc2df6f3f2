//! The vault: where a record of passwords says what, and the changes of a record that its life consists of.

use engine::handlers::{Names, StartError};
use engine::{Context, Error, later, note};
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::query::{Comparison, Expression};
use odata::value::Sealed;
use odata::{Key, Record, Value};
use password_rotation::{Custody, Phase};
use store::{Change, NoteKind, Row};

use super::jobs;
use super::sets::STORED;
use crate::Reveal;

const TYPE: &str = STORED.1;
/// The time for which a deleted record is kept is given in days.
pub(super) const SECONDS_PER_DAY: i64 = 86_400;
/// The former passwords that are kept when a password follows another.
pub(super) const PREVIOUS_PASSWORDS_MAX: usize = 15;

engine::slots! {
    /// Where a record says what. Both views have the same slots.
    pub(super) struct RecordSlots of TYPE {
        pub(super) current_password,
        pub(super) previous_passwords,
        pub(super) serial_number,
        pub(super) current_password_date_time,
        pub(super) previous_password_count,
        pub(super) password_state,
        pub(super) deleted_date_time,
        pub(super) is_canary,
        pub(super) reveal_requested_by,
        pub(super) reveal_requested_date_time,
        pub(super) reveal_reason,
        pub(super) reveal_approved_by,
        pub(super) reveal_requested_by_name,
        pub(super) reveal_ticket,
        pub(super) staged_password,
        pub(super) password_version,
        pub(super) password_refusals,
        pub(super) rotation_requested_date_time,
    }
}

/// The vault: the set of the records, and the settings of their custody.
pub(super) struct Vault {
    pub(super) set: SetId,
    pub(super) slots: RecordSlots,
    /// The condition that a record was deleted.
    pub(super) is_deleted: Expression,
    /// The condition that somebody has asked to be shown a record's passwords.
    pub(super) is_requested: Expression,
    retention_days: u32,
    pub(super) is_explicit: bool,
    pub(super) needs_approval: bool,
    pub(super) rotates_after_reveal: bool,
}

impl Vault {
    /// Where a request for a look rests.
    pub(super) fn request(&self) -> [u16; 6] {
        let slots = &self.slots;
        [
            slots.reveal_requested_by,
            slots.reveal_requested_date_time,
            slots.reveal_reason,
            slots.reveal_approved_by,
            slots.reveal_requested_by_name,
            slots.reveal_ticket,
        ]
    }

    pub(super) fn new(names: &Names<'_>, settings: &crate::Custody) -> Result<Vault, StartError> {
        let is_given = |property| compared_with_null(names, TYPE, property, Comparison::NotEqual);
        Ok(Vault {
            set: names.set(STORED.0)?,
            slots: RecordSlots::new(names)?,
            is_deleted: is_given("deletedDateTime")?,
            is_requested: is_given("revealRequestedDateTime")?,
            retention_days: settings.retention_days,
            is_explicit: settings.reveal == Reveal::Explicit,
            needs_approval: settings.approval,
            rotates_after_reveal: settings.rotate_after_reveal,
        })
    }

    /// The condition that a record is there: it was not deleted.
    pub(super) fn is_there(&self, names: &Names<'_>, entity_type: &str) -> Result<Expression, StartError> {
        compared_with_null(names, entity_type, "deletedDateTime", Comparison::Equal)
    }

    /// Until when a record that was deleted at a time is kept.
    pub(super) fn kept_until(&self, deleted: Ticks) -> Ticks {
        later(deleted, i64::from(self.retention_days) * SECONDS_PER_DAY)
    }

    /// When a record was deleted; none if it was not.
    pub(super) fn deleted_at(&self, record: &Record) -> Option<Ticks> {
        instant(record, self.slots.deleted_date_time)
    }

    /// A record as it rests, deleted or not.
    pub(super) async fn stored(
        &self,
        context: &Context<'_>,
        key: &Key,
    ) -> Result<Option<(Row, Record)>, Error> {
        let Some(row) = context.store.get(context.tenant(), self.set, None, key).await? else {
            return Ok(None);
        };
        let record = context.store.record(self.set, &row)?;
        Ok(Some((row, record)))
    }

    /// Notes what is told of passwords that are not shown, of which the current one is new and was set at a time.
    pub(super) fn note_state(&self, context: &Context<'_>, record: &mut Record, set_at: Ticks) {
        let slots = &self.slots;
        let custody = self.custody(record);
        let version = custody.version + i64::from(custody.version > 0);
        // Somebody found out the password of a device, or thinks so: it is tried at once, and replaced by one of ours.
        if custody.phase == Phase::Foreign && custody.has_current {
            record.set(slots.rotation_requested_date_time, Value::DateTimeOffset(context.now));
        }
        let is_due = custody.is_due || custody.phase == Phase::Foreign;
        self.note_custody(record, Custody { phase: Phase::Settled, version, is_due, ..custody });
        let since = if custody.has_current { Value::DateTimeOffset(set_at) } else { Value::Null };
        record.set(slots.current_password_date_time, since);
        // What was asked for and approved of is the password before.
        self.request().into_iter().for_each(|slot| record.set(slot, Value::Null));
    }

    /// The change that sets properties of a record which no client sets.
    pub(super) fn update(
        &self,
        context: &Context<'_>,
        row: &Row,
        record: &Record,
        values: impl IntoIterator<Item = (u16, Value)>,
    ) -> Result<Change, Error> {
        let mut after = record.clone();
        values.into_iter().for_each(|(slot, value)| after.set(slot, value));
        engine::generic::bare_update(context, self.set, row, record, after)
    }

    /// What is known of a record's passwords, which stay sealed.
    pub(super) fn custody(&self, record: &Record) -> Custody {
        let slots = &self.slots;
        let holds = |slot| !matches!(record.get(slot), None | Some(Value::Null));
        let number = |slot| match record.get(slot) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        };
        Custody {
            has_current: holds(slots.current_password),
            has_staged: holds(slots.staged_password),
            phase: match record.text(slots.password_state) {
                Some("clearing") => Phase::Clearing,
                Some("foreign") => Phase::Foreign,
                _ => Phase::Settled,
            },
            refusals: u32::try_from(number(slots.password_refusals)).unwrap_or_default(),
            is_due: holds(slots.rotation_requested_date_time),
            version: number(slots.password_version),
        }
    }

    /// Notes what is known of a record's passwords, but for the passwords themselves.
    pub(super) fn note_custody(&self, record: &mut Record, custody: Custody) {
        let slots = &self.slots;
        let state = match (custody.phase, custody.has_staged, custody.has_current) {
            (Phase::Foreign, ..) => "foreign",
            (Phase::Clearing, ..) => "clearing",
            (Phase::Settled, true, _) => "staged",
            (Phase::Settled, false, true) => "active",
            (Phase::Settled, false, false) => "none",
        };
        record.set(slots.password_state, Value::String(state.into()));
        record.set(slots.password_refusals, Value::Int(i64::from(custody.refusals)));
        record.set(slots.password_version, Value::Int(custody.version));
        if !custody.is_due {
            record.set(slots.rotation_requested_date_time, Value::Null);
        }
    }

    /// The number of former passwords of a next state; null if nobody knows.
    pub(super) fn previous_count(&self, before: &Record, next: &Record) -> Value {
        let slots = &self.slots;
        let most = PREVIOUS_PASSWORDS_MAX as i64;
        let counted = before.get(slots.previous_password_count).cloned().unwrap_or(Value::Null);
        let is_empty = matches!(before.get(slots.previous_passwords), Some(Value::Collection(items)) if items.is_empty());
        match (next.get(slots.previous_passwords), counted) {
            (Some(Value::Collection(items)), _) => Value::Int(items.len() as i64),
            (Some(Value::Sealed(Sealed { succession: Some(_), .. })), Value::Int(count)) => {
                Value::Int((count + 1).min(most))
            }
            (Some(Value::Sealed(Sealed { succession: Some(_), .. })), _) if is_empty => Value::Int(1),
            (Some(Value::Sealed(Sealed { succession: Some(_), .. })), _) => Value::Null,
            (_, counted) => counted,
        }
    }

    /// The changes that delete a record so that it can be restored for a time.
    pub(super) fn discard(
        &self,
        context: &Context<'_>,
        row: &Row,
        record: &Record,
    ) -> Result<Vec<Change>, Error> {
        let deleted = Value::DateTimeOffset(context.now);
        let end = jobs::PURGE.job(row.key.clone(), &[], self.kept_until(context.now));
        let update = self.update(context, row, record, [(self.slots.deleted_date_time, deleted)])?;
        Ok(vec![update, note(NoteKind::Discarded, self.set, &row.key), end])
    }
}

/// The instant in a slot.
pub(super) fn instant(record: &Record, slot: u16) -> Option<Ticks> {
    match record.get(slot) {
        Some(Value::DateTimeOffset(at)) => Some(*at),
        _ => None,
    }
}

fn compared_with_null(
    names: &Names<'_>,
    entity_type: &str,
    property: &str,
    comparison: Comparison,
) -> Result<Expression, StartError> {
    let path = Expression::Path(names.path(entity_type, property)?);
    Ok(Expression::Compare(comparison, Box::new(path), Box::new(Expression::Literal(Value::Null))))
}
