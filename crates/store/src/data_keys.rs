//! The tenants' data keys and the opening of secrets: between the keyring, which does no I/O, and the database.

use std::sync::Arc;

use odata::edm::{EntitySet, Property, SetId};
use odata::payload::document::{read_value, write_value};
use odata::value::Sealed;
use odata::{Key, Record, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::backend::Backend;
use crate::error::{ReadError, WriteError};
use crate::row::Row;
use crate::seal::{DataKey, Keyring, OpenedSecret, Receipt, SealError, SecretOwner, sealed_slots};
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
        let owner = SecretOwner { tenant, set: &self.model.stored_in(set).path, key: &row.key };
        let properties = &self.schema.table(set).secret_properties;
        let property = |slot| properties.iter().map(|id| self.model.property(*id)).find(|p| p.slot == slot);
        let name = |slot| property(slot).map(|property| &*property.name);
        let opened = match Keyring::open(&data_key, owner, sealed, name, receipt) {
            Err(error @ SealError::Damaged { .. }) => {
                self.unseal_former(&data_key, owner, sealed, name).ok_or(error)
            }
            opened => opened,
        };
        let opened = opened.map_err(corrupt)?;
        let value = |slot, text: &[u8]| read_value(text, property(slot)?, &self.model);
        let values = opened.iter().map(|secret| Some((secret.slot, value(secret.slot, &secret.plain)?)));
        let values: Option<Vec<_>> = values.collect();
        values
            .ok_or_else(|| ReadError::Corrupt(format!("a secret of {} is no value of its property", row.key)))
    }

    /// Whether a sealed secret of an entity, as its record has it, is a value that the caller knows already.
    pub async fn is_sealed(
        &self,
        tenant: Uuid,
        (set, key): (SetId, &Key),
        slot: u16,
        sealed: &Sealed,
        value: &Value,
    ) -> Result<bool, ReadError> {
        let opened = self.unsealed(tenant, (set, key), &sealed.bytes).await?;
        let mut text = Zeroizing::new(Vec::new());
        write_value(&mut text, value, &self.model);
        Ok(opened.iter().any(|secret| secret.slot == slot && secret.plain == text))
    }

    /// Where values that the caller knows already stand among the sealed secrets of a row: for each, the slots whose value it
    /// is, or an item of whose list.
    pub async fn sealed_places(
        &self,
        tenant: Uuid,
        set: SetId,
        row: &Row,
        values: &[Value],
    ) -> Result<Vec<Vec<u16>>, ReadError> {
        let Some(sealed) = &row.sealed else { return Ok(vec![Vec::new(); values.len()]) };
        let opened = self.unsealed(tenant, (set, &row.key), sealed).await?;
        let properties = self.secret_properties(set);
        let property = |slot| properties.iter().find(|property| property.slot == slot).copied();
        let held = opened.iter().map(|secret| {
            Some((secret.slot, read_value(&secret.plain, property(secret.slot)?, &self.model)?))
        });
        let held = held.collect::<Option<Vec<(u16, Value)>>>().ok_or_else(|| {
            ReadError::Corrupt(format!("a secret of {} is no value of its property", row.key))
        })?;
        let is_in = |value: &Value, held: &Value| match held {
            Value::Collection(items) => items.contains(value),
            held => held == value,
        };
        let places =
            |value| held.iter().filter(|(_, held)| is_in(value, held)).map(|(slot, _)| *slot).collect();
        Ok(values.iter().map(places).collect())
    }

    fn secret_properties(&self, set: SetId) -> Vec<&Property> {
        self.schema.table(set).secret_properties.iter().map(|id| self.model.property(*id)).collect()
    }

    /// Opens an entity's secrets without a receipt, to compare them.
    async fn unsealed(
        &self,
        tenant: Uuid,
        (set, key): (SetId, &Key),
        sealed: &[u8],
    ) -> Result<Vec<OpenedSecret>, ReadError> {
        let data_key = self.stored_key(tenant).await?;
        let data_key =
            data_key.ok_or_else(|| ReadError::Corrupt(format!("tenant {tenant} has no data key")))?;
        let properties = self.secret_properties(set);
        let name = |slot| properties.iter().find(|property| property.slot == slot).map(|of| &*of.name);
        let owner = SecretOwner { tenant, set: &self.model.stored_in(set).path, key };
        self.unseal(&data_key, owner, sealed, name).map_err(corrupt)
    }

    /// Opens an entity's secrets without a receipt, to seal anew what is carried over.
    pub(crate) fn unseal<'n>(
        &self,
        data_key: &DataKey,
        owner: SecretOwner<'_>,
        sealed: &[u8],
        name: impl Fn(u16) -> Option<&'n str> + Copy,
    ) -> Result<Vec<OpenedSecret>, SealError> {
        Keyring::unseal(data_key, owner, sealed, name)
            .or_else(|error| self.unseal_former(data_key, owner, sealed, name).ok_or(error))
    }

    /// Opens what was sealed for a view of the owner's set, when that was a set of its own; none if it was not.
    fn unseal_former<'n>(
        &self,
        data_key: &DataKey,
        owner: SecretOwner<'_>,
        sealed: &[u8],
        name: impl Fn(u16) -> Option<&'n str> + Copy,
    ) -> Option<Vec<OpenedSecret>> {
        let is_view = |set: &&EntitySet| {
            set.stored_in != set.id && self.model.stored_in(set.id).path.as_ref() == owner.set
        };
        self.model.sets.iter().filter(is_view).find_map(|view| {
            Keyring::unseal(data_key, SecretOwner { set: &view.path, ..owner }, sealed, name).ok()
        })
    }

    /// A row's record, in which a secret that the row holds stands as [`Value::Sealed`]: to be changed and written
    /// back without being opened.
    pub fn record(&self, set: SetId, row: &Row) -> Result<Record, ReadError> {
        let record = row.document.decode(self.model.set(set).entity_type, &self.model);
        let mut record = record.ok_or_else(|| ReadError::Corrupt(format!("{} is no document", row.key)))?;
        if let Some(sealed) = &row.sealed {
            let slots = sealed_slots(sealed);
            for slot in slots.ok_or_else(|| ReadError::Corrupt(format!("damaged secrets of {}", row.key)))? {
                record.set(slot, Value::Sealed(Sealed::unchanged(sealed.clone())));
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
