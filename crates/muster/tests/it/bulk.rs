//! `/_/bulk`: many small changes of devices, a line each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{dynamic_group, group_target, id, profile, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const NDJSON: &str = "application/x-ndjson";

both![
    each_verb_does_what_it_says,
    a_rehearsal_says_what_would_change_and_writes_nothing,
    a_line_that_is_wrong_keeps_no_other_from_being_done,
    whoever_may_not_is_told_the_permission,
    devices_of_others_are_not_there,
    lines_take_effect_in_their_order,
    a_new_tag_gives_a_device_its_profile,
    what_is_no_bulk,
];

/// Sends lines, and what is answered to each.
#[track_caller]
fn send(caller: &TestCaller<'_>, query: &str, lines: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    send_text(caller, query, &lines.join("\n"))
}

#[track_caller]
fn send_text(caller: &TestCaller<'_>, query: &str, text: &str) -> Vec<Value> {
    let answer = caller.post(&format!("/_/bulk{query}")).bytes(NDJSON, text.as_bytes()).send().is(200);
    assert_eq!(answer.header("Content-Type"), Some(NDJSON));
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn device(caller: &TestCaller<'_>, serial_number: &str) -> String {
    let body = json!({"serialNumber": serial_number, "groupTag": "Berlin"});
    id(&caller.create(DEVICES, &body))
}

fn statuses(answers: &[Value]) -> Vec<(u64, u64)> {
    let number = |answer: &Value, name: &str| answer[name].as_u64().unwrap();
    answers.iter().map(|answer| (number(answer, "line"), number(answer, "status"))).collect()
}

fn each_verb_does_what_it_says(server: &TestServer) {
    let caller = server.caller();
    let (one, other, third) = (device(&caller, "A1"), device(&caller, "A2"), device(&caller, "A3"));
    let user = |name: Value| json!({"verb": "user", "id": one, "userPrincipalName": name});
    let given = send(&caller, "?dryRun=true", &[user("a@b.example".into())]);
    assert_eq!(given[0]["changes"], json!({"userPrincipalName": {"from": null, "to": "a@b.example"}}));
    for name in [json!("a@b.example"), Value::Null] {
        assert_eq!(statuses(&send(&caller, "", &[user(name.clone())])), [(1, 204)]);
        let is_given = caller.read(&format!("{DEVICES}/{one}"))["userPrincipalName"] == name;
        assert!(is_given || name.is_null(), "{name}");
    }
    let answers = send(
        &caller,
        "",
        &[
            json!({"verb": "tag", "serialNumber": "A1", "groupTag": "Kiosk"}),
            json!({"verb": "name", "id": other, "displayName": "LAPTOP-2"}),
            json!({"verb": "delete", "serialNumber": "A3"}),
        ],
    );
    assert_eq!(statuses(&answers), [(1, 204), (2, 204), (3, 204)], "{answers:?}");
    let ids: Vec<&str> = answers.iter().map(|answer| answer["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&one, &other, &third]);
    assert_eq!(caller.read(&format!("{DEVICES}/{one}"))["groupTag"], "Kiosk");
    let named = caller.read(&format!("{DEVICES}/{other}"));
    assert_eq!((&named["displayName"], &named["groupTag"]), (&json!("LAPTOP-2"), &json!("Berlin")));
    caller.get(&format!("{DEVICES}/{third}")).send().refused(404, &[]);
}

fn a_rehearsal_says_what_would_change_and_writes_nothing(server: &TestServer) {
    let caller = server.caller();
    let key = device(&caller, "A1");
    settle(&caller);
    let before = caller.read(&format!("{DEVICES}/{key}"));
    let answers = send(
        &caller,
        "?dryRun=true",
        &[
            json!({"verb": "tag", "serialNumber": "A1", "groupTag": "Kiosk"}),
            json!({"verb": "tag", "id": key, "groupTag": "Berlin"}),
            json!({"verb": "name", "id": key, "displayName": "L-1"}),
            json!({"verb": "delete", "id": key}),
            json!({"verb": "delete", "id": unique("none")}),
        ],
    );
    assert_eq!(statuses(&answers), [(1, 204), (2, 204), (3, 204), (4, 204), (5, 404)], "{answers:?}");
    let changes: Vec<&Value> = answers.iter().map(|answer| &answer["changes"]).collect();
    assert_eq!(changes[0], &json!({"groupTag": {"from": "Berlin", "to": "Kiosk"}}));
    assert_eq!(changes[1], &json!({}));
    assert_eq!(changes[2]["displayName"]["to"], "L-1");
    assert_eq!(changes[3], &json!({"deleted": true}));
    assert_eq!(caller.read(&format!("{DEVICES}/{key}")), before);
}

fn a_line_that_is_wrong_keeps_no_other_from_being_done(server: &TestServer) {
    let caller = server.caller();
    for serial_number in ["A1", "TWIN", "TWIN"] {
        device(&caller, serial_number);
    }
    let long = format!(r#"{{"verb":"tag","serialNumber":"A1","groupTag":"{}"}}"#, "x".repeat(9_000));
    let text = [
        r#"{"verb":"tag""#,
        r#"{"verb":"tagg","serialNumber":"A1"}"#,
        "",
        &long,
        r#"{"verb":"tag","serialNumber":"A1","groupTag":"Kiosk"}"#,
        r#"{"verb":"delete","serialNumber":"TWIN"}"#,
        r#"{"verb":"delete","serialNumber":"none"}"#,
        r#"{"verb":"name","serialNumber":"A1","displayName":7}"#,
    ];
    let answers = send_text(&caller, "", &text.join("\r\n"));
    let expected = [(1, 400), (2, 400), (4, 400), (5, 204), (6, 409), (7, 404), (8, 400)];
    assert_eq!(statuses(&answers), expected, "{answers:?}");
    let message = |at: usize| answers[at]["error"]["message"].as_str().unwrap();
    for (at, word) in [(1, "did you mean 'tag'?"), (2, "longer than 8192"), (4, "2 devices"), (5, "'none'")] {
        assert!(message(at).contains(word), "{}", message(at));
    }
    assert_eq!(answers[6]["error"]["innerError"]["code"], "InvalidValue");
    let devices = caller.list(DEVICES);
    assert_eq!(devices.len(), 3);
    let tags: Vec<_> = devices.iter().filter(|device| device["groupTag"] == "Kiosk").collect();
    assert_eq!(tags.len(), 1);
}

fn whoever_may_not_is_told_the_permission(server: &TestServer) {
    let caller = server.caller();
    device(&caller, "A1");
    let permission = "DeviceManagementServiceConfig.ReadWrite.All";
    let reader = caller.permission("DeviceManagementServiceConfig.Read.All");
    let lines = [
        json!({"verb": "delete", "serialNumber": "A1"}),
        json!({"verb": "tag", "serialNumber": "none", "groupTag": "Kiosk"}),
    ];
    for query in ["", "?dryRun=true"] {
        let answers = send(&reader, query, &lines);
        assert_eq!(statuses(&answers), [(1, 403), (2, 403)], "{answers:?}");
        for answer in &answers {
            assert!(answer["error"]["message"].as_str().unwrap().contains(permission), "{answer}");
            assert_eq!(answer["id"], Value::Null, "which devices there are is not told");
        }
    }
    assert_eq!(statuses(&send(&caller.permission(permission), "", &lines)), [(1, 204), (2, 404)]);
    caller.nobody().post("/_/bulk").bytes(NDJSON, b"{}").send().refused(401, &[]);
}

fn devices_of_others_are_not_there(server: &TestServer) {
    let (caller, other) = (server.caller(), server.caller());
    let serial_number = unique("S");
    let key = device(&caller, &serial_number);
    let lines = [
        json!({"verb": "delete", "id": key}),
        json!({"verb": "tag", "id": key, "groupTag": "Kiosk"}),
        json!({"verb": "delete", "serialNumber": serial_number}),
    ];
    for query in ["", "?dryRun=true"] {
        let answers = send(&other, query, &lines);
        assert_eq!(statuses(&answers), [(1, 404), (2, 404), (3, 404)], "{answers:?}");
    }
    assert_eq!(caller.read(&format!("{DEVICES}/{key}"))["groupTag"], "Berlin");
}

fn lines_take_effect_in_their_order(server: &TestServer) {
    let caller = server.caller();
    let (one, other) = (device(&caller, "A1"), device(&caller, "A2"));
    let mut lines = Vec::new();
    for number in 0..70 {
        lines.push(json!({"verb": "tag", "serialNumber": "A1", "groupTag": format!("T{number}")}));
        lines.push(json!({"verb": "name", "id": one, "displayName": format!("N{number}")}));
    }
    lines.push(json!({"verb": "delete", "id": other}));
    lines.push(json!({"verb": "tag", "id": other, "groupTag": "late"}));
    lines.push(json!({"verb": "delete", "serialNumber": "A2"}));
    let answers = send(&caller, "", &lines);
    let expected: Vec<(u64, u64)> =
        (1..=141).map(|line| (line, 204)).chain([(142, 404), (143, 404)]).collect();
    assert_eq!(statuses(&answers), expected);
    let last = caller.read(&format!("{DEVICES}/{one}"));
    assert_eq!((&last["groupTag"], &last["displayName"]), (&json!("T69"), &json!("N69")));
}

fn a_new_tag_gives_a_device_its_profile(server: &TestServer) {
    let caller = server.caller();
    let tag = unique("Kiosk");
    let keys: Vec<String> = (0..5).map(|number| device(&caller, &format!("A{number}"))).collect();
    let rule = format!("(device.devicePhysicalIds -any (_ -eq \"[OrderID]:{tag}\"))");
    let group = id(&caller.create("/beta/groups", &dynamic_group("Kiosks", &rule)));
    let wanted = id(&caller.create("windowsAutopilotDeploymentProfiles", &profile("Kiosk")));
    let target = json!({"target": group_target(&group)});
    caller.create(&format!("windowsAutopilotDeploymentProfiles/{wanted}/assignments"), &target);
    settle(&caller);
    let lines: Vec<Value> =
        keys.iter().map(|key| json!({"verb": "tag", "id": key, "groupTag": tag})).collect();
    assert!(send(&caller, "", &lines).iter().all(|answer| answer["status"] == 204));
    settle(&caller);
    for key in &keys {
        let profile = caller.read(&format!("{DEVICES}/{key}/deploymentProfile"));
        assert_eq!(profile["id"], wanted.as_str());
    }
}

fn what_is_no_bulk(server: &TestServer) {
    let caller = server.caller();
    caller.get("/_/bulk").send().refused(405, &["GET"]);
    caller.post("/_/bulk").text("{}").send().refused(415, &[NDJSON]);
    caller.post("/_/bulk?dryrun=true").bytes(NDJSON, b"{}").send().refused(400, &["did you mean 'dryRun'?"]);
    caller.post("/_/bulk?dryRun=yes").bytes(NDJSON, b"{}").send().refused(400, &["true or false"]);
    let both = ["?dryRun=true&dryRun=false", "?dryRun=true&dryRun=true", "?dryRun=false&&dryRun=true"];
    let delete = json!({"verb": "delete", "id": device(&caller, "A1")}).to_string();
    for query in both {
        let refused = caller.post(&format!("/_/bulk{query}")).bytes(NDJSON, delete.as_bytes()).send();
        refused.refused(400, &["dryRun", "twice"]);
    }
    assert_eq!(caller.list(DEVICES).len(), 1);
    // What one database does not take as a text is refused on both.
    let answers = send_text(&caller, "", r#"{"verb":"delete","serialNumber":"A\u0000"}"#);
    assert_eq!(statuses(&answers), [(1, 400)], "{answers:?}");
    let packed = caller.post("/_/bulk").header("Content-Encoding", "gzip").bytes(NDJSON, b"{}");
    packed.send().refused(415, &["unpacked"]);
    assert!(send_text(&caller, "", "").is_empty());
    assert!(send_text(&caller, "?dryRun=false", "\n\n").is_empty());
}

#[test]
fn a_deletion_that_runs_is_not_begun_again() {
    let config = "[autopilot]\ndeletion_seconds = 60\n";
    let options = ServerOptions { config: Some(config.to_owned()), ..ServerOptions::default() };
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
    let caller = server.caller();
    let key = device(&caller, "A1");
    let delete = json!({"verb": "delete", "id": key});
    assert_eq!(statuses(&send(&caller, "?dryRun=true", std::slice::from_ref(&delete))), [(1, 204)]);
    let answers = send(&caller, "", &[delete.clone(), delete.clone()]);
    assert_eq!(statuses(&answers), [(1, 204), (2, 400)], "{answers:?}");
    for answers in [answers, send(&caller, "?dryRun=true", &[json!({}), delete])] {
        let message = answers[1]["error"]["message"].as_str().unwrap();
        assert!(message.contains("ZtdDeviceDeletionInProgess"), "{message}");
    }
    caller.act("/_/clock", &json!({"advance": "PT1M"})).is(200);
    caller.get(&format!("{DEVICES}/{key}")).send().refused(404, &[]);
}
