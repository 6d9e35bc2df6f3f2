//! The directory objects of registrations: made with the registration, kept in agreement with it, and removed with it.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::{Change, Owned, Owners, Query, Row};
use uuid::Builder;

use super::memberships::Memberships;
use super::physical_id::PhysicalId;
use super::sets::{DEVICE, DEVICES};
use crate::changes::deletion;
use crate::property_pair::deciding_property;

/// The type of a registration.
const REGISTRATION: &str = "windowsAutopilotDeviceIdentity";
/// Both names that a registration has for the object's `deviceId`, the older first.
const REGISTRATION_DEVICE_IDS: [&str; 2] = ["azureActiveDirectoryDeviceId", "azureAdDeviceId"];

/// The key of the directory object of a registration. It is made of the registration's key, so neither need be looked up
/// to find the other.
pub(crate) fn directory_key(registration: &Key) -> Key {
    derived(b"directory object", registration)
}

/// A GUID that is always the same for a registration.
fn derived(purpose: &[u8], registration: &Key) -> Key {
    let digest = digest(&SHA256, &[purpose, &registration.to_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    Key::from(Builder::from_custom_bytes(bytes).into_uuid())
}

/// The directory objects of registrations.
pub(crate) struct DirectoryObjects {
    pub(crate) set: SetId,
    entity_type: TypeId,
    /// The properties that are copied: the registration's slot, and the object's. Of two with the same object's slot the
    /// last that is filled counts.
    copied: [(u16, u16); 5],
    /// The slots of both names that a registration has for the object's `deviceId`.
    registration_device_ids: [u16; 2],
    physical_ids: u16,
    group_tag: u16,
    purchase_order: u16,
    /// The properties that are the same for every registration.
    fixed: Vec<(u16, Value)>,
    created_at: u16,
    registered_at: u16,
    memberships: Memberships,
}

impl DirectoryObjects {
    pub(crate) fn new(names: &Names<'_>) -> Result<DirectoryObjects, StartError> {
        let text = |text: &str| Value::String(text.into());
        let copied = |of_registration: &str, of_object: &str| -> Result<(u16, u16), StartError> {
            Ok((names.slot(REGISTRATION, of_registration)?, names.slot(DEVICE, of_object)?))
        };
        Ok(DirectoryObjects {
            set: names.whole_path(DEVICES)?,
            entity_type: names.structured(DEVICE)?,
            copied: [
                copied("serialNumber", "displayName")?,
                copied("displayName", "displayName")?,
                copied("manufacturer", "manufacturer")?,
                copied("model", "model")?,
                copied("azureActiveDirectoryDeviceId", "deviceId")?,
            ],
            registration_device_ids: [
                names.slot(REGISTRATION, REGISTRATION_DEVICE_IDS[0])?,
                names.slot(REGISTRATION, REGISTRATION_DEVICE_IDS[1])?,
            ],
            physical_ids: names.slot(DEVICE, "physicalIds")?,
            group_tag: names.slot(REGISTRATION, "groupTag")?,
            purchase_order: names.slot(REGISTRATION, "purchaseOrderIdentifier")?,
            fixed: vec![
                (names.slot(DEVICE, "accountEnabled")?, Value::Boolean(false)),
                (names.slot(DEVICE, "operatingSystem")?, text("Windows")),
                (names.slot(DEVICE, "profileType")?, text("RegisteredDevice")),
                (names.slot(DEVICE, "trustType")?, text("AzureAd")),
            ],
            created_at: names.slot(DEVICE, "createdDateTime")?,
            registered_at: names.slot(DEVICE, "registrationDateTime")?,
            memberships: Memberships::new(names)?,
        })
    }

    /// Sets the device id in a new registration, unless its creator did.
    pub(crate) fn set_device_id(&self, registration: &mut Record) -> Result<(), Error> {
        let id = registration.text(0).ok_or_else(|| Error::defect("a registration has no id"))?;
        let given = self.registration_device_ids.iter().find_map(|slot| filled(registration, *slot));
        let derived = || derived(b"device id", &Key::parse(id)).to_string();
        let device_id = given.map_or_else(derived, str::to_owned);
        for slot in self.registration_device_ids {
            if filled(registration, slot).is_none() {
                registration.set(slot, Value::String(device_id.as_str().into()));
            }
        }
        Ok(())
    }

    /// Changes both names of the device id of a registration if one of them was changed.
    pub(crate) fn follow_device_id(&self, before: &Record, after: &mut Record) -> Result<(), Error> {
        let slots = self.registration_device_ids;
        let differs = slots.map(|slot| before.get(slot) != after.get(slot));
        let is_equal = after.get(slots[0]) == after.get(slots[1]);
        if let Some(from) = deciding_property(REGISTRATION_DEVICE_IDS, differs, [false; 2], is_equal)? {
            let value = after.get(slots[from]).cloned().unwrap_or(Value::Null);
            after.set(slots[1 - from], value);
        }
        Ok(())
    }

    /// The slots of both names of the device id of a registration.
    pub(crate) fn registration_device_ids(&self) -> [u16; 2] {
        self.registration_device_ids
    }

    /// The object of a new registration.
    pub(crate) fn object_of(&self, context: &Context<'_>, key: &Key, registration: &Record) -> Record {
        let slots = context.model().structured(self.entity_type).slots;
        let mut object = Record::empty(self.entity_type, slots);
        object.set(0, Value::String(directory_key(key).to_string().into()));
        object.set(self.created_at, Value::DateTimeOffset(context.now));
        object.set(self.registered_at, Value::DateTimeOffset(context.now));
        for (slot, value) in &self.fixed {
            object.set(*slot, value.clone());
        }
        self.copy(key, registration, &mut object);
        object
    }

    /// The change that makes the object of a new registration.
    pub(crate) fn insertion(
        &self,
        context: &Context<'_>,
        key: &Key,
        registration: &Record,
    ) -> Result<Change, Error> {
        let entity = Draft(self.object_of(context, key, registration)).complete(context.model())?;
        Ok(Change::Insert { set: self.set, parent: None, key: directory_key(key), entity })
    }

    /// The object in agreement with its registration, so that rules find it.
    pub(crate) fn agreeing(&self, key: &Key, registration: &Record, object: &Record) -> Record {
        let mut agreeing = object.clone();
        self.copy(key, registration, &mut agreeing);
        agreeing
    }

    /// The stored object of a registration; none if it was deleted.
    pub(crate) async fn stored(
        &self,
        context: &Context<'_>,
        registration: &Key,
    ) -> Result<Option<(Row, Record)>, Error> {
        let key = directory_key(registration);
        let row = context.store.get(context.tenant(), self.set, None, &key).await?;
        let Some(row) = row else { return Ok(None) };
        let record = context.store.record(self.set, &row)?;
        Ok(Some((row, record)))
    }

    /// The objects of registrations, by their keys.
    pub(crate) async fn of_all(
        &self,
        context: &Context<'_>,
        registrations: &[Row],
    ) -> Result<HashMap<Key, Record>, Error> {
        let keys = registrations.iter().map(|row| directory_key(&row.key)).collect();
        let query = Query::all(context.tenant(), self.set, 1);
        let stored = context.store.list_each(&query, &Owners::Keys(keys)).await?;
        let object = |owned: Owned| Ok((context.store.record(self.set, &owned.row)?, owned.row.key));
        stored.into_iter().map(|owned| object(owned).map(|(record, key)| (key, record))).collect()
    }

    /// The changes that end the object of a registration, and its memberships.
    pub(crate) async fn removal(
        &self,
        context: &Context<'_>,
        registration: &Key,
    ) -> Result<Vec<Change>, Error> {
        let key = directory_key(registration);
        let row = context.store.get(context.tenant(), self.set, None, &key).await?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let mut changes = vec![deletion(self.set, row)];
        changes.extend(self.membership_removal(context, &key).await?);
        Ok(changes)
    }

    /// The changes that end the memberships of an object.
    pub(super) async fn membership_removal(
        &self,
        context: &Context<'_>,
        object: &Key,
    ) -> Result<Vec<Change>, Error> {
        self.memberships.removal(context, object).await
    }

    /// Copies to an object what its registration says; what the registration leaves open stays.
    fn copy(&self, key: &Key, registration: &Record, object: &mut Record) {
        for (of_registration, of_object) in self.copied {
            if let Some(text) = filled(registration, of_registration) {
                object.set(of_object, Value::String(text.into()));
            }
        }
        let is_copied = |id: &&Value| id.as_text().and_then(PhysicalId::of).is_some();
        let mut ids = self.physical_ids_of(key, registration);
        if let Some(Value::Collection(before)) = object.get(self.physical_ids) {
            ids.extend(before.iter().filter(|id| !is_copied(id)).cloned());
        }
        object.set(self.physical_ids, Value::Collection(ids));
    }

    fn physical_ids_of(&self, key: &Key, registration: &Record) -> Vec<Value> {
        let filled = |slot| filled(registration, slot);
        let ids = [
            Some(PhysicalId::Registration.text(&key.to_string())),
            filled(self.group_tag).map(|tag| PhysicalId::GroupTag.text(tag)),
            filled(self.purchase_order).map(|order| PhysicalId::PurchaseOrder.text(order)),
        ];
        ids.into_iter().flatten().map(|id| Value::String(id.into())).collect()
    }

    /// The physical ids of an object.
    pub(crate) fn physical_ids(&self, object: &Record) -> Value {
        object.get(self.physical_ids).cloned().unwrap_or(Value::Collection(Vec::new()))
    }

    /// The key of the registration that an object is of; none of a device that is not registered.
    pub(crate) fn registration(&self, object: &Record) -> Option<Key> {
        let Some(Value::Collection(ids)) = object.get(self.physical_ids) else { return None };
        ids.iter().filter_map(Value::as_text).find_map(|id| match PhysicalId::of(id) {
            Some((PhysicalId::Registration, key)) => Some(Key::parse(key)),
            _ => None,
        })
    }
}

/// The text in a slot, unless it is empty.
fn filled(record: &Record, slot: u16) -> Option<&str> {
    record.text(slot).filter(|text| !text.is_empty())
}
