//! `…/muster.why()` and `…/muster.wait(…)`: functions of our own on devices and imports

use std::time::Duration;

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer, assert_subset};

use crate::MUSTER;
use crate::samples::{dynamic_group, group_target, hash, id, import_of, profile, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";

both![
    why_names_the_rule_and_the_profile,
    wait_answers_as_soon_as_it_is_so,
    wait_answers_when_the_time_is_over,
    an_import_can_be_waited_for,
    why_says_what_came_of_an_import,
    the_timeline_is_the_journals,
    a_hash_is_shown_record_by_record,
    they_are_ours_alone,
    arguments_may_have_aliases,
];

fn why_names_the_rule_and_the_profile(server: &TestServer) {
    let caller = server.caller();
    let rule = r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))"#;
    let group = id(&caller.create("/beta/groups", &dynamic_group("Kiosks", rule)));
    let mut ids = Vec::new();
    for name in ["Old", "New", "Other"] {
        let profile = id(&caller.create(PROFILES, &profile(name)));
        if name != "Other" {
            caller.create(
                &format!("{PROFILES}/{profile}/assignments"),
                &json!({"target": group_target(&group)}),
            );
        }
        ids.push(profile);
    }
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A", "groupTag": "Kiosk"})));
    settle(&caller);
    let why = caller.read(&format!("{DEVICES}/{device}/muster.why()"));
    assert_subset(
        &why,
        &json!({"status": "assignedInSync", "waitsFor": null, "physicalIds": [format!("[ZTDID]:{device}"), "[OrderID]:Kiosk"]}),
    );
    let candidates = why["candidates"].as_array().cloned().unwrap_or_default();
    assert_eq!(candidates.len(), 2, "{why}");
    assert_subset(&candidates[0], &json!({"profileId": ids[0], "displayName": "Old", "isWinner": true}));
    assert_subset(&candidates[1], &json!({"profileId": ids[1], "displayName": "New", "isWinner": false}));
    let reason = candidates[0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("Kiosks") && reason.contains(rule), "{reason}");
    caller.get(&format!("{DEVICES}/nowhere/muster.why()")).send().refused(404, &[]);
}

fn the_timeline_is_the_journals(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A"})));
    id(&caller.create(DEVICES, &json!({"serialNumber": "B"})));
    caller.change(&format!("{DEVICES}/{device}"), &json!({"groupTag": "Kiosk"}));
    let timeline = caller.read(&format!("{DEVICES}/{device}/muster.timeline()"));
    let entries = timeline["value"].as_array().cloned().unwrap_or_default();
    let changes: Vec<_> = entries.iter().map(|entry| entry["change"].as_str().unwrap_or_default()).collect();
    assert_eq!((changes.first(), changes.last()), (Some(&"updated"), Some(&"created")), "{timeline}");
    assert!(entries.iter().all(|entry| entry["of"] == DEVICES && entry["actorId"].is_string()), "{timeline}");
    assert_eq!(timeline.get("@odata.nextLink"), None, "what is before its registration is not looked for");
    let created = entries.last().expect("an entry");
    assert_eq!(created["actorName"], caller.read("/_/caller")["userPrincipalName"], "{created}");
    // From a number on: nothing newer is told.
    let before = caller.read(&format!("{DEVICES}/{device}/muster.timeline(before=1)"));
    assert_eq!(before["value"], json!([]));
    caller.elsewhere().get(&format!("{DEVICES}/{device}/muster.timeline()")).send().refused(404, &[]);
}

fn a_hash_is_shown_record_by_record(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("SN");
    let record = id(&caller.create(IMPORTS, &import_of(&serial_number, &hash(&serial_number, Vec::new()))));
    let shown = caller.read(&format!("{IMPORTS}/{record}/muster.hash()"));
    let records = shown["value"].as_array().cloned().unwrap_or_default();
    let of = |value: &str| records.iter().any(|record| record["value"] == value);
    assert!(of(&serial_number), "{shown}");
    assert_eq!(records.first().map(|record| &record["offset"]), Some(&json!(4)), "{shown}");
}

fn wait_answers_as_soon_as_it_is_so(server: &TestServer) {
    let caller = server.caller();
    let profile = id(&caller.create(PROFILES, &profile("P")));
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A"})));
    let wait = |until: &str| {
        caller.read(&format!("{DEVICES}/{device}/muster.wait(until='{until}',timeoutSeconds=60)"))
    };
    assert_eq!(wait("notAssigned")["value"], true);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait("assigned"));
        std::thread::sleep(Duration::from_millis(50));
        caller.act(&format!("{PROFILES}/{profile}/assign"), &json!({"deviceIds": [device]})).is(204);
        assert_eq!(waiting.join().unwrap_or_default()["value"], true);
    });
}

fn wait_answers_when_the_time_is_over(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A"})));
    let path = |arguments: &str| format!("{DEVICES}/{device}/muster.wait({arguments})");
    assert_eq!(caller.read(&path("until='assigned',timeoutSeconds=0"))["value"], false);
    caller.get(&path("until='done'")).send().refused(400, &["until", "assigned"]);
    for status in [
        "unknown",
        "assignedInSync",
        "assignedOutOfSync",
        "assignedUnkownSyncState",
        "notAssigned",
        "pending",
        "failed",
    ] {
        caller.read(&path(&format!("until='{status}',timeoutSeconds=0")));
    }
    for seconds in [-1, 301] {
        caller
            .get(&path(&format!("timeoutSeconds={seconds}")))
            .send()
            .refused(400, &["timeoutSeconds", "300"]);
    }
    caller.get(&format!("{DEVICES}/nowhere/muster.wait()")).send().refused(404, &[]);
}

fn arguments_may_have_aliases(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A"})));
    settle(&caller);
    let path = format!("{DEVICES}/{device}/muster.wait(until=@u,timeoutSeconds=@t)");
    for (query, expected) in [("@u='notAssigned'&@t=0", true), ("@t=0", false), ("@u='failed'&@t=0", false)] {
        assert_eq!(caller.read(&format!("{path}?{query}"))["value"], expected, "{query}");
    }
    caller.get(&format!("{path}?@u='failed',timeoutSeconds=1")).send().refused(400, &["@u"]);
}

fn an_import_can_be_waited_for(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let good = id(&caller.create(IMPORTS, &import_of(&serial_number, &hash(&serial_number, vec![]))));
    assert_eq!(caller.read(&format!("{IMPORTS}/{good}/muster.wait(timeoutSeconds=60)"))["value"], true);
    let bad = id(&caller.create(IMPORTS, &json!({"serialNumber": "1"})));
    for until in ["done", "error"] {
        let path = format!("{IMPORTS}/{bad}/muster.wait(until='{until}',timeoutSeconds=60)");
        assert_eq!(caller.read(&path)["value"], true);
    }
    assert_eq!(caller.read(&format!("{IMPORTS}/{bad}/muster.wait(timeoutSeconds=0)"))["value"], false);
}

fn why_says_what_came_of_an_import(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let good = hash(&serial_number, vec![]);
    let damaged = {
        let mut bytes = domain::hardware_hash::from_base64(&good).unwrap_or_default();
        bytes[6] ^= 1;
        domain::hardware_hash::to_base64(&bytes)
    };
    let why = |body: &serde_json::Value| {
        let record = id(&caller.create(IMPORTS, body));
        settle(&caller);
        caller.read(&format!("{IMPORTS}/{record}/muster.why()"))
    };
    let registered = why(&import_of("OTHER", &good));
    assert_subset(
        &registered,
        &json!({"status": "complete", "deviceErrorCode": 0, "cause": null, "waitsFor": null}),
    );
    assert!(
        registered["breaches"][0].as_str().is_some_and(|text| text.contains("serial number")),
        "{registered}"
    );
    let devices = registered["deviceIds"].clone();
    assert_eq!(devices[0], json!(id(&caller.list(DEVICES)[0])));
    for (body, code, cause, remedy) in [
        (import_of(&serial_number, &good), 806, "already", "Nothing"),
        (import_of(&serial_number, &damaged), 802, "checksum", "Collect"),
        (json!({"serialNumber": "1"}), 802, "no hash", "Collect"),
        (json!({}), 802, "no hash", "Collect"),
        (json!({"hardwareIdentifier": "aGFyZHdhcmVJZGVudGlmaWVy"}), 803, "neither", "hash"),
    ] {
        let found = why(&body);
        assert_eq!((&found["status"], &found["deviceErrorCode"]), (&json!("error"), &json!(code)), "{found}");
        for (member, part) in [("cause", cause), ("remedy", remedy)] {
            assert!(found[member].as_str().is_some_and(|text| text.contains(part)), "{part}: {found}");
        }
        assert_eq!(found["deviceIds"], if code == 806 { devices.clone() } else { json!([]) }, "{found}");
    }
    caller.get(&format!("{IMPORTS}/nowhere/muster.why()")).send().refused(404, &[]);
}

fn they_are_ours_alone(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A"})));
    caller.get(&format!("{DEVICES}/{device}/why()")).send().refused(404, &[]);
    caller.v1().get(&format!("{DEVICES}/{device}/muster.why()")).send().refused(404, &[]);
    caller.post(&format!("{DEVICES}/{device}/muster.why()")).send().refused(405, &[]);
    let stranger = caller.permission("DeviceManagementConfiguration.Read.All");
    stranger
        .get(&format!("{DEVICES}/{device}/muster.why()"))
        .send()
        .refused(403, &["DeviceManagementServiceConfig.Read.All"]);
}

/// What a device waits for, by the clock.
fn waiting(database: TestDatabase) {
    let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
    let server = TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
    let caller = server.caller();
    let group = id(&caller.create("/beta/groups", &dynamic_group("All", r#"device.displayName -ne null"#)));
    let profile = id(&caller.create(PROFILES, &profile("P")));
    caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(&group)}));
    let record = id(&caller.create(IMPORTS, &import_of("W", &hash(&unique("W"), vec![]))));
    let of_import = caller.read(&format!("{IMPORTS}/{record}/muster.why()"));
    assert_subset(
        &of_import,
        &json!({"status": "unknown", "waitsFor": "the registration of its device", "cause": null}),
    );
    assert!(of_import["until"].as_str() > of_import["since"].as_str(), "{of_import}");
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "A"})));
    settle(&caller);
    let why = caller.read(&format!("{DEVICES}/{device}/muster.why()"));
    assert_eq!(
        (&why["status"], &why["waitsFor"]),
        (&json!("pending"), &json!("the delivery of the profile"))
    );
    let time = |name: &str| why[name].as_str().and_then(testkit::in_utc).map(|at| at.as_second());
    let (Some(since), Some(until)) = (time("since"), time("until")) else { panic!("{why}") };
    assert!((899..=901).contains(&(until - since)), "{why}");
    // What else changes about a device does not change since when it waits.
    caller.act("/_/clock", &json!({"advance": "PT5M"})).is(200);
    caller
        .act(&format!("{DEVICES}/{device}/updateDeviceProperties"), &json!({"displayName": "PC-1"}))
        .is(204);
    let later = caller.read(&format!("{DEVICES}/{device}/muster.why()"));
    assert_eq!((&later["since"], &later["until"]), (&why["since"], &why["until"]));
}

/// Several devices go the way together, and each is told of its own.
fn waiting_together(database: TestDatabase) {
    let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
    let server = TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
    let caller = server.caller();
    let devices = ["A", "B", "C"].map(|name| id(&caller.create(DEVICES, &json!({"serialNumber": name}))));
    settle(&caller);
    let group = id(&caller.create("/beta/groups", &dynamic_group("All", r#"device.displayName -ne null"#)));
    let profile = id(&caller.create(PROFILES, &profile("P")));
    caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(&group)}));
    settle(&caller);
    for device in devices {
        let why = caller.read(&format!("{DEVICES}/{device}/muster.why()"));
        assert_eq!(why["status"], "pending", "{why}");
        let time = |name: &str| why[name].as_str().and_then(testkit::in_utc).map(|at| at.as_second());
        let (Some(since), Some(until)) = (time("since"), time("until")) else { panic!("{why}") };
        assert_eq!(until - since, 900, "{why}");
    }
}

#[test]
fn why_says_what_devices_wait_for_together_on_sqlite() {
    waiting_together(TestDatabase::Sqlite);
}

#[test]
fn why_says_what_devices_wait_for_together_on_postgres() {
    waiting_together(TestDatabase::Postgres);
}

#[test]
fn why_says_what_a_device_waits_for_on_sqlite() {
    waiting(TestDatabase::Sqlite);
}

#[test]
fn why_says_what_a_device_waits_for_on_postgres() {
    waiting(TestDatabase::Postgres);
}
