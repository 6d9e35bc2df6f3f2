//! The identity of a device that an import registers.

use engine::Context;
use odata::edm::TypeId;
use odata::{Record, Value};

use super::record::ImportSlots;
use crate::autopilot::ledger::HashedDevice;
use crate::autopilot::sets::DEVICE;
use crate::hardware_hash::TextKind;

engine::slots! {
    /// The slots of an identity that an import fills.
    pub(super) struct IdentitySlots of DEVICE {
        pub(super) serial_number,
        pub(super) manufacturer,
        pub(super) model,
        sku_number,
        system_family,
        product_key,
        group_tag,
        user = "userPrincipalName",
        muster_import_id,
    }
}

impl IdentitySlots {
    /// The identity of an imported device: what its record says, and what only its hash does.
    pub(super) fn identity(
        &self,
        context: &Context<'_>,
        entity_type: TypeId,
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
            (self.muster_import_id, sent(slots.import_id)),
        ];
        let mut identity = Record::empty(entity_type, context.model().structured(entity_type).slots);
        for (slot, value) in values {
            if let Some(text) = value {
                identity.set(slot, Value::String(text.into()));
            }
        }
        identity
    }
}
