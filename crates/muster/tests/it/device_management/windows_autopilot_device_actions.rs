//! The actions on `/deviceManagement/windowsAutopilotDeviceIdentities`

use serde_json::{Value, json};
use testkit::{TestCaller, assert_subset};

use crate::samples::{device, id, serials};

const PATH: &str = "windowsAutopilotDeviceIdentities";

#[track_caller]
fn new_device(caller: &TestCaller<'_>) -> String {
    format!("{PATH}/{}", id(&caller.create(PATH, &device("1"))))
}

both![
    update_device_properties_changes_what_is_given,
    an_action_may_be_called_by_its_whole_name,
    a_user_is_assigned_and_unassigned,
    a_resource_account_is_assigned_and_unassigned,
    the_next_enrollment_is_allowed,
    bodies_may_be_missing_where_nothing_is_needed,
    actions_need_their_device,
    devices_are_deleted_by_serial_number,
];

fn update_device_properties_changes_what_is_given(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    let steps: [(&str, Value); 5] = [
        (r#"{"groupTag": "Hamburg"}"#, json!({"groupTag": "Hamburg", "displayName": null})),
        (r#"{ displayName: "PC-1" }"#, json!({"groupTag": "Hamburg", "displayName": "PC-1"})),
        (
            r#"{ userPrincipalName: "a@b.example", addressableUserName: "A \"B\": c, d", }"#,
            json!({"userPrincipalName": "a@b.example", "addressableUserName": "A \"B\": c, d", "displayName": "PC-1"}),
        ),
        (
            r#"{"GroupTag": "Bremen", "deviceFriendlyName": "Room 5"}"#,
            json!({"groupTag": "Bremen", "deviceFriendlyName": "Room 5"}),
        ),
        ("{}", json!({"groupTag": "Bremen", "displayName": "PC-1"})),
    ];
    for (body, expected) in steps {
        caller.post(&format!("{path}/UpdateDeviceProperties")).text(body).send().is(204);
        assert_subset(&caller.read(&path), &expected);
    }
    caller
        .act(&format!("{path}/updateDeviceProperties"), &json!({"groupTags": "x"}))
        .refused(400, &["groupTags", "groupTag"]);
    caller
        .act(&format!("{path}/updateDeviceProperties"), &json!({"groupTag": 5}))
        .refused(400, &["groupTag"]);
    // What a property cannot hold no action can give it.
    for (property, most) in [("groupTag", 512), ("deviceAccountPassword", 1_024)] {
        let body = |length| json!({property: "x".repeat(length)});
        caller.act(&format!("{path}/updateDeviceProperties"), &body(most)).is(204);
        caller
            .act(&format!("{path}/updateDeviceProperties"), &body(most + 1))
            .refused(400, &[property, &most.to_string()]);
    }
}

fn an_action_may_be_called_by_its_whole_name(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    caller.act(&format!("{path}/microsoft.graph.updateDeviceProperties"), &json!({"groupTag": "T"})).is(204);
    assert_eq!(caller.read(&path)["groupTag"], "T");
}

fn a_user_is_assigned_and_unassigned(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    let user = json!({"userPrincipalName": "a@b.example", "addressableUserName": "Ada"});
    caller.act(&format!("{path}/assignUserToDevice"), &user).is(204);
    assert_subset(&caller.read(&path), &user);
    for body in [json!({"userPrincipalName": "a@b.example", "addressableUserName": ""}), json!({})] {
        caller.act(&format!("{path}/assignUserToDevice"), &body).refused(400, &["must not be empty"]);
    }
    assert_subset(&caller.read(&path), &user);
    caller.post(&format!("{path}/unassignUserFromDevice")).send().is(204);
    assert_subset(
        &caller.read(&path),
        &json!({"userPrincipalName": null, "addressableUserName": null, "groupTag": "Berlin"}),
    );
}

fn a_resource_account_is_assigned_and_unassigned(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    let account = json!({"userPrincipalName": "hub@b.example", "addressableUserName": "Hub", "resourceAccountName": "hub"});
    caller.act(&format!("{path}/assignResourceAccountToDevice"), &account).is(204);
    assert_subset(&caller.read(&path), &json!({"userPrincipalName": "hub@b.example", "resourceName": "hub"}));
    caller.post(&format!("{path}/unassignResourceAccountFromDevice")).send().is(204);
    assert_subset(&caller.read(&path), &json!({"userPrincipalName": null, "resourceName": null}));
}

fn the_next_enrollment_is_allowed(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = new_device(&caller);
    caller.post(&format!("{path}/allowNextEnrollment")).send().is(204);
    assert_eq!(caller.read(&path)["userlessEnrollmentStatus"], "allowed");
}

fn bodies_may_be_missing_where_nothing_is_needed(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{}/unassignUserFromDevice", new_device(&caller));
    caller.post(&path).send().is(204);
    caller.post(&path).text("").send().is(204);
    caller.post(&path).text("  ").send().is(204);
    caller.post(&path).text("{}").send().is(204);
}

fn actions_need_their_device(server: &testkit::TestServer) {
    let caller = server.caller();
    let nobody = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";
    for action in ["allowNextEnrollment", "unassignUserFromDevice", "updateDeviceProperties"] {
        caller.act(&format!("{PATH}/{nobody}/{action}"), &json!({})).refused(404, &[]);
    }
    let path = new_device(&caller);
    let allow = caller.get(&format!("{path}/allowNextEnrollment")).send().refused(405, &[]);
    assert_eq!(allow.header("Allow"), Some("POST"));
    caller.act(&format!("{path}/updateDeviceProperty"), &json!({})).refused(404, &["updateDeviceProperties"]);
}

fn devices_are_deleted_by_serial_number(server: &testkit::TestServer) {
    let caller = server.caller();
    for serial in ["1", "2", "2", "3"] {
        caller.create(PATH, &device(serial));
    }
    // One answer for each: to one that nobody has, to one that two have, and twice to one that is sent twice.
    let body = json!({"serialNumbers": ["none", "2", "1", "1"]});
    for version in [caller.v1(), caller.clone()] {
        let answer = version.act(&format!("{PATH}/deleteDevices"), &body).is(200).json();
        let states: Vec<(&Value, &Value)> = answer["value"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|state| (&state["serialNumber"], &state["deletionState"]))
            .collect();
        let of_the_last = if version.url("x").contains("/v1.0/") { "accepted" } else { "failed" };
        let expected = [("none", "failed"), ("2", "failed"), ("1", of_the_last), ("1", of_the_last)]
            .map(|(serial, state)| (json!(serial), json!(state)));
        let expected: Vec<(&Value, &Value)> =
            expected.iter().map(|(serial, state)| (serial, state)).collect();
        assert_eq!(states, expected);
        assert_eq!(answer["value"][2], answer["value"][3]);
        let message = |at: usize| answer["value"][at]["errorMessage"].as_str().unwrap_or_default().to_owned();
        assert!(message(0).contains("ZtdDeviceIsNotRegistered"), "{answer}");
        assert!(message(1).contains("2 devices") && message(1).contains("id"), "{answer}");
        assert_eq!(message(2).is_empty(), of_the_last == "accepted", "{answer}");
    }
    assert_eq!(serials(&caller.list(&format!("{PATH}?$orderby=serialNumber"))), ["2", "2", "3"]);
    let many: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
    let refused = caller.act(&format!("{PATH}/deleteDevices"), &json!({"serialNumbers": many}));
    let error = refused.refused(400, &["1000", "1001"]).json()["error"].clone();
    assert_eq!((&error["target"], &error["innerError"]["number"]), (&json!("serialNumbers"), &json!(7103)));
    assert_eq!(caller.list(PATH).len(), 3);
}
