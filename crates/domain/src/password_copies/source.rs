//! What is read from another tenant: its passwords, and the devices that they belong to.

use serde_json::Value;
use uuid::Uuid;

use super::record::CopiedRecord;

/// The paths of the passwords. A tenant may show one record below both.
pub const PASSWORD_PATHS: [&str; 2] =
    ["/beta/deviceManagement/hardwarePasswordDetails", "/beta/deviceManagement/hardwarePasswordInfo"];
/// The path of the devices.
pub const DEVICES_PATH: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";

/// Whether a page shows the password of an item. A server may keep it for a call of its own; then it is not there, which is
/// not the same as null.
pub fn shows_password(item: &Value) -> bool {
    item.get("currentPassword").is_some()
}

/// The record of passwords that an item of a page is; none if it has no id.
pub fn source_record(item: &Value) -> Option<CopiedRecord> {
    let text = |name: &str| item[name].as_str().map(str::to_owned);
    let previous = item["previousPasswords"].as_array().into_iter().flatten();
    Some(CopiedRecord {
        tenant: Uuid::nil(),
        id: text("id").filter(|id| !id.is_empty())?,
        serial_number: text("serialNumber").filter(|serial_number| !serial_number.is_empty()),
        current_password: text("currentPassword"),
        previous_passwords: previous.filter_map(Value::as_str).map(str::to_owned).collect(),
        other_passwords: Default::default(),
        current_password_date_time: None,
        deleted_date_time: None,
        devices: Vec::new(),
    })
}
