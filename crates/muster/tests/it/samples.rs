//! Bodies that create something.

use serde_json::{Value, json};
use testkit::Caller;

pub fn password_info(serial_number: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.hardwarePasswordInfo",
        "serialNumber": serial_number,
        "currentPassword": "Current Password value",
        "previousPasswords": ["Previous Passwords value"],
    })
}

pub fn configuration(display_name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.hardwareConfiguration",
        "displayName": display_name,
        "fileName": "settings.cctk",
        "configurationFileContent": "W2NjdGtdCg==",
        "hardwareConfigurationFormat": "dell",
        "perDevicePasswordDisabled": false,
    })
}

pub fn imported(serial_number: &str) -> Value {
    json!({"serialNumber": serial_number, "hardwareIdentifier": "aGFyZHdhcmVJZGVudGlmaWVy", "productKey": ""})
}

pub fn device(serial_number: &str) -> Value {
    json!({"serialNumber": serial_number, "groupTag": "Berlin", "manufacturer": "Example Corp"})
}

pub fn profile(display_name: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "displayName": display_name})
}

pub fn group_target(group: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group})
}

/// The id of what was created.
#[track_caller]
pub fn id(entity: &Value) -> String {
    entity["id"].as_str().unwrap_or_else(|| panic!("no id: {entity}")).to_owned()
}

/// The serial numbers of devices, in their order.
pub fn serials(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["serialNumber"].as_str().unwrap_or("null")).collect()
}

/// A device that has a deployment profile, and the profile.
#[track_caller]
pub fn device_with_profile(caller: &Caller<'_>) -> (String, String) {
    let device = id(&caller.create("windowsAutopilotDeviceIdentities", &device("PROFILED")));
    let profile = id(&caller.create("windowsAutopilotDeploymentProfiles", &profile("Kiosk")));
    let path = format!("windowsAutopilotDeploymentProfiles/{profile}/assign");
    caller.act(&path, &json!({"deviceIds": [device]})).is(204);
    (device, profile)
}
