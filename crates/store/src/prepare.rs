//! From a unit of work to the database's terms: encoded and sealed on the caller's task, not where everyone waits.

use odata::edm::{Property, SetId};
use odata::payload::document::write_value;
use odata::payload::{Document, Valid};
use odata::value::Sealed;
use odata::{Key, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::idempotency::{PreparedMemory, Remembered};
use crate::journal::ChangeKind;
use crate::seal::{Keyring, Place, SealError, Secret, sealed_slots};
use crate::sql::{Beside, JobPlace, PreparedChange, PreparedUnit};
use crate::{Change, Job, NewJob, Store, Unit, WriteError};

impl Store {
    /// Encodes a unit.
    pub(crate) async fn prepare(&self, unit: Unit) -> Result<PreparedUnit, WriteError> {
        let Unit { tenant, actor, request_id, at, changes, remembered } = unit;
        let remembered = remembered.into_iter().filter_map(|one| self.prepare_memory(tenant, &changes, one));
        let remembered = remembered.collect();
        let mut prepared = Vec::with_capacity(changes.len());
        for change in changes {
            prepared.push(self.prepare_change(tenant, change).await?);
        }
        Ok(PreparedUnit { tenant, actor, request_id, at, changes: prepared, remembered })
    }

    /// What is kept of a request: the entity as it is shown, without its secrets.
    fn prepare_memory(&self, tenant: Uuid, changes: &[Change], one: Remembered) -> Option<PreparedMemory> {
        let Some(Change::Insert { set, key, .. }) = changes.get(one.change) else { return None };
        let (_, document) = self.encode(*set, &one.shown);
        let seal = |bytes: &[u8]| self.seal_of(tenant, bytes);
        let (name, content) = (seal(&one.request.name), seal(&one.request.content));
        let since = one.request.since.0;
        Some(PreparedMemory { name, content, since, change: one.change, key: key.to_bytes(), document })
    }

    async fn prepare_change(&self, tenant: Uuid, change: Change) -> Result<PreparedChange, WriteError> {
        Ok(match change {
            Change::Insert { set, parent, key, entity } => {
                let sealed = self.seal(tenant, set, &key, &entity).await?;
                let (columns, document) = self.encode(set, &entity);
                let (parent, key) = (self.parent(set, parent)?, key.to_bytes());
                PreparedChange::Insert { set, parent, key, columns, document, sealed }
            }
            Change::Update { set, parent, key, expected, entity } => {
                let sealed = self.seal(tenant, set, &key, &entity).await?;
                let (columns, document) = self.encode(set, &entity);
                let (parent, key) = (self.parent(set, parent)?, key.to_bytes());
                PreparedChange::Update { set, parent, key, expected, columns, document, sealed }
            }
            Change::Delete { set, parent, key, expected } => {
                let (parent, key) = (self.parent(set, parent)?, key.to_bytes());
                PreparedChange::Delete { set, parent, key, expected }
            }
            Change::Reveal { set, keys } => PreparedChange::Note { kind: ChangeKind::Revealed, set, keys },
            Change::Flag { set, keys } => PreparedChange::Note { kind: ChangeKind::Flagged, set, keys },
            Change::Unchanged { set, since } => PreparedChange::Unchanged { set, since },
            Change::Enqueue(NewJob { kind, subject, content, run_at }) => {
                let place = JobPlace { kind, subject: subject.to_bytes() };
                PreparedChange::Beside(Beside::Enqueue { place, content, run_at: run_at.0 })
            }
            Change::Finish(Job { kind, subject, fence, .. }) => {
                let place = JobPlace { kind, subject: subject.to_bytes() };
                PreparedChange::Beside(Beside::Finish { place, fence })
            }
            Change::PutOff { job: Job { kind, subject, fence, .. }, run_at } => {
                let place = JobPlace { kind, subject: subject.to_bytes() };
                PreparedChange::Beside(Beside::PutOff { place, fence, run_at: run_at.0 })
            }
            Change::Ledger(change) => PreparedChange::Beside(Beside::Ledger(change)),
        })
    }

    fn encode(&self, set: SetId, entity: &Valid) -> (Vec<crate::sql::SqlValue>, Box<str>) {
        let table = self.layout.table(set);
        let document = Document::encode_text(entity.record(), &table.secrets, &self.model);
        (table.column_values(entity.record()), document.into())
    }

    /// A parent is given exactly where the set has one.
    fn parent(&self, set: SetId, parent: Option<Key>) -> Result<Option<Vec<u8>>, WriteError> {
        match (self.layout.table(set).parent, parent) {
            (Some(_), Some(parent)) => Ok(Some(parent.to_bytes())),
            (Some(_), None) => Err(WriteError::NoParent),
            (None, _) => Ok(None),
        }
    }

    /// Seals what is secret in an entity and not null; None if nothing is. What the entity carries over from its
    /// former state stays sealed if nothing is new, and is sealed anew beside what is.
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
            self.layout.table(set).secret_properties.iter().map(|id| self.model.property(*id)).collect();
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
        let place = Place { tenant, set: &self.model.set(set).path, key };
        let name =
            |slot| properties.iter().find(|property| property.slot == slot).map(|property| &*property.name);
        if let Some((sealed, slots)) = carried {
            if plain.is_empty() && sealed_slots(&sealed.0).len() == slots.len() {
                return Ok(Some(sealed.0.to_vec()));
            }
            let opened =
                Keyring::unseal(&*self.data_key(tenant).await?, place, &sealed.0, name).map_err(corrupt)?;
            let kept = opened.into_iter().filter(|secret| slots.contains(&secret.slot));
            plain.extend(kept.map(|secret| (secret.slot, secret.plain)));
        }
        if plain.is_empty() {
            return Ok(None);
        }
        let data_key = self.data_key(tenant).await?;
        let named = plain.iter().filter_map(|(slot, text)| Some((*slot, name(*slot)?, text)));
        let secrets: Vec<Secret<'_>> =
            named.map(|(slot, name, plain)| Secret { slot, name, plain }).collect();
        Keyring::seal(&data_key, place, &secrets).map_err(corrupt)
    }
}
