//! `devices`: a device as the directory knows it, and the object that a registration for Autopilot brings with it.

use aws_lc_rs::digest::{SHA256, digest};
use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::payload::{Draft, Valid};
use odata::{Key, Record, Value};
use store::Change;
use uuid::Builder;

use crate::assessment::{Cause, Touched, assessment};

pub(crate) const TYPE: &str = "device";
pub(crate) const SET: &str = "devices";
const IDENTITY: &str = "windowsAutopilotDeviceIdentity";

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let devices = Devices {
        registered: names.slot(TYPE, "registrationDateTime")?,
        objects: DirectoryDevices::new(names)?,
    };
    handlers.set(names.whole_path(SET)?, devices);
    Ok(())
}

struct Devices {
    registered: u16,
    objects: DirectoryDevices,
}

impl Behaviour for Devices {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        if record.get(self.registered).is_none() {
            record.set(self.registered, Value::DateTimeOffset(context.now));
        }
        Ok(())
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        _before: &Record,
        _after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let key = &address.key;
        Ok(vec![assessment(context, Touched::Objects(vec![key.clone()]), Cause::Membership)])
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        let key = &address.key;
        Box::pin(async move {
            let set = self.objects.set;
            let Some(row) = context.store.get(context.tenant(), set, None, key).await? else {
                return Ok(Deletion::Now(Vec::new()));
            };
            let identity = self.objects.identity(&context.store.record(set, &row)?);
            let touched = Touched::Devices(identity.into_iter().collect());
            Ok(Deletion::Now(vec![assessment(context, touched, Cause::Membership)]))
        })
    }
}

/// The directory object of a registration: it has the registration's key in another form, so neither need be looked up
/// to find the other.
pub(crate) fn directory_key(identity: &Key) -> Key {
    derived(b"directory object", identity)
}

/// A GUID that is always the same for an identity.
fn derived(purpose: &[u8], identity: &Key) -> Key {
    let digest = digest(&SHA256, &[purpose, &identity.to_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    Key::from(Builder::from_custom_bytes(bytes).into_uuid())
}

/// Makes and keeps the directory objects of registrations.
pub(crate) struct DirectoryDevices {
    pub(crate) set: SetId,
    entity_type: TypeId,
    /// Properties that are told as the registration has them: its slot, and the object's. The last that says something
    /// counts.
    told: [(u16, u16); 4],
    /// Both of an identity's names for the object's `deviceId`.
    identity_device_ids: [u16; 2],
    device_id: u16,
    physical_ids: u16,
    group_tag: u16,
    purchase_order: u16,
    fixed: Vec<(u16, Value)>,
    registered: u16,
}

impl DirectoryDevices {
    pub(crate) fn new(names: &Names<'_>) -> Result<DirectoryDevices, StartError> {
        let text = |text: &str| Value::String(text.into());
        let told = |of_identity: &str, of_device: &str| -> Result<(u16, u16), StartError> {
            Ok((names.slot(IDENTITY, of_identity)?, names.slot(TYPE, of_device)?))
        };
        Ok(DirectoryDevices {
            set: names.whole_path(SET)?,
            entity_type: names.structured(TYPE)?,
            told: [
                told("serialNumber", "displayName")?,
                told("displayName", "displayName")?,
                told("manufacturer", "manufacturer")?,
                told("model", "model")?,
            ],
            identity_device_ids: [
                names.slot(IDENTITY, "azureActiveDirectoryDeviceId")?,
                names.slot(IDENTITY, "azureAdDeviceId")?,
            ],
            device_id: names.slot(TYPE, "deviceId")?,
            physical_ids: names.slot(TYPE, "physicalIds")?,
            group_tag: names.slot(IDENTITY, "groupTag")?,
            purchase_order: names.slot(IDENTITY, "purchaseOrderIdentifier")?,
            fixed: vec![
                (names.slot(TYPE, "accountEnabled")?, Value::Boolean(false)),
                (names.slot(TYPE, "operatingSystem")?, text("Windows")),
                (names.slot(TYPE, "profileType")?, text("RegisteredDevice")),
                (names.slot(TYPE, "trustType")?, text("AzureAd")),
            ],
            registered: names.slot(TYPE, "registrationDateTime")?,
        })
    }

    /// Names the directory object in a new identity, unless its creator did.
    pub(crate) fn announce(&self, identity: &mut Record) {
        let key = Key::parse(identity.text(0).unwrap_or_default());
        let given = self
            .identity_device_ids
            .iter()
            .find_map(|slot| identity.text(*slot).filter(|text| !text.is_empty()).map(str::to_owned));
        let device_id = given.unwrap_or_else(|| derived(b"device id", &key).to_string());
        for slot in self.identity_device_ids {
            if identity.text(slot).is_none_or(str::is_empty) {
                identity.set(slot, Value::String(device_id.as_str().into()));
            }
        }
    }

    /// What makes the object of a new identity.
    pub(crate) fn insertion(
        &self,
        context: &Context<'_>,
        key: &Key,
        identity: &Record,
    ) -> Result<Change, Error> {
        let (model, device_key) = (context.model(), directory_key(key));
        let mut device = Record::empty(self.entity_type, model.structured(self.entity_type).slots);
        device.set(0, Value::String(device_key.to_string().into()));
        device.set(self.registered, Value::DateTimeOffset(context.now));
        for (slot, value) in &self.fixed {
            device.set(*slot, value.clone());
        }
        if let Some(value) = identity.get(self.identity_device_ids[0]) {
            device.set(self.device_id, value.clone());
        }
        self.tell(key, identity, &mut device);
        let entity = Draft(device).complete(model)?;
        Ok(Change::Insert { set: self.set, parent: None, key: device_key, entity })
    }

    /// The object as it must be for the identity to be found by rules; none if it is so.
    pub(crate) fn agreeing(&self, key: &Key, identity: &Record, device: &Record) -> Option<Record> {
        let mut agreeing = device.clone();
        self.tell(key, identity, &mut agreeing);
        (agreeing != *device).then_some(agreeing)
    }

    /// Has an object say what the identity does. What the identity says nothing of stays.
    fn tell(&self, key: &Key, identity: &Record, device: &mut Record) {
        for (of_identity, of_device) in self.told {
            if let Some(text) = filled(identity, of_identity) {
                device.set(of_device, Value::String(text.into()));
            }
        }
        let is_ours = |id: &&Value| id.as_text().and_then(PhysicalId::of).is_some();
        let mut ids = self.physical_ids_of(key, identity);
        if let Some(Value::Collection(before)) = device.get(self.physical_ids) {
            ids.extend(before.iter().filter(|id| !is_ours(id)).cloned());
        }
        device.set(self.physical_ids, Value::Collection(ids));
    }

    fn physical_ids_of(&self, key: &Key, identity: &Record) -> Vec<Value> {
        let filled = |slot| filled(identity, slot);
        let ids = [
            Some(format!("{}{key}", PhysicalId::Registration.prefix())),
            filled(self.group_tag).map(|tag| format!("{}{tag}", PhysicalId::GroupTag.prefix())),
            filled(self.purchase_order).map(|order| format!("{}{order}", PhysicalId::PurchaseOrder.prefix())),
        ];
        ids.into_iter().flatten().map(|id| Value::String(id.into())).collect()
    }

    /// What an object is told by.
    pub(crate) fn physical_ids(&self, device: &Record) -> Value {
        device.get(self.physical_ids).cloned().unwrap_or(Value::Collection(Vec::new()))
    }

    /// The identity that a directory object says it is of.
    pub(crate) fn identity(&self, device: &Record) -> Option<Key> {
        let Some(Value::Collection(ids)) = device.get(self.physical_ids) else { return None };
        ids.iter().filter_map(Value::as_text).find_map(|id| match PhysicalId::of(id) {
            Some((PhysicalId::Registration, key)) => Some(Key::parse(key)),
            _ => None,
        })
    }
}

/// A text of a record that says something.
fn filled(record: &Record, slot: u16) -> Option<&str> {
    record.text(slot).filter(|text| !text.is_empty())
}

/// A physical id that says what an identity says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PhysicalId {
    /// Which registration it is.
    Registration,
    GroupTag,
    PurchaseOrder,
}

impl PhysicalId {
    const ALL: [PhysicalId; 3] = [PhysicalId::Registration, PhysicalId::GroupTag, PhysicalId::PurchaseOrder];

    fn prefix(self) -> &'static str {
        match self {
            PhysicalId::Registration => "[ZTDID]:",
            PhysicalId::GroupTag => "[OrderID]:",
            PhysicalId::PurchaseOrder => "[PurchaseOrderId]:",
        }
    }

    /// Which one a text is, and what it says; none if it is none of ours.
    pub(crate) fn of(text: &str) -> Option<(PhysicalId, &str)> {
        PhysicalId::ALL.into_iter().find_map(|id| {
            let (prefix, said) = text.split_at_checked(id.prefix().len())?;
            prefix.eq_ignore_ascii_case(id.prefix()).then_some((id, said))
        })
    }
}
