//! `POST /_/agent/check-in`: what a device reports, and what is stored of it

use check_in::{AttributeReport, AttributeValues, CheckInRequest};
use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};

use super::{Device, agent};
use crate::MUSTER;
use check_in::CHECK_IN_PATH;

both![
    what_is_new_is_stored_and_what_is_not_changes_nothing,
    changes_are_told_from_what_is_known,
    what_is_no_check_in_is_refused_and_changes_nothing,
    a_key_on_another_machine_is_refused,
];

fn what_is_new_is_stored_and_what_is_not_changes_nothing(server: &TestServer) {
    let caller = server.caller();
    let (device, path) = Device::enrolled(&caller);
    let mut request = device.report(&[("SecureBoot", "Enabled"), ("WakeOnLan", "Disabled")]);
    let answer = device.check_in(&request).is(200).json();
    assert!(answer["checkInAfterSeconds"].as_u64().is_some_and(|seconds| (1_620..1_980).contains(&seconds)));
    let absent = ["deliver", "wantsAllAttributes", "password"];
    assert!(absent.iter().all(|name| answer.get(name).is_none()), "{answer}");
    let (stored, etag) = agent(&caller, &path);
    assert_eq!(stored["firmwareDriver"], "dell-wmi-sysman");
    let values: Value =
        serde_json::from_str(stored["attributes"].as_str().unwrap_or_default()).expect("JSON");
    assert_eq!(values, json!({"SecureBoot": "Enabled", "WakeOnLan": "Disabled"}));

    request.attributes.all = None;
    for _ in 0..3 {
        device.check_in(&request).is(200);
    }
    assert_eq!(agent(&caller, &path), (stored, etag.clone()), "nothing is written");

    if let Some(firmware) = &mut request.firmware {
        firmware.is_reboot_pending = true;
    }
    device.check_in(&request).is(200);
    let (stored, changed) = agent(&caller, &path);
    assert_eq!(stored["isRebootPending"], true);
    assert_ne!(changed, etag);
}

fn changes_are_told_from_what_is_known(server: &TestServer) {
    let caller = server.caller();
    let (device, path) = Device::enrolled(&caller);
    let values = |pairs: &[(&str, &str)]| device.report(pairs).attributes.all.unwrap_or_default();
    let (one, two) = (values(&[("A", "1"), ("B", "1")]), values(&[("B", "2"), ("C", "1")]));
    let told = |report: AttributeReport| {
        let request = CheckInRequest { attributes: report, ..device.report(&[]) };
        device.check_in(&request).is(200).json()
    };
    let changes = |now: &AttributeValues, before: &AttributeValues| AttributeReport {
        digest: now.digest(),
        all: None,
        changes: Some(now.changes_from(before)),
    };
    // The server knows nothing yet.
    assert_eq!(told(changes(&two, &one))["wantsAllAttributes"], true);
    assert_eq!(agent(&caller, &path).0["lastReportDateTime"], Value::Null);
    told(AttributeReport { digest: one.digest(), all: Some(one.clone()), changes: None });
    told(changes(&two, &one));
    let stored = |path| agent(&caller, path).0["attributes"].as_str().unwrap_or_default().to_owned();
    assert_eq!(stored(&path), r#"{"B":"2","C":"1"}"#);
    // Told again, as by a device that did not hear the answer: the values are the same.
    told(changes(&two, &one));
    assert_eq!(told(changes(&one, &values(&[("Z", "1")])))["wantsAllAttributes"], true);
    assert_eq!(stored(&path), r#"{"B":"2","C":"1"}"#);
}

fn what_is_no_check_in_is_refused_and_changes_nothing(server: &TestServer) {
    let caller = server.caller();
    let (device, path) = Device::enrolled(&caller);
    device.check_in(&device.report(&[("A", "1")])).is(200);
    let before = agent(&caller, &path);
    let body = |change: &dyn Fn(&mut Value)| {
        let mut body = serde_json::to_value(device.report(&[("A", "2")])).expect("JSON");
        change(&mut body);
        body.to_string()
    };
    let many: serde_json::Map<String, Value> = (0..2_001).map(|at| (format!("A{at}"), json!("1"))).collect();
    for (body, words) in [
        (String::new(), "body"),
        ("[]".into(), "body"),
        (body(&|body| body["colour"] = json!("red")), "colour"),
        (body(&|body| body["machine"]["colour"] = json!("red")), "colour"),
        (body(&|body| body["machine"]["serialNumber"] = json!(7)), "invalid type"),
        (body(&|body| body["machine"]["osVersion"] = json!("x".repeat(2_049))), "osVersion"),
        (body(&|body| body["attributes"]["digest"] = json!("x")), "digest"),
        (body(&|body| body["attributes"]["all"] = json!(many)), "2000 attributes"),
        (body(&|body| body["attributes"]["all"]["A"] = json!("x".repeat(2_049))), "2048 bytes"),
        (body(&|body| body["run"] = json!({"results": [{"name": "A", "outcome": "fine"}]})), "fine"),
    ] {
        device.send(CHECK_IN_PATH, &body).refused(400, &[words]);
    }
    assert_eq!(agent(&caller, &path), before);
    // Few at a time, and too many together.
    let mut values = device.report(&[("A", "1")]).attributes.all.unwrap_or_default();
    let mut statuses = Vec::new();
    for some in 0..4 {
        let earlier = values.clone();
        values.0.extend((0..600).map(|at| (format!("B{some}-{at}"), "1".to_owned())));
        let changes = Some(values.changes_from(&earlier));
        let attributes = AttributeReport { digest: values.digest(), all: None, changes };
        statuses.push(device.check_in(&CheckInRequest { attributes, ..device.report(&[]) }).status);
    }
    assert_eq!(statuses, [200, 200, 200, 400]);
}

fn a_key_on_another_machine_is_refused(server: &TestServer) {
    let caller = server.caller();
    let (device, path) = Device::enrolled(&caller);
    device.check_in(&device.report(&[])).is(200);
    let before = agent(&caller, &path);
    let mut request = device.report(&[("A", "1")]);
    "another".clone_into(&mut request.machine.serial_number);
    device.check_in(&request).refused(409, &["not the one that was enrolled"]);
    assert_eq!(agent(&caller, &path), before);
}

/// A check-in that changes nothing writes when the device was there, late and with others, but at the latest when the server
/// ends; the agent's row stays as it is.
#[test]
fn when_a_device_was_there_is_not_lost_when_the_server_ends() {
    for database in TestDatabase::ALL {
        let mut server = TestServer::start(MUSTER, database, ServerOptions::default());
        let (tenant, path, before, etag) = {
            let caller = server.caller();
            let (device, path) = Device::enrolled(&caller);
            device.check_in(&device.report(&[("A", "1")])).is(200);
            let before = caller.read(&path)["lastContactedDateTime"].clone();
            let (_, etag) = agent(&caller, &path);
            device.check_in(&device.report(&[("A", "1")])).is(200);
            (caller.tenant_id(), path, before, etag)
        };
        assert!(server.stop().success());
        server.start_again();
        let caller = server.caller().tenant(tenant);
        let after = caller.read(&path)["lastContactedDateTime"].clone();
        assert!(after.as_str() > before.as_str(), "{database:?}: {before} {after}");
        assert_eq!(agent(&caller, &path).1, etag, "{database:?}");
    }
}
