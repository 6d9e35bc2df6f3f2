//! `dependsOn` and `atomicityGroup`: what stands or falls with what

use serde_json::{Value, json};

use super::{
    CONFIGURATIONS, DEVICES, PASSWORDS, batch, depending, get, grouped, post, send, statuses, text, url,
};
use crate::samples::{configuration, device, id, imported, password_info, serials};

both![
    dependents_of_what_failed_fail,
    a_group_takes_effect_as_one,
    a_group_that_changes_nothing_is_answered,
    a_group_that_fails_leaves_nothing,
    of_those_that_do_not_go_together_the_later_one_fails,
    what_cannot_be_in_a_group,
];

pooled![a_group_takes_effect_as_one];

fn a_group_takes_effect_as_one(server: &testkit::TestServer) {
    let caller = server.caller();
    let kept = caller.create(PASSWORDS, &password_info("kept"));
    let old = caller.create(CONFIGURATIONS, &configuration("old"));
    let path = format!("{PASSWORDS}/{}", id(&kept));
    let found = batch(
        &caller,
        json!([
            get("before", &format!("{DEVICES}/$count")),
            grouped(post("a", DEVICES, device("A")), "g"),
            grouped(post("b", DEVICES, device("B")), "g"),
            grouped(
                json!({"id": "c", "method": "PATCH", "url": url(&path), "body": {"serialNumber": "new"},
                    "headers": {"If-Match": kept["@odata.etag"]}, "dependsOn": ["a"]}),
                "g"
            ),
            grouped(
                json!({"id": "d", "method": "DELETE", "url": url(&format!("{CONFIGURATIONS}/{}", id(&old)))}),
                "g"
            ),
            grouped(
                post(
                    "e",
                    "importedWindowsAutopilotDeviceIdentities/import",
                    json!({"importedWindowsAutopilotDeviceIdentities": [imported("I"), imported("J")]})
                ),
                "g"
            ),
            depending(get("after", &format!("{DEVICES}/$count")), &["g"]),
        ]),
    );
    assert_eq!(statuses(&found), [200, 201, 201, 200, 204, 200, 200]);
    assert!(found[1..6].iter().all(|response| response["atomicityGroup"] == "g"));
    assert_eq!((&found[0]["body"], &found[6]["body"]), (&json!("0"), &json!("2")));
    for response in &found[1..3] {
        let now = caller.read(&format!("{DEVICES}/{}", id(&response["body"])));
        assert_eq!(now["serialNumber"], response["body"]["serialNumber"]);
    }
    // Each is told its own version. Those of devices may be newer by now.
    assert_eq!(caller.read(&path)["@odata.etag"], found[3]["body"]["@odata.etag"]);
    // The secret that the change carried along is shown, and stays.
    assert_eq!(found[3]["body"]["currentPassword"], kept["currentPassword"]);
    assert_eq!(caller.read(&path)["currentPassword"], kept["currentPassword"]);
    let records = found[5]["body"]["value"].as_array().cloned().unwrap_or_default();
    assert_eq!(serials(&records), ["I", "J"]);
    assert_eq!(caller.list("importedWindowsAutopilotDeviceIdentities").len(), 2);
    assert!(caller.list(CONFIGURATIONS).is_empty());
}

fn a_group_that_changes_nothing_is_answered(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = caller.create(CONFIGURATIONS, &configuration("bare"));
    let assign = format!("{CONFIGURATIONS}/{}/assign", id(&configuration));
    let nothing = json!({"hardwareConfigurationAssignments": []});
    let alone = caller.act(&assign, &nothing).is(200).json();
    let found = batch(&caller, json!([grouped(post("a", &assign, nothing), "g")]));
    assert_eq!(statuses(&found), [200]);
    assert_eq!(found[0]["body"]["value"], alone["value"]);
}

fn a_group_that_fails_leaves_nothing(server: &testkit::TestServer) {
    let caller = server.caller();
    let kept = caller.create(CONFIGURATIONS, &configuration("kept"));
    let path = format!("{CONFIGURATIONS}/{}", id(&kept));
    let patch =
        |name: &str, body: Value| json!({"id": name, "method": "PATCH", "url": url(&path), "body": body});
    let mut unlike = patch("x", json!({"description": "no"}));
    unlike["headers"] = json!({"If-Match": "W/\"5000000\""});
    let cases = [
        (post("x", CONFIGURATIONS, json!({"displayName": "only"})), 400),
        (json!({"id": "x", "method": "DELETE", "url": url(&format!("{DEVICES}/none"))}), 404),
        (json!({"id": "x", "method": "DELETE", "url": "https://elsewhere.example/beta/x"}), 400),
        (json!({"id": "x", "method": "PUT", "url": url(&path), "body": {}}), 405),
        (unlike, 412),
        (patch("x", json!({"displayName": "the same entity again"})), 409),
    ];
    for (failing, status) in cases {
        let found = batch(
            &caller,
            json!([
                grouped(post("a", DEVICES, device("A")), "g"),
                grouped(patch("b", json!({"description": "changed"})), "g"),
                grouped(failing.clone(), "g"),
                get("after", DEVICES),
                depending(get("dependent", DEVICES), &["a"]),
            ]),
        );
        assert_eq!(statuses(&found), [424, 424, status, 200, 424], "{failing}");
        assert_eq!(found[0]["body"]["error"]["code"], "FailedDependency");
        assert!(found[3]["body"]["value"].as_array().is_some_and(Vec::is_empty), "{failing}");
        assert_eq!(caller.read(&path)["@odata.etag"], kept["@odata.etag"], "{failing}");
    }
}

fn of_those_that_do_not_go_together_the_later_one_fails(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration =
        format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &configuration("A"))));
    let password = id(&caller.create(PASSWORDS, &password_info("A")));
    let target = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    let change = |name: &str, set: &str| {
        let url = url(&format!("{set}/{password}"));
        json!({"id": name, "method": "PATCH", "url": url, "body": {"serialNumber": name}})
    };
    for (case, first, second, status) in [
        (
            "what contains it goes",
            json!({"id": "1", "method": "DELETE", "url": url(&configuration)}),
            post("2", &format!("{configuration}/assignments"), target),
            404,
        ),
        ("one record in one view", change("1", PASSWORDS), change("2", PASSWORDS), 409),
        ("one record in two views", change("1", PASSWORDS), change("2", "hardwarePasswordDetails"), 409),
    ] {
        let found = batch(&caller, json!([grouped(first, "g"), grouped(second, "g")]));
        assert_eq!(statuses(&found), [424, status], "{case}: {found:?}");
    }
    caller.read(&configuration);
}

fn what_cannot_be_in_a_group(server: &testkit::TestServer) {
    let caller = server.caller();
    let read = json!([grouped(get("1", DEVICES), "g")]);
    send(&caller, read).refused(400, &["'1'", "changes only"]);
    let apart = json!([
        grouped(post("1", DEVICES, device("A")), "g"),
        post("2", DEVICES, device("B")),
        grouped(post("3", DEVICES, device("C")), "g"),
    ]);
    send(&caller, apart).refused(400, &["'3'", "follow one another"]);
    let serial_numbers = json!({"serialNumbers": ["A"]});
    let several = json!([
        grouped(post("1", DEVICES, device("A")), "g"),
        grouped(post("2", &format!("{DEVICES}/deleteDevices"), serial_numbers), "g"),
    ]);
    let found = batch(&caller, several);
    assert_eq!(statuses(&found), [424, 400]);
    assert!(text(&found[1]["body"]["error"]["message"]).contains("deleteDevices"), "{}", found[1]);
    assert!(caller.list(DEVICES).is_empty());
}

fn dependents_of_what_failed_fail(server: &testkit::TestServer) {
    let caller = server.caller();
    let found = batch(
        &caller,
        json!([
            get("fails", &format!("{DEVICES}/none")),
            depending(post("second", DEVICES, device("A")), &["fails"]),
            depending(get("third", DEVICES), &["second"]),
            get("free", DEVICES),
            depending(get("both", DEVICES), &["free", "fails"]),
            depending(get("good", DEVICES), &["free"]),
        ]),
    );
    assert_eq!(statuses(&found), [404, 424, 424, 200, 424, 200]);
    assert_eq!(found[1]["body"]["error"]["code"], "FailedDependency");
    assert!(text(&found[1]["body"]["error"]["message"]).contains("'fails'"), "{}", found[1]);
    assert!(caller.list(DEVICES).is_empty());
}
