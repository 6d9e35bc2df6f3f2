//! The encoding of a unit of work into the database's terms, and the sealing of its secrets: on the caller's task, not
//! where everyone waits.

use odata::edm::{Property, SetId};
use odata::payload::document::write_value;
use odata::payload::{DetachedBinary, Document, Valid};
use odata::value::Sealed;
use odata::{Key, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::WriteError;
use crate::idempotency::{IdempotencyRecord, PreparedIdempotencyRecord};
use crate::jobs::{Job, NewJob};
use crate::journal::{ChangeKind, encode_keys};
use crate::seal::{Keyring, SealError, Secret, SecretOwner, sealed_slots};
use crate::sql::{JobKey, PreparedChange, PreparedUnit, RowState, SideWrite, column_values};
use crate::store::Store;
use crate::unit::{Change, Unit};

impl Store {
    /// Encodes a unit and seals its secrets.
    pub(crate) async fn prepare(&self, unit: Unit) -> Result<PreparedUnit, WriteError> {
        let Unit { tenant, actor, request_id, at, changes, remembered } = unit;
        let records = remembered.into_iter().map(|record| self.prepare_record(tenant, &changes, record));
        let idempotency_records = records.collect::<Result<_, _>>()?;
        let mut prepared = Vec::with_capacity(changes.len());
        for change in changes {
            prepared.push(self.prepare_change(tenant, change).await?);
        }
        let mut unit = PreparedUnit::new((tenant, actor, request_id, at), prepared)?;
        unit.idempotency_records = idempotency_records;
        Ok(unit)
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

    async fn prepare_change(&self, tenant: Uuid, change: Change) -> Result<PreparedChange, WriteError> {
        Ok(match change {
            Change::Insert { set, parent, key, entity } => {
                let state = self.state(tenant, set, &key, &entity).await?;
                let (parent, key) = (self.parent(set, parent)?, key.to_bytes());
                PreparedChange::Insert { set, parent, key, state }
            }
            Change::Update { set, parent, key, expected, entity } => {
                let state = self.state(tenant, set, &key, &entity).await?;
                let (parent, key) = (self.parent(set, parent)?, key.to_bytes());
                PreparedChange::Update { set, parent, key, expected, state }
            }
            Change::Delete { set, parent, key, expected } => {
                let (parent, key) = (self.parent(set, parent)?, key.to_bytes());
                PreparedChange::Delete { set, parent, key, expected }
            }
            Change::Reveal { set, keys } => note(ChangeKind::Revealed, set, keys)?,
            Change::Flag { set, keys } => note(ChangeKind::Flagged, set, keys)?,
            Change::Unchanged { set, since } => PreparedChange::Unchanged { set, since },
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

    /// A parent is given exactly where the set has one.
    fn parent(&self, set: SetId, parent: Option<Key>) -> Result<Option<Vec<u8>>, WriteError> {
        match (self.schema.table(set).parent, parent) {
            (Some(_), Some(parent)) => Ok(Some(parent.to_bytes())),
            (Some(_), None) => Err(WriteError::NoParent),
            (None, _) => Ok(None),
        }
    }

    /// Seals what is secret in an entity and not null; None if nothing is. What the entity carries over from its
    /// former state stays sealed if nothing is new, and is sealed anew side_write what is.
    async fn seal(
        &self,
        tenant: Uuid,
        set: SetId,
        key: &Key,
        entity: &Valid,
    ) -> Result<Option<Vec<u8>>, WriteError> {
        let mut plain = Vec::new();
        let mut carried: Option<(&Sealed, Vec<u16>)> = None;
        let properties: Vec<&Property> =
            self.schema.table(set).secret_properties.iter().map(|id| self.model.property(*id)).collect();
        for property in &properties {
            match entity.record().get(property.slot) {
                None | Some(Value::Null) => {}
                // Nothing is in it: there is nothing to seal, and nothing to reveal.
                Some(Value::Collection(items)) if items.is_empty() => {}
                Some(Value::Sealed(sealed)) => {
                    carried.get_or_insert((sealed, Vec::new())).1.push(property.slot)
                }
                Some(value) => {
                    let mut text = Zeroizing::new(Vec::new());
                    write_value(&mut text, value, &self.model);
                    plain.push((property.slot, text));
                }
            }
        }
        let corrupt = |error: SealError| match error {
            SealError::TooLarge { limit, .. } => WriteError::TooLarge(limit),
            other => WriteError::Corrupt(other.to_string()),
        };
        let owner = SecretOwner { tenant, set: &self.model.set(set).path, key };
        let name =
            |slot| properties.iter().find(|property| property.slot == slot).map(|property| &*property.name);
        if let Some((sealed, slots)) = carried {
            let held = sealed_slots(&sealed.0);
            let held = held.ok_or_else(|| WriteError::Corrupt(format!("damaged secrets of {key}")))?;
            if plain.is_empty() && held.len() == slots.len() {
                return Ok(Some(sealed.0.to_vec()));
            }
            let opened =
                Keyring::unseal(&*self.data_key(tenant).await?, owner, &sealed.0, name).map_err(corrupt)?;
            let kept = opened.into_iter().filter(|secret| slots.contains(&secret.slot));
            plain.extend(kept.map(|secret| (secret.slot, secret.plain)));
        }
        if plain.is_empty() {
            return Ok(None);
        }
        let data_key = self.data_key(tenant).await?;
        let named = plain.iter().map(|(slot, plain)| Some(Secret { slot: *slot, name: name(*slot)?, plain }));
        let secrets = named.collect::<Option<Vec<_>>>();
        let secrets =
            secrets.ok_or_else(|| WriteError::Corrupt(format!("{key} has a secret of no property")))?;
        Keyring::seal(&data_key, owner, &secrets).map_err(corrupt)
    }
}

/// A journal entry about several entities that changes none.
fn note(kind: ChangeKind, set: SetId, keys: Vec<Key>) -> Result<PreparedChange, WriteError> {
    let bytes: Vec<Vec<u8>> = keys.iter().map(Key::to_bytes).collect();
    let encoded = encode_keys(kind, &bytes);
    let encoded = encoded.ok_or_else(|| WriteError::Corrupt("a key too long to be kept".into()))?;
    Ok(PreparedChange::Note { kind, set, keys, encoded })
}
