//! Where the properties are that a registration fills.

use engine::handlers::{Names, StartError};

use crate::autopilot::sets::DEVICE;

/// Those of an identity that an import fills.
pub(super) struct DeviceSlots {
    pub(super) serial_number: u16,
    pub(super) manufacturer: u16,
    pub(super) model: u16,
    pub(super) sku_number: u16,
    pub(super) system_family: u16,
    pub(super) product_key: u16,
    pub(super) group_tag: u16,
    pub(super) user: u16,
}

impl DeviceSlots {
    pub(super) fn new(names: &Names<'_>) -> Result<DeviceSlots, StartError> {
        Ok(DeviceSlots {
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
}
