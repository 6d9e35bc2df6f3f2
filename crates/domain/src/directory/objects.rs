//! The directory objects of registrations. A registration says all of its object, so that the object is its projection and
//! is stored only if somebody changed it, or if the registration's key has no projection.

use std::collections::HashMap;

use engine::handlers::{Names, StartError};
use engine::{Context, Error, Projection, projected_key};
use odata::edm::SetId;
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::{Change, Owners, Query, Row};

use super::memberships::Memberships;
use super::physical_id::PhysicalId;
use super::registration_projection::{REGISTRATION, REGISTRATION_DEVICE_IDS, projection};
use super::sets::{DEVICE, DEVICES};
use crate::changes::deletion;
use crate::derived_key::derived_key;
use crate::property_pair::deciding_property;

/// The key of the object of a registration without a projection.
fn object_key(registration: &Key) -> Key {
    derived_key(b"directory object", &registration.to_bytes())
}

/// The keys that the object of a registration may have.
fn keys_of(registration: &Key) -> impl Iterator<Item = Key> {
    projected_key(registration).into_iter().chain([object_key(registration)])
}

/// A directory object that is stored.
pub(crate) struct StoredObject {
    pub(crate) row: Row,
    pub(crate) record: Record,
}

/// The directory objects of registrations.
pub(crate) struct DirectoryObjects {
    pub(crate) set: SetId,
    pub(crate) projection: Projection,
    /// When a registration was made; null once its object is stored.
    registered_at: u16,
    /// The slots of both names that a registration has for the object's `deviceId`.
    registration_device_ids: [u16; 2],
    /// The slots of an object that repeat texts of its registration.
    copied: [u16; 4],
    physical_ids: u16,
    /// The slots of an object that say when it was made and registered.
    of_object: [u16; 2],
    memberships: Memberships,
}

impl DirectoryObjects {
    pub(crate) fn new(names: &Names<'_>) -> Result<DirectoryObjects, StartError> {
        let slot = |name| names.slot(DEVICE, name);
        Ok(DirectoryObjects {
            set: names.whole_path(DEVICES)?,
            projection: projection(names)?,
            registered_at: names.slot(REGISTRATION, "registrationDateTime")?,
            registration_device_ids: [
                names.slot(REGISTRATION, REGISTRATION_DEVICE_IDS[0])?,
                names.slot(REGISTRATION, REGISTRATION_DEVICE_IDS[1])?,
            ],
            copied: [slot("displayName")?, slot("manufacturer")?, slot("model")?, slot("deviceId")?],
            physical_ids: slot("physicalIds")?,
            of_object: [slot("createdDateTime")?, slot("registrationDateTime")?],
            memberships: Memberships::new(names)?,
        })
    }

    /// Completes a new registration: with the device id, unless its creator gave it, and with the instant that its projection
    /// tells, if its key has one.
    pub(crate) fn complete(&self, context: &Context<'_>, registration: &mut Record) -> Result<(), Error> {
        let id = registration.text(0).ok_or_else(|| Error::defect("a registration has no id"))?;
        let is_projected = projected_key(&Key::parse(id)).is_some();
        let given = self.registration_device_ids.iter().find_map(|slot| filled(registration, *slot));
        let derived = || derived_key(b"device id", &Key::parse(id).to_bytes()).to_string();
        let device_id = given.map_or_else(derived, str::to_owned);
        for slot in self.registration_device_ids {
            if filled(registration, slot).is_none() {
                registration.set(slot, Value::String(device_id.as_str().into()));
            }
        }
        if is_projected {
            registration.set(self.registered_at, Value::DateTimeOffset(context.now));
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

    /// The change that stores the object of a new registration; none if the object is its projection.
    pub(crate) fn insertion(
        &self,
        context: &Context<'_>,
        key: &Key,
        registration: &Record,
    ) -> Result<Option<Change>, Error> {
        if self.is_told(key, registration) {
            return Ok(None);
        }
        let (key, object) = self.unprojected(context, key, registration);
        let entity = Draft(object).complete(context.model())?;
        Ok(Some(Change::Insert { set: self.set, parent: None, key, entity }))
    }

    /// The object of a new registration, with its key.
    pub(crate) fn object_of_new(
        &self,
        context: &Context<'_>,
        key: &Key,
        registration: &Record,
    ) -> (Key, Record) {
        let object = self.object_of(context, key, registration);
        object.unwrap_or_else(|| self.unprojected(context, key, registration))
    }

    /// The object of a new registration that has no projection, with its key.
    fn unprojected(&self, context: &Context<'_>, key: &Key, registration: &Record) -> (Key, Record) {
        let key = object_key(key);
        let mut object = self.projection.record(context.model(), &key, registration);
        self.of_object.iter().for_each(|slot| object.set(*slot, Value::DateTimeOffset(context.now)));
        (key, object)
    }

    /// Whether a registration alone tells its object: it is not stored, and was not deleted.
    pub(crate) fn is_told(&self, key: &Key, registration: &Record) -> bool {
        self.projection.key_of(key, registration).is_some()
    }

    /// The object of a registration, with its key, as far as the registration alone tells it: none if it is stored, or was
    /// deleted.
    pub(crate) fn object_of(
        &self,
        context: &Context<'_>,
        key: &Key,
        registration: &Record,
    ) -> Option<(Key, Record)> {
        self.projection.project(context.model(), key, registration)
    }

    /// The object of a registration, with its key; none if it was deleted.
    pub(crate) async fn object(
        &self,
        context: &Context<'_>,
        key: &Key,
        registration: &Record,
    ) -> Result<Option<(Key, Record)>, Error> {
        if let Some(object) = self.object_of(context, key, registration) {
            return Ok(Some(object));
        }
        let stored = self.stored(context, std::slice::from_ref(key)).await?.pop();
        Ok(stored.map(|(_, StoredObject { row, record })| (row.key, record)))
    }

    /// The objects of registrations, with their keys, by the keys of the registrations.
    pub(crate) async fn objects(
        &self,
        context: &Context<'_>,
        registrations: &[(&Row, Record)],
    ) -> Result<HashMap<Key, (Key, Record)>, Error> {
        let (mut objects, mut others) = (HashMap::new(), Vec::new());
        for (row, registration) in registrations {
            match self.object_of(context, &row.key, registration) {
                Some(object) => drop(objects.insert(row.key.clone(), object)),
                None => others.push(row.key.clone()),
            }
        }
        for (key, StoredObject { row, record }) in self.stored(context, &others).await? {
            objects.insert(key, (row.key, record));
        }
        Ok(objects)
    }

    /// The objects of these registrations that are stored, each with the registration's key.
    pub(crate) async fn stored(
        &self,
        context: &Context<'_>,
        registrations: &[Key],
    ) -> Result<Vec<(Key, StoredObject)>, Error> {
        if registrations.is_empty() {
            return Ok(Vec::new());
        }
        let keys: HashMap<Key, &Key> =
            registrations.iter().flat_map(|key| keys_of(key).map(move |object| (object, key))).collect();
        let owners = Owners::Keys(keys.keys().cloned().collect());
        let query = Query::all(context.tenant(), self.set, 1);
        let mut stored = Vec::new();
        for owned in context.store.list_each(&query, &owners).await? {
            if let Some(registration) = keys.get(&owned.row.key) {
                let record = context.store.record(self.set, &owned.row)?;
                stored.push(((*registration).clone(), StoredObject { row: owned.row, record }));
            }
        }
        Ok(stored)
    }

    /// When a registered device was registered, if it is known.
    pub(crate) fn registered_at<'o>(&self, object: &'o Record) -> Option<&'o Value> {
        object.get(self.of_object[1]).filter(|at| **at != Value::Null)
    }

    /// An object in agreement with its registration, so that rules find it.
    pub(crate) fn agreeing(
        &self,
        context: &Context<'_>,
        key: &Key,
        registration: &Record,
        object: &Record,
    ) -> Record {
        let mut agreeing = object.clone();
        self.copy(&self.projection.record(context.model(), key, registration), &mut agreeing);
        agreeing
    }

    /// Whether an object with this key is that of a registration.
    pub(super) fn is_object_of(&self, key: &Key, registration: &Key) -> bool {
        keys_of(registration).any(|object| object == *key)
    }

    /// The changes that end the object of a registration, and its memberships.
    pub(crate) async fn removal(
        &self,
        context: &Context<'_>,
        registration: &Key,
    ) -> Result<Vec<Change>, Error> {
        let stored = self.stored(context, std::slice::from_ref(registration)).await?.pop();
        let (key, mut changes) = match (stored, projected_key(registration)) {
            (Some((_, object)), _) => (object.row.key.clone(), vec![deletion(self.set, object.row)]),
            (None, Some(key)) => (key, Vec::new()),
            (None, None) => return Ok(Vec::new()),
        };
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

    /// Copies to an object what the projection of its registration says; what that leaves open stays.
    fn copy(&self, projection: &Record, object: &mut Record) {
        for slot in self.copied {
            if let Some(text) = projection.get(slot).filter(|text| **text != Value::Null) {
                object.set(slot, text.clone());
            }
        }
        let is_copied = |id: &&Value| id.as_text().and_then(PhysicalId::of).is_some();
        let mut ids = items(projection, self.physical_ids).to_vec();
        ids.extend(items(object, self.physical_ids).iter().filter(|id| !is_copied(id)).cloned());
        object.set(self.physical_ids, Value::Collection(ids));
    }

    /// The physical ids of an object.
    pub(crate) fn physical_ids(&self, object: &Record) -> Value {
        object.get(self.physical_ids).cloned().unwrap_or(Value::Collection(Vec::new()))
    }

    /// The key of the registration that an object is of; none of a device that is not registered.
    pub(crate) fn registration(&self, object: &Record) -> Option<Key> {
        let ids = items(object, self.physical_ids);
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

/// The items in a slot.
fn items(record: &Record, slot: u16) -> &[Value] {
    match record.get(slot) {
        Some(Value::Collection(items)) => items,
        _ => &[],
    }
}
