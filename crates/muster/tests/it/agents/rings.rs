//! Rollouts by rings: a device is given the file when its ring has started, and is left as it is while that waits

use serde_json::json;
use testkit::{TestServer, assert_subset};

use super::Device;
use crate::samples::{configuration, id};

const CONFIGURATIONS: &str = "hardwareConfigurations";

both![
    a_device_is_given_the_file_when_its_ring_has_started,
    a_new_version_waits_for_the_ring_and_leaves_the_state,
];

/// A configuration for all devices, whose first ring has none of them.
fn with_an_empty_ring(caller: &testkit::TestCaller<'_>) -> String {
    let path = format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &configuration("A"))));
    caller.change(&format!("{path}/rollout"), &json!({"rings": [{"groupId": uuid::Uuid::new_v4()}]}));
    let target = json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"});
    let assignments = json!({"hardwareConfigurationAssignments": [{"target": target}]});
    caller.act(&format!("{path}/assign"), &assignments).is(200);
    path
}

fn a_device_is_given_the_file_when_its_ring_has_started(server: &TestServer) {
    let caller = server.caller();
    let (device, _) = Device::enrolled(&caller);
    let path = with_an_empty_ring(&caller);
    let request = device.report(&[("WakeOnLan", "Enabled")]);
    let told = device.check_in(&request).is(200).json();
    assert!(told.get("deliver").is_none(), "{told}");
    let counts = json!({"unknownDeviceCount": 1, "pendingDeviceCount": 0});
    assert_subset(&caller.read(&format!("{path}/runSummary")), &counts);

    caller.act(&format!("{path}/rollout/muster.skip"), &json!({})).is(204);
    let told = device.check_in(&request).is(200).json();
    assert_eq!(told["deliver"]["configuration"]["version"], 1, "{told}");
    let counts = json!({"unknownDeviceCount": 0, "pendingDeviceCount": 1});
    assert_subset(&caller.read(&format!("{path}/runSummary")), &counts);
}

fn a_new_version_waits_for_the_ring_and_leaves_the_state(server: &TestServer) {
    let caller = server.caller();
    let (device, _) = Device::enrolled(&caller);
    let path = with_an_empty_ring(&caller);
    caller.act(&format!("{path}/rollout/muster.skip"), &json!({})).is(204);
    let mut request = device.report(&[]);
    let told = device.check_in(&request).is(200).json();
    request.applied = serde_json::from_value(told["deliver"]["configuration"].clone()).ok();
    request.run =
        serde_json::from_value(json!({"attributesDigest": request.attributes.digest, "results": []})).ok();
    device.check_in(&request).is(200);
    let counts = json!({"successfulDeviceCount": 1, "pendingDeviceCount": 0});
    assert_subset(&caller.read(&format!("{path}/runSummary")), &counts);

    caller.change(&path, &json!({"configurationFileContent": "W2NjdGtdDQpXYWtlT25MYW49RGlzYWJsZWQNCg=="}));
    request.run = None;
    let told = device.check_in(&request).is(200).json();
    assert!(told.get("deliver").is_none(), "{told}");
    assert_subset(&caller.read(&format!("{path}/runSummary")), &counts);
}
