//! The tenants' data keys and the opening of secrets: between the keyring, which does no I/O, and the database.

use std::sync::Arc;

use odata::edm::SetId;
use odata::payload::document::read_value;
use odata::value::Sealed;
use odata::{Record, Value};
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::{ReadError, WriteError};
use crate::row::Row;
use crate::seal::{DataKey, Keyring, Receipt, SealError, SecretOwner, sealed_slots};
use crate::store::Store;

impl Store {
    /// Opens a row's secrets: slots and values. Needs the receipt of the committed `Reveal` that names the row.
    pub async fn open_secrets(
        &self,
        tenant: Uuid,
        set: SetId,
        row: &Row,
        receipt: &Receipt,
    ) -> Result<Vec<(u16, Value)>, ReadError> {
        let Some(sealed) = &row.sealed else { return Ok(Vec::new()) };
        let data_key = self.stored_key(tenant).await?;
        let data_key =
            data_key.ok_or_else(|| ReadError::Corrupt(format!("tenant {tenant} has no data key")))?;
        let owner = SecretOwner { tenant, set: &self.model.set(set).path, key: &row.key };
        let properties = &self.schema.table(set).secret_properties;
        let property = |slot| properties.iter().map(|id| self.model.property(*id)).find(|p| p.slot == slot);
        let name = |slot| property(slot).map(|property| &*property.name);
        let opened = Keyring::open(&data_key, owner, sealed, name, receipt).map_err(corrupt)?;
        let value = |slot, text: &[u8]| read_value(text, property(slot)?, &self.model);
        let values = opened.iter().map(|secret| Some((secret.slot, value(secret.slot, &secret.plain)?)));
        let values: Option<Vec<_>> = values.collect();
        values
            .ok_or_else(|| ReadError::Corrupt(format!("a secret of {} is no value of its property", row.key)))
    }

    /// A row's record, in which a secret that the row holds stands as [`Value::Sealed`]: to be changed and written
    /// back without being opened.
    pub fn record(&self, set: SetId, row: &Row) -> Result<Record, ReadError> {
        let record = row.document.decode(self.model.set(set).entity_type, &self.model);
        let mut record = record.ok_or_else(|| ReadError::Corrupt(format!("{} is no document", row.key)))?;
        if let Some(sealed) = &row.sealed {
            let slots = sealed_slots(sealed);
            for slot in slots.ok_or_else(|| ReadError::Corrupt(format!("damaged secrets of {}", row.key)))? {
                record.set(slot, Value::Sealed(Sealed(sealed.clone())));
            }
        }
        Ok(record)
    }

    /// The tenant's data key; made now if there is none.
    pub(crate) async fn data_key(&self, tenant: Uuid) -> Result<Arc<DataKey>, WriteError> {
        if let Some(key) = self.stored_key(tenant).await? {
            return Ok(key);
        }
        let created = self.keyring.create(tenant).map_err(|error| WriteError::Corrupt(error.to_string()))?;
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.insert_tenant_key(tenant, created).await?,
            Backend::Postgres(postgres) => postgres.insert_tenant_key(tenant, created).await?,
        }
        // Another process may have been faster; what is there now is the tenant's key.
        let stored = self.stored_key(tenant).await?;
        stored.ok_or_else(|| WriteError::Corrupt(format!("the data key of tenant {tenant} did not stay")))
    }

    async fn stored_key(&self, tenant: Uuid) -> Result<Option<Arc<DataKey>>, ReadError> {
        if let Some(key) = self.keyring.cached(tenant) {
            return Ok(Some(key));
        }
        let stored = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.tenant_keys(tenant)?,
            Backend::Postgres(postgres) => postgres.tenant_keys(tenant).await?,
        };
        self.keyring.admit(tenant, &stored).map_err(corrupt)
    }
}

fn corrupt(error: SealError) -> ReadError {
    ReadError::Corrupt(error.to_string())
}
