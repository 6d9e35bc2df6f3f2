//! From a unit of work to the database's terms: encoded and sealed on the caller's task, not where everyone waits.

use odata::edm::SetId;
use odata::payload::document::write_value;
use odata::payload::{Document, Valid};
use odata::{Key, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::seal::{Keyring, Place, Secret};
use crate::sql::{PreparedChange, PreparedUnit};
use crate::{Change, Store, Unit, WriteError};

impl Store {
    /// Encodes a unit.
    pub(crate) async fn prepare(&self, unit: Unit) -> Result<PreparedUnit, WriteError> {
        let Unit { tenant, actor, request_id, at, changes } = unit;
        let mut prepared = Vec::with_capacity(changes.len());
        for change in changes {
            prepared.push(self.prepare_change(tenant, change).await?);
        }
        Ok(PreparedUnit { tenant, actor, request_id, at, changes: prepared })
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
            Change::Reveal { set, keys } => PreparedChange::Reveal { set, keys },
        })
    }

    fn encode(&self, set: SetId, entity: &Valid) -> (Vec<crate::sql::SqlValue>, Box<str>) {
        let table = self.layout.table(set);
        let Document(document) = Document::encode(entity.record(), &table.secrets, &self.model);
        (table.column_values(entity.record()), document)
    }

    /// A parent is given exactly where the set has one.
    fn parent(&self, set: SetId, parent: Option<Key>) -> Result<Option<Vec<u8>>, WriteError> {
        match (self.layout.table(set).parent, parent) {
            (Some(_), Some(parent)) => Ok(Some(parent.to_bytes())),
            (Some(_), None) => Err(WriteError::NoParent),
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
        let mut plain = Vec::new();
        for property in self.layout.table(set).secret_properties.iter().map(|id| self.model.property(*id)) {
            match entity.record().get(property.slot) {
                None | Some(Value::Null) => {}
                Some(value) => {
                    let mut text = Zeroizing::new(Vec::new());
                    write_value(&mut text, value, &self.model);
                    plain.push((property, text));
                }
            }
        }
        if plain.is_empty() {
            return Ok(None);
        }
        let data_key = self.data_key(tenant).await?;
        let place = Place { tenant, set: &self.model.set(set).path, key };
        let secrets = plain.iter().map(|(property, text)| Secret {
            slot: property.slot,
            name: &property.name,
            plain: text,
        });
        let sealed = Keyring::seal(&data_key, place, &secrets.collect::<Vec<_>>());
        sealed.map_err(|error| WriteError::Corrupt(error.to_string()))
    }
}
