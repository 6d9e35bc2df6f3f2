//! `hardwarePasswordDetails` and `hardwarePasswordInfo`: a new password puts the one before it in front of the former ones,
//! and what is deleted stays for a time.

use std::sync::Arc;

use engine::handlers::{Behaviour, Deletion};
use engine::{Collection, Context, EntityAddress, Error, ErrorKind, note};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::value::{Sealed, Succession};
use odata::{Key, Record, Value};
use store::{Change, NoteKind, Row};
use uuid::Uuid;

use super::canary::alarms;
use super::rotate::after_look;
use super::vault::{PREVIOUS_PASSWORDS_MAX, Vault};

/// Where the key of a new record comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyRule {
    /// It is the id of the managed device, a GUID, if the client gives one.
    Given,
    /// The server makes it.
    Made,
}

/// The behaviour of one of the sets.
pub(super) struct Passwords {
    vault: Arc<Vault>,
    key_rule: KeyRule,
}

impl Passwords {
    pub(super) fn new(vault: Arc<Vault>, key_rule: KeyRule) -> Passwords {
        Passwords { vault, key_rule }
    }

    /// Whether a next state has another current password. If it has the same, nothing has come of it.
    async fn is_new_password(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: &Record,
        next: &mut Record,
    ) -> Result<bool, Error> {
        let slots = &self.vault.slots;
        let (before_it, after) = (before.get(slots.current_password), next.get(slots.current_password));
        let (Some(Value::Sealed(sealed)), Some(text @ Value::String(_))) = (before_it, after) else {
            return Ok(before_it != after);
        };
        let (tenant, of) = (context.tenant(), (self.vault.set, key));
        let is_same = context.store.is_sealed(tenant, of, slots.current_password, sealed, text).await?;
        if is_same
            && let Some(Value::Sealed(Sealed { succession: Some(_), .. })) =
                next.get(slots.previous_passwords)
        {
            let unchanged = before.get(slots.previous_passwords).cloned().unwrap_or(Value::Null);
            next.set(slots.previous_passwords, unchanged);
        }
        Ok(!is_same)
    }
}

impl Behaviour for Passwords {
    fn key<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _place: &'a Collection,
        sent: &'a Record,
    ) -> BoxFuture<'a, Result<Key, Error>> {
        let given = sent.text(0).filter(|id| self.key_rule == KeyRule::Given && !id.is_empty());
        let key = given.and_then(|id| Uuid::parse_str(id).ok()).map_or_else(Key::new, Key::from);
        Box::pin(async { Ok(key) })
    }

    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        let slots = &self.vault.slots;
        let count = match record.get(slots.previous_passwords) {
            Some(Value::Collection(items)) => items.len() as i64,
            _ => 0,
        };
        record.set(slots.previous_password_count, Value::Int(count));
        self.vault.note_state(context, record, context.now);
        Ok(())
    }

    fn before_merge(&self, stored: &Record, sent: &mut Record) {
        let slots = &self.vault.slots;
        let Some(Value::Sealed(Sealed { bytes, .. })) = stored.get(slots.current_password) else { return };
        if sent.get(slots.current_password).is_some() && sent.get(slots.previous_passwords).is_none() {
            let succession = Succession::following(slots.current_password, PREVIOUS_PASSWORDS_MAX);
            let followed = Sealed { bytes: bytes.clone(), succession: Some(succession) };
            sent.set(slots.previous_passwords, Value::Sealed(followed));
        }
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            let key = &address.key;
            let Some(before) = before else {
                if self
                    .vault
                    .stored(context, key)
                    .await?
                    .is_some_and(|(_, record)| self.vault.deleted_at(&record).is_some())
                {
                    let message =
                        format!("A deleted record has the id '{key}'; restore it with muster.restore.");
                    return Err(Error::new(ErrorKind::Conflict, message).about("id"));
                }
                return Ok(Vec::new());
            };
            if self.is_new_password(context, key, before, next).await? {
                self.vault.note_state(context, next, context.now);
            }
            let count = self.vault.previous_count(before, next);
            next.set(self.vault.slots.previous_password_count, count);
            let overwritten = overwrites(self.vault.slots.previous_passwords, before, next);
            Ok(overwritten.then(|| note(NoteKind::Overwritten, self.vault.set, key)).into_iter().collect())
        })
    }

    fn reveals_on_request(&self) -> bool {
        self.vault.is_explicit
    }

    fn before_reveal(&self, context: &Context<'_>, set: SetId, rows: &[&Row]) -> Result<Vec<Change>, Error> {
        let mut changes = alarms(&self.vault, context, set, rows)?;
        changes.extend(after_look(&self.vault, context, set, rows)?);
        Ok(changes)
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async move {
            let (row, _) = context.load(address).await?;
            let record = context.store.record(self.vault.set, &row)?;
            Ok(Deletion::Later(self.vault.discard(context, &row, &record)?))
        })
    }
}

/// Whether a caller's list takes the place of former passwords, which are gone then: nobody can ask for them any more.
fn overwrites(slot: u16, before: &Record, next: &Record) -> bool {
    let had_some = matches!(before.get(slot), Some(Value::Sealed(_)));
    had_some && !matches!(next.get(slot), Some(Value::Sealed(_)))
}
