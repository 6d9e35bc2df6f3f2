//! Bodies that create something.

use domain::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, to_base64};
use serde_json::{Value, json};
use testkit::TestCaller;
use uuid::Uuid;

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

/// The record of a device with a hash that holds.
pub fn import_of(serial_number: &str, hash: &str) -> Value {
    json!({"serialNumber": serial_number, "hardwareIdentifier": hash})
}

/// A hash of a device of its own: manufacturer, model, serial number, and these records.
pub fn hash(serial_number: &str, more: Vec<HashRecord>) -> String {
    let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
    let mut hash = HardwareHash::new(vec![
        text(TextKind::SerialNumber, serial_number),
        text(TextKind::Manufacturer, "Example Corp"),
        text(TextKind::Model, "Example Model 1"),
    ]);
    more.into_iter().for_each(|record| hash.put(record));
    to_base64(&hash.build().expect("a hash that holds"))
}

/// A serial number, or any other text, that no other test has: what a device is told by counts across tenants.
pub fn unique(name: &str) -> String {
    format!("{name}-{}", Uuid::new_v4().simple())
}

/// Waits until all that came due is done.
#[track_caller]
pub fn settle(caller: &TestCaller<'_>) {
    caller.act("/_/clock", &json!({"advance": "PT0S"})).is(200);
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

/// A group whose members a rule selects.
pub fn dynamic_group(display_name: &str, rule: &str) -> Value {
    let mut group = static_group(display_name);
    group["groupTypes"] = json!(["DynamicMembership"]);
    group["membershipRule"] = json!(rule);
    group["membershipRuleProcessingState"] = json!("On");
    group
}

/// A group whose members are added one by one.
pub fn static_group(display_name: &str) -> Value {
    json!({"displayName": display_name, "mailEnabled": false, "mailNickname": "group", "securityEnabled": true})
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
pub fn device_with_profile(caller: &TestCaller<'_>) -> (String, String) {
    let device = id(&caller.create("windowsAutopilotDeviceIdentities", &device("PROFILED")));
    let profile = id(&caller.create("windowsAutopilotDeploymentProfiles", &profile("Kiosk")));
    let path = format!("windowsAutopilotDeploymentProfiles/{profile}/assign");
    caller.act(&path, &json!({"deviceIds": [device]})).is(204);
    (device, profile)
}

/// What calls come to that are made at the same time.
pub fn at_once<T: Send>(count: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let call = &call;
        let calls: Vec<_> = (0..count).map(|at| scope.spawn(move || call(at))).collect();
        calls.into_iter().map(|call| call.join().expect("a call that ends")).collect()
    })
}

/// Numbers that look random and are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }
}
