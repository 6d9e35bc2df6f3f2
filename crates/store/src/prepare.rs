//! The encoding of a unit of work into the database's terms, and the sealing of its secrets: on the caller's task, not
//! where everyone waits.

use std::mem::take;

use odata::edm::SetId;
use odata::payload::document::{read_value, write_value};
use odata::payload::{DetachedBinary, Document, Valid};
use odata::value::{Sealed, Succession};
use odata::{Key, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::audit;
use crate::error::WriteError;
use crate::idempotency::{IdempotencyRecord, PreparedIdempotencyRecord};
use crate::jobs::{Job, NewJob};
use crate::journal::{ChangeKind, encode_keys};
use crate::note_kind::NoteKind;
use crate::seal::{SecretOwner, sealed_slots, sealed_version};
use crate::sql::{JobKey, PreparedChange, PreparedUnit, RowState, SideWrite, column_values};
use crate::store::Store;
use crate::unit::{Change, Unit};

impl Store {
    /// Encodes a unit and seals its secrets.
    pub(crate) async fn prepare(&self, mut unit: Unit) -> Result<PreparedUnit, WriteError> {
        let (tenant, actor, request_id, at) = (unit.tenant, unit.actor, unit.request_id, unit.at);
        let (changes, remembered) = (take(&mut unit.changes), take(&mut unit.remembered));
        let records = remembered.into_iter().map(|record| self.prepare_record(tenant, &changes, record));
        let idempotency_records = records.collect::<Result<_, _>>()?;
        let mut prepared = Vec::with_capacity(changes.len());
        for change in changes {
            prepared.push(self.prepare_change(&unit, change).await?);
        }
        let mut prepared = PreparedUnit::new((tenant, actor, request_id, at), prepared)?;
        prepared.idempotency_records = idempotency_records;
        Ok(prepared)
    }

    /// Encodes an idempotency record: the entity as it is shown, without its secrets.
    fn prepare_record(
        &self,
        tenant: Uuid,
        changes: &[Change],
        record: IdempotencyRecord,
    ) -> Result<PreparedIdempotencyRecord, WriteError> {
        let IdempotencyRecord { request, change, shown } = record;
        let Some(Change::Insert { set, key, .. }) = changes.get(change) else {
            return Err(WriteError::Corrupt(format!(
                "an idempotency record is about change {change}, no insert"
            )));
        };
        let document =
            Document::encode_text(shown.record(), &self.schema.table(*set).secrets, &self.model).into();
        let seal = |bytes: &[u8]| self.seal_of(tenant, bytes);
        let (name, content, since) = (seal(&request.name), seal(&request.content), request.since.0);
        Ok(PreparedIdempotencyRecord { name, content, since, change, key: key.to_bytes(), document })
    }

    async fn prepare_change(&self, unit: &Unit, change: Change) -> Result<PreparedChange, WriteError> {
        let tenant = unit.tenant;
        let stored_in = |set| self.model.stored_in(set).id;
        Ok(match change {
            Change::Insert { set, parent, key, entity } => {
                let set = stored_in(set);
                let state = self.state(tenant, set, &key, &entity).await?;
                let (parent, key) = (self.parent(set, &key, parent)?, key.to_bytes());
                PreparedChange::Insert { set, parent, key, state }
            }
            Change::Update { set, parent, key, expected, entity } => {
                let set = stored_in(set);
                let state = self.state(tenant, set, &key, &entity).await?;
                let (parent, key) = (self.parent(set, &key, parent)?, key.to_bytes());
                PreparedChange::Update { set, parent, key, expected, state }
            }
            Change::Delete { set, parent, key, expected } => {
                let (parent, key) = (self.parent(set, &key, parent)?, key.to_bytes());
                PreparedChange::Delete { set: stored_in(set), parent, key, expected }
            }
            Change::Reveal { set, keys } => self.note(unit, ChangeKind::Revealed, stored_in(set), keys)?,
            Change::Note { kind, set, keys } => {
                self.note(unit, ChangeKind::Noted(kind), stored_in(set), keys)?
            }
            Change::Unchanged { set, since } => PreparedChange::Unchanged { set: stored_in(set), since },
            Change::Enqueue(NewJob { kind, subject, content, run_at }) => {
                let job = JobKey { kind, subject: subject.to_bytes() };
                PreparedChange::SideWrite(SideWrite::Enqueue { job, content, run_at: run_at.0 })
            }
            Change::Finish(Job { kind, subject, fence, .. }) => {
                let job = JobKey { kind, subject: subject.to_bytes() };
                PreparedChange::SideWrite(SideWrite::Finish { job, fence })
            }
            Change::PutOff { job: Job { kind, subject, fence, .. }, run_at } => {
                let job = JobKey { kind, subject: subject.to_bytes() };
                PreparedChange::SideWrite(SideWrite::PutOff { job, fence, run_at: run_at.0 })
            }
            Change::Ledger(change) => PreparedChange::SideWrite(SideWrite::Ledger(change)),
        })
    }

    async fn state(
        &self,
        tenant: Uuid,
        set: SetId,
        key: &Key,
        entity: &Valid,
    ) -> Result<RowState, WriteError> {
        let sealed = self.seal(tenant, set, key, entity).await?;
        let (table, record) = (self.schema.table(set), entity.record());
        let detached = table.detached.and_then(|slot| DetachedBinary::of(record, slot));
        let slot = detached.as_ref().map(|detached| detached.slot);
        let document =
            Document::encode_beside(record, &key.to_string(), slot, &table.secrets, &self.model).into();
        let detached = detached.map(|detached| detached.to_bytes());
        Ok(RowState { columns: column_values(table, record), document, sealed, detached })
    }

    /// A journal entry about several entities that changes none.
    fn note(
        &self,
        unit: &Unit,
        kind: ChangeKind,
        set: SetId,
        keys: Vec<Key>,
    ) -> Result<PreparedChange, WriteError> {
        let bytes: Vec<Vec<u8>> = keys.iter().map(Key::to_bytes).collect();
        let encoded = encode_keys(kind, &bytes);
        let encoded = encoded.ok_or_else(|| WriteError::Corrupt("a key too long to be kept".into()))?;
        // Breaches of rules come with many creations of a list: they are kept, but tied to nothing.
        let is_tied = kind != ChangeKind::Noted(NoteKind::Flagged);
        let record = is_tied.then(|| audit::record(unit, kind, Some(&self.model.set(set).path), &keys));
        Ok(PreparedChange::Note { kind, set, keys, encoded, record })
    }

    /// A parent is given exactly where the set has one.
    fn parent(&self, set: SetId, key: &Key, parent: Option<Key>) -> Result<Option<Vec<u8>>, WriteError> {
        match (self.schema.table(set).parent, parent) {
            (Some(_), Some(parent)) => Ok(Some(parent.to_bytes())),
            (Some(_), None) => Err(WriteError::NoParent { set, key: key.clone() }),
            (None, _) => Ok(None),
        }
    }

    /// Seals what is secret in an entity and not null; None if nothing is.
    async fn seal(
        &self,
        tenant: Uuid,
        set: SetId,
        key: &Key,
        entity: &Valid,
    ) -> Result<Option<Vec<u8>>, WriteError> {
        let mut gathered = GatheredSecrets::default();
        for id in &self.schema.table(set).secret_properties {
            let slot = self.model.property(*id).slot;
            match entity.record().get(slot) {
                None | Some(Value::Null) => {}
                // Nothing is in it: there is nothing to seal, and nothing to reveal.
                Some(Value::Collection(items)) if items.is_empty() => {}
                Some(Value::Sealed(Sealed { bytes, succession })) => {
                    gathered.carried = Some(bytes);
                    gathered.carried_slots.push((slot, succession.as_ref()));
                }
                Some(value) => {
                    let mut text = Zeroizing::new(Vec::new());
                    write_value(&mut text, value, &self.model);
                    gathered.plain.push((slot, text));
                }
            }
        }
        match gathered.carried.is_none() && gathered.plain.is_empty() {
            true => Ok(None),
            false => Box::pin(self.seal_gathered(self.owner(tenant, set, key), set, gathered)).await,
        }
    }

    /// Seals the secrets of an entity. What it carries over from its former state stays sealed if nothing is new, and is sealed
    /// anew beside what is, or under another data key.
    async fn seal_gathered(
        &self,
        owner: SecretOwner<'_>,
        set: SetId,
        gathered: GatheredSecrets<'_>,
    ) -> Result<Option<Vec<u8>>, WriteError> {
        let GatheredSecrets { mut plain, carried, carried_slots } = gathered;
        if let Some(sealed) = carried {
            let held = sealed_slots(sealed);
            let held =
                held.ok_or_else(|| WriteError::Corrupt(format!("damaged secrets of {}", owner.key)))?;
            let is_unchanged = carried_slots.iter().all(|(_, succession)| succession.is_none());
            let is_whole = plain.is_empty() && is_unchanged && held.len() == carried_slots.len();
            // As far as it is known here: the database refuses what it knows better.
            let newest = self.keyring.cached(owner.tenant).map(|keys| keys.newest().version());
            if is_whole && newest.is_none_or(|newest| sealed_version(sealed) == Some(newest)) {
                return Ok(Some(sealed.to_vec()));
            }
            let opened = self.unseal(owner, set, sealed).await?;
            for (slot, succession) in carried_slots {
                let of_slot = |slot| opened.iter().find(|secret| secret.slot == slot);
                let text = match succession {
                    None => of_slot(slot).map(|secret| secret.plain.clone()),
                    Some(succession) => {
                        let property = |slot| self.secret_property(set, slot);
                        let value = |slot| read_value(&of_slot(slot)?.plain, property(slot)?, &self.model);
                        let next = succession.value(value, slot);
                        let mut text = Zeroizing::new(Vec::new());
                        write_value(&mut text, &next, &self.model);
                        (next != Value::Null).then_some(text)
                    }
                };
                plain.extend(text.map(|text| (slot, text)));
            }
        }
        let plain: Vec<_> = plain.iter().map(|(slot, text)| (*slot, text)).collect();
        self.seal_plain(owner, set, &plain).await
    }
}

/// The secrets of an entity that is about to be written, by their slots.
#[derive(Default)]
struct GatheredSecrets<'a> {
    /// Those that are new, as JSON text.
    plain: Vec<(u16, Zeroizing<Vec<u8>>)>,
    /// What is sealed in the entity's former state, and what becomes of which secret in it.
    carried: Option<&'a [u8]>,
    carried_slots: Vec<(u16, Option<&'a Succession>)>,
}
