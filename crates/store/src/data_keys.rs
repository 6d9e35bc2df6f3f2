//! The tenants' data keys, and the sealing and opening of secrets: between the keyring and the database.

use std::borrow::Cow;
use std::sync::Arc;

use odata::edm::{EntitySet, Property, SetId};
use odata::payload::document::{read_value, write_value};
use odata::value::Sealed;
use odata::{Key, Record, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{ReadError, WriteError};
use crate::row::Row;
use crate::seal::{
    DataKey, Keyring, OpenedSecret, Receipt, SealError, Secret, SecretOwner, TenantKeys, sealed_slots,
    sealed_version,
};
use crate::store::Store;

/// The version of a tenant's first key.
pub(crate) const FIRST_VERSION: u32 = 1;
/// The times that a key is made: the key-encryption key may be replaced meanwhile.
const CREATION_ATTEMPTS_MAX: usize = 2;

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
        let owner = self.owner(tenant, set, &row.key);
        let (data_key, sealed) = self.key_of(owner, set, sealed).await?;
        let name = |slot| Some(&*self.secret_property(set, slot)?.name);
        let opened = match Keyring::open(&data_key, owner, &sealed, name, receipt) {
            Err(error @ SealError::Damaged { .. }) => {
                self.unseal_former(&data_key, owner, &sealed, name).ok_or(error)
            }
            opened => opened,
        };
        let opened = opened.map_err(read_error)?;
        let value = |slot, text: &[u8]| read_value(text, self.secret_property(set, slot)?, &self.model);
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
        let opened = self.unseal(self.owner(tenant, set, key), set, &sealed.bytes).await?;
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
        let opened = self.unseal(self.owner(tenant, set, &row.key), set, sealed).await?;
        let held = opened.iter().map(|secret| {
            let property = self.secret_property(set, secret.slot)?;
            Some((secret.slot, read_value(&secret.plain, property, &self.model)?))
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

    /// Opens an entity's secrets without a receipt, to seal anew what is carried over.
    pub(crate) async fn unseal(
        &self,
        owner: SecretOwner<'_>,
        set: SetId,
        sealed: &[u8],
    ) -> Result<Vec<OpenedSecret>, ReadError> {
        let (data_key, sealed) = self.key_of(owner, set, sealed).await?;
        let name = |slot| Some(&*self.secret_property(set, slot)?.name);
        let opened = Keyring::unseal(&data_key, owner, &sealed, name);
        opened
            .or_else(|error| self.unseal_former(&data_key, owner, &sealed, name).ok_or(error))
            .map_err(read_error)
    }

    /// Seals an entity's secrets anew, under the tenant's newest data key.
    pub(crate) async fn reseal(
        &self,
        owner: SecretOwner<'_>,
        set: SetId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, WriteError> {
        let opened = self.unseal(owner, set, sealed).await?;
        let plain: Vec<_> = opened.iter().map(|secret| (secret.slot, &secret.plain)).collect();
        let sealed = self.seal_plain(owner, set, &plain).await?;
        sealed.ok_or_else(|| WriteError::Corrupt(format!("{} has no secret that is sealed", owner.key)))
    }

    /// Seals secrets by their slots, as JSON text; None if there are none.
    pub(crate) async fn seal_plain(
        &self,
        owner: SecretOwner<'_>,
        set: SetId,
        plain: &[(u16, &Zeroizing<Vec<u8>>)],
    ) -> Result<Option<Vec<u8>>, WriteError> {
        if plain.is_empty() {
            return Ok(None);
        }
        let data_key = self.data_key(owner.tenant).await?;
        let named = plain.iter().map(|(slot, plain)| {
            Some(Secret { slot: *slot, name: &self.secret_property(set, *slot)?.name, plain })
        });
        let secrets = named.collect::<Option<Vec<_>>>();
        let secrets = secrets
            .ok_or_else(|| WriteError::Corrupt(format!("{} has a secret of no property", owner.key)))?;
        Keyring::seal(&data_key, owner, &secrets).map_err(|error| match error {
            SealError::TooLarge { limit, .. } => WriteError::TooLarge { set, key: owner.key.clone(), limit },
            other => read_error(other).into(),
        })
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

    /// The owner of the secrets of an entity.
    pub(crate) fn owner<'a>(&'a self, tenant: Uuid, set: SetId, key: &'a Key) -> SecretOwner<'a> {
        SecretOwner { tenant, set: &self.model.stored_in(set).path, key }
    }

    /// The secret property of a slot.
    pub(crate) fn secret_property(&self, set: SetId, slot: u16) -> Option<&Property> {
        let mut properties =
            self.schema.table(set).secret_properties.iter().map(|id| self.model.property(*id));
        properties.find(|property| property.slot == slot)
    }

    /// The data key that sealed an entity's secrets, and what is sealed.
    async fn key_of<'s>(
        &self,
        owner: SecretOwner<'_>,
        set: SetId,
        sealed: &'s [u8],
    ) -> Result<(Arc<DataKey>, Cow<'s, [u8]>), ReadError> {
        let damaged = || SealError::Damaged { set: owner.set.into(), key: owner.key.clone() };
        let version = sealed_version(sealed).ok_or_else(|| read_error(damaged()))?;
        match self.keyring.cached(owner.tenant).as_ref().and_then(|keys| keys.of(version)) {
            Some(key) => Ok((Arc::clone(key), Cow::Borrowed(sealed))),
            None => Box::pin(self.key_anew(owner, set, sealed, version)).await,
        }
    }

    /// The data key of a version that is not at hand. If a rotation has ended it since the entity was read, it has sealed the
    /// secrets anew, and they are read again.
    async fn key_anew<'s>(
        &self,
        owner: SecretOwner<'_>,
        set: SetId,
        sealed: &'s [u8],
        version: u32,
    ) -> Result<(Arc<DataKey>, Cow<'s, [u8]>), ReadError> {
        if let Some(data_key) = self.read_key(owner.tenant, version).await? {
            return Ok((data_key, Cow::Borrowed(sealed)));
        }
        let again = self.backend.sealed_again(owner.tenant, set, &owner.key.to_bytes()).await?;
        if let [sealed] = again.as_slice()
            && let Some(version) = sealed_version(sealed)
            && let Some(data_key) = self.read_key(owner.tenant, version).await?
        {
            return Ok((data_key, Cow::Owned(sealed.clone())));
        }
        let (set, key) = (owner.set.into(), owner.key.clone());
        Err(read_error(SealError::NoSuchVersion { set, key, version }))
    }

    async fn read_key(&self, tenant: Uuid, version: u32) -> Result<Option<Arc<DataKey>>, ReadError> {
        let keys = self.read_keys(tenant).await?;
        Ok(keys.and_then(|keys| keys.of(version).cloned()))
    }

    /// The version of the data key under which the tenant seals, as far as it is known here.
    pub(crate) async fn seals_under(&self, tenant: Uuid) -> Result<u32, WriteError> {
        Ok(self.data_key(tenant).await?.version())
    }

    /// The tenant's newest data key; made now if there is none.
    pub(crate) async fn data_key(&self, tenant: Uuid) -> Result<Arc<DataKey>, WriteError> {
        match self.keyring.cached(tenant) {
            Some(keys) => Ok(Arc::clone(keys.newest())),
            None => Box::pin(self.data_key_anew(tenant)).await,
        }
    }

    async fn data_key_anew(&self, tenant: Uuid) -> Result<Arc<DataKey>, WriteError> {
        for _ in 0..CREATION_ATTEMPTS_MAX {
            if let Some(keys) = self.read_keys(tenant).await? {
                return Ok(Arc::clone(keys.newest()));
            }
            let created = self.keyring.create(tenant, FIRST_VERSION).await.map_err(read_error)?;
            self.backend.insert_tenant_key(tenant, created).await?;
            // Another process may have been faster; what is there now is the tenant's key.
            if let Some(keys) = self.read_keys(tenant).await? {
                return Ok(Arc::clone(keys.newest()));
            }
            // Nothing is there: the key-encryption key counts no more.
            self.settle_keys().await?;
        }
        let reason = "the key-encryption key has been replaced by one that is not here";
        Err(WriteError::Unavailable(reason.into()))
    }

    /// The tenant's keys as they are in the database now.
    async fn read_keys(&self, tenant: Uuid) -> Result<Option<Arc<TenantKeys>>, ReadError> {
        let stored = self.backend.tenant_keys(tenant).await?;
        self.keyring.admit(tenant, &stored).await.map_err(read_error)
    }

    /// Takes the key-encryption key that the database has now, if it is held.
    async fn settle_keys(&self) -> Result<(), ReadError> {
        let state = self.key_state().await?;
        self.keyring.settle(state.current.fingerprint);
        Ok(())
    }
}

/// What an error of sealing means for a read.
pub(crate) fn read_error(error: SealError) -> ReadError {
    match error {
        SealError::Unavailable { .. } => ReadError::Unavailable(error.to_string()),
        other => ReadError::Corrupt(other.to_string()),
    }
}
