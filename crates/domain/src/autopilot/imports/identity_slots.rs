//! The identity of a device that an import registers.

use engine::Context;
use engine::handlers::{Names, StartError};
use odata::edm::TypeId;
use odata::{Record, Value};

use super::record::ImportSlots;
use crate::autopilot::ledger::HashedDevice;
use crate::autopilot::sets::DEVICE;
use crate::hardware_hash::TextKind;

/// The slots of an identity that an import fills.
pub(super) struct IdentitySlots {
    entity_type: TypeId,
    pub(super) serial_number: u16,
    pub(super) manufacturer: u16,
    pub(super) model: u16,
    sku_number: u16,
    system_family: u16,
    product_key: u16,
    group_tag: u16,
    user: u16,
}

impl IdentitySlots {
    pub(super) fn new(names: &Names<'_>) -> Result<IdentitySlots, StartError> {
        Ok(IdentitySlots {
            entity_type: names.structured(DEVICE)?,
            serial_number: names.slot(DEVICE, "serialNumber")?,
            manufacturer: names.slot(DEVICE, "manufacturer")?,
            model: names.slot(DEVICE, "model")?,
            sku_number: names.slot(DEVICE, "skuNumber")?,
            system_family: names.slot(DEVICE, "systemFamily")?,
            product_key: names.slot(DEVICE, "productKey")?,
            group_tag: names.slot(DEVICE, "groupTag")?,
            user: names.slot(DEVICE, "userPrincipalName")?,
        })
    }

    /// The identity of an imported device: what its record says, and what only its hash does.
    pub(super) fn identity(
        &self,
        context: &Context<'_>,
        record: &Record,
        slots: &ImportSlots,
        device: &HashedDevice,
    ) -> Record {
        let sent = |slot| record.text(slot).filter(|text| !text.trim().is_empty());
        let values = [
            (
                self.serial_number,
                device.serial_number().or(sent(slots.serial_number)).or(device.text(TextKind::SerialNumber)),
            ),
            (self.manufacturer, device.text(TextKind::Manufacturer)),
            (self.model, device.text(TextKind::Model)),
            (self.sku_number, device.text(TextKind::SkuNumber)),
            (self.system_family, device.text(TextKind::SystemFamily)),
            (self.product_key, record.text(slots.product_key)),
            (self.group_tag, sent(slots.group_tag).or(sent(slots.order_identifier))),
            (self.user, sent(slots.user)),
        ];
        let slots_of_type = context.model().structured(self.entity_type).slots;
        let mut identity = Record::empty(self.entity_type, slots_of_type);
        for (slot, value) in values {
            if let Some(text) = value {
                identity.set(slot, Value::String(text.into()));
            }
        }
        identity
    }
}
