//! Where the properties are that a registration reads and fills.

use odata::Value;
use odata::edm::TypeId;

use crate::autopilot::device_identities::TYPE as DEVICE;
use crate::autopilot::imported_identities::{STATE_TYPE, TYPE};
use crate::handlers::{Names, StartError};

/// Those of an import's record, and of its state.
pub(super) struct RecordSlots {
    pub(super) hash: u16,
    pub(super) serial_number: u16,
    pub(super) product_key: u16,
    pub(super) group_tag: u16,
    pub(super) order_identifier: u16,
    pub(super) user: u16,
    pub(super) state: u16,
    pub(super) state_type: TypeId,
    pub(super) status: u16,
    pub(super) complete: Value,
    pub(super) error: Value,
    pub(super) registration_id: u16,
    pub(super) error_code: u16,
    pub(super) error_name: u16,
}

impl RecordSlots {
    pub(super) fn new(names: &Names<'_>) -> Result<RecordSlots, StartError> {
        const STATUS: &str = "importedWindowsAutopilotDeviceIdentityImportStatus";
        Ok(RecordSlots {
            hash: names.slot(TYPE, "hardwareIdentifier")?,
            serial_number: names.slot(TYPE, "serialNumber")?,
            product_key: names.slot(TYPE, "productKey")?,
            group_tag: names.slot(TYPE, "groupTag")?,
            order_identifier: names.slot(TYPE, "orderIdentifier")?,
            user: names.slot(TYPE, "assignedUserPrincipalName")?,
            state: names.slot(TYPE, "state")?,
            state_type: names.structured(STATE_TYPE)?,
            status: names.slot(STATE_TYPE, "deviceImportStatus")?,
            complete: names.member(STATUS, "complete")?,
            error: names.member(STATUS, "error")?,
            registration_id: names.slot(STATE_TYPE, "deviceRegistrationId")?,
            error_code: names.slot(STATE_TYPE, "deviceErrorCode")?,
            error_name: names.slot(STATE_TYPE, "deviceErrorName")?,
        })
    }
}

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
