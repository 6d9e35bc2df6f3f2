//! `/devices`: the directory's view of a device

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset};

use crate::samples::{id, settle};

const PATH: &str = "/beta/devices";
const IDENTITIES: &str = "windowsAutopilotDeviceIdentities";

both![
    a_registration_brings_a_directory_object,
    a_change_of_tag_reaches_the_directory,
    what_the_registration_says_reaches_the_directory,
    the_object_goes_with_its_registration,
];

pooled![a_registration_brings_a_directory_object, a_change_of_tag_reaches_the_directory];

/// The directory object of an identity.
#[track_caller]
fn object(caller: &TestCaller<'_>, identity: &Value) -> Value {
    let filter = format!("deviceId eq '{}'", identity["azureAdDeviceId"].as_str().unwrap_or_default());
    let found = caller.get(PATH).query("$filter", &filter).send().is(200).json();
    found["value"][0].clone()
}

fn a_registration_brings_a_directory_object(server: &TestServer) {
    let caller = server.caller();
    let body = json!({"serialNumber": "S1", "manufacturer": "Example Corp", "model": "M1", "groupTag": "Kiosk", "purchaseOrderIdentifier": "4711"});
    let identity = caller.create(IDENTITIES, &body);
    assert_eq!(identity["azureActiveDirectoryDeviceId"], identity["azureAdDeviceId"]);
    let found = object(&caller, &identity);
    let registration = format!("[ZTDID]:{}", id(&identity));
    assert_subset(
        &found,
        &json!({
            "displayName": "S1",
            "manufacturer": "Example Corp",
            "model": "M1",
            "physicalIds": [registration, "[OrderID]:Kiosk", "[PurchaseOrderId]:4711"],
            "accountEnabled": false,
            "operatingSystem": "Windows",
        }),
    );
    assert_ne!(found["id"], found["deviceId"]);
    assert!(object(&caller.elsewhere(), &identity).is_null());
    let named =
        caller.create(IDENTITIES, &json!({"serialNumber": "S2", "azureActiveDirectoryDeviceId": "mine"}));
    assert_eq!(named["azureAdDeviceId"], "mine");
    assert_eq!(object(&caller, &named)["displayName"], "S2");
}

fn a_change_of_tag_reaches_the_directory(server: &TestServer) {
    let caller = server.caller();
    let identity = caller.create(IDENTITIES, &json!({"serialNumber": "S1", "groupTag": "A"}));
    let registration = format!("[ZTDID]:{}", id(&identity));
    let own = object(&caller, &identity);
    let ids = json!({"physicalIds": [registration, "[OrderID]:A", "[HWID]:h:1"]});
    caller.change(&format!("{PATH}/{}", id(&own)), &ids);
    let path = format!("{IDENTITIES}/{}", id(&identity));
    for (tag, expected) in
        [("B", json!([registration, "[OrderID]:B", "[HWID]:h:1"])), ("", json!([registration, "[HWID]:h:1"]))]
    {
        caller.act(&format!("{path}/updateDeviceProperties"), &json!({"groupTag": tag})).is(204);
        settle(&caller);
        assert_eq!(object(&caller, &identity)["physicalIds"], expected);
    }
}

fn what_the_registration_says_reaches_the_directory(server: &TestServer) {
    let caller = server.caller();
    let body = json!({"serialNumber": "S1", "manufacturer": "Example Corp", "model": "M1"});
    let identity = caller.create(IDENTITIES, &body);
    let path = format!("{IDENTITIES}/{}", id(&identity));
    let shows = |expected: Value| {
        settle(&caller);
        assert_subset(&object(&caller, &identity), &expected);
    };
    caller.change(&path, &json!({"model": "M2", "manufacturer": "Other Corp", "serialNumber": "S2"}));
    shows(json!({"displayName": "S2", "manufacturer": "Other Corp", "model": "M2"}));
    let rename = |name: &str| {
        caller.act(&format!("{path}/updateDeviceProperties"), &json!({"displayName": name})).is(204);
    };
    rename("PC-1");
    shows(json!({"displayName": "PC-1"}));
    // What the object is told of these by others does not hold.
    let object_path = format!("{PATH}/{}", id(&object(&caller, &identity)));
    caller.change(
        &object_path,
        &json!({"displayName": "mine", "model": "mine", "operatingSystemVersion": "10"}),
    );
    shows(json!({"displayName": "PC-1", "model": "M2", "operatingSystemVersion": "10"}));
    rename("");
    caller.change(&path, &json!({"model": "M3"}));
    shows(json!({"displayName": "S2", "model": "M3"}));
}

fn the_object_goes_with_its_registration(server: &TestServer) {
    let caller = server.caller();
    let identity = caller.create(IDENTITIES, &json!({"serialNumber": "S1"}));
    let path = format!("{PATH}/{}", id(&object(&caller, &identity)));
    caller.remove(&format!("{IDENTITIES}/{}", id(&identity)));
    caller.get(&path).send().refused(404, &[]);
    let other = caller.create(IDENTITIES, &json!({"serialNumber": "S2"}));
    caller.remove(&format!("{PATH}/{}", id(&object(&caller, &other))));
    caller.remove(&format!("{IDENTITIES}/{}", id(&other)));
}
