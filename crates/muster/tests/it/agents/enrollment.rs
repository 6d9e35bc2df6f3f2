//! `POST /_/agent/enroll`: codes, and which registration a device gets

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use super::{CODES, DEVICES, Device, agent, code, inner_code};
use crate::samples::{at_once, hash, id, import_of, settle, unique};
use domain::hardware_hash::HashRecord;

const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";

both![
    a_code_is_shown_once_and_rests_as_a_digest,
    a_code_takes_a_permission_of_its_own,
    an_unknown_device_is_registered_with_the_tag_of_the_code,
    the_first_check_in_enrolls_and_is_an_event,
    a_registered_device_keeps_its_registration,
    a_device_of_another_tenant_is_refused,
    machines_that_nothing_tells_apart_are_refused,
    codes_that_do_not_hold_are_refused_and_change_nothing,
    the_same_key_enrolls_again_without_a_code,
    another_key_takes_a_code_for_that,
    a_revoked_device_is_refused,
    a_code_enrolls_as_many_as_it_says,
    an_enrollment_is_in_the_journal,
];

#[track_caller]
fn only_code(caller: &TestCaller<'_>) -> Value {
    let codes = caller.list(CODES);
    assert_eq!(codes.len(), 1, "{codes:?}");
    codes[0].clone()
}

fn a_code_is_shown_once_and_rests_as_a_digest(server: &TestServer) {
    let caller = server.caller();
    let body = json!({"quota": 3, "expiresIn": "PT1H", "groupTag": "Berlin"});
    let made = caller.act(&format!("{CODES}/muster.create"), &body).is(200).json();
    let code = made["code"].as_str().unwrap_or_default();
    assert_eq!(code.len(), 52, "{made}");
    let stored = only_code(&caller);
    for (name, expected) in [
        ("id", made["id"].clone()),
        ("quota", json!(3)),
        ("usedCount", json!(0)),
        ("groupTag", json!("Berlin")),
        ("replacesKeys", json!(false)),
        ("expirationDateTime", made["expirationDateTime"].clone()),
    ] {
        assert_eq!(stored[name], expected, "{name} of {stored}");
    }
    assert!(!stored.to_string().contains(code));
    for (body, named) in [
        (json!({"quota": 0}), "quota"),
        (json!({"quota": 100_001}), "quota"),
        (json!({"expiresIn": "PT0S"}), "expiresIn"),
        (json!({"expiresIn": "P91D"}), "expiresIn"),
        (json!({"expiresIn": "-PT1H"}), "expiresIn"),
        (json!({"groupTag": "T".repeat(513)}), "groupTag"),
    ] {
        caller.act(&format!("{CODES}/muster.create"), &body).refused(400, &[named]);
    }
    only_code(&caller);
}

fn a_code_takes_a_permission_of_its_own(server: &TestServer) {
    let caller = server.caller();
    let other = caller.permission("DeviceManagementServiceConfig.ReadWrite.All");
    let own = "MusterEnrollmentCode.ReadWrite.All";
    other.act(&format!("{CODES}/muster.create"), &json!({})).refused(403, &[own]);
    other.get(CODES).send().refused(403, &[own]);
    code(&caller.permission(own), &json!({}));
    code(&caller.app().permission(own), &json!({}));
}

fn an_unknown_device_is_registered_with_the_tag_of_the_code(server: &TestServer) {
    let caller = server.caller();
    let device = Device::new(&caller);
    let answer = device.enroll(&code(&caller, &json!({"groupTag": "Kiosk"}))).is(200).json();
    let path = format!("{DEVICES}/{}", answer["deviceId"].as_str().unwrap_or_default());
    let stored = caller.read(&path);
    for (name, expected) in [
        ("groupTag", "Kiosk"),
        ("serialNumber", &device.machine.serial_number),
        ("manufacturer", &device.machine.manufacturer),
        ("model", &device.machine.model),
        ("enrollmentState", "notContacted"),
    ] {
        assert_eq!(stored[name], expected, "{name} of {stored}");
    }
    let (agent, _) = agent(&caller, &path);
    let key = device.key.public_key().map(|key| key.to_text()).unwrap_or_default();
    assert_eq!(agent["publicKey"], key);
    assert_eq!(agent["machine"]["uuid"], device.machine.uuid);
    assert_eq!(only_code(&caller)["usedCount"], 1);
    assert_eq!(answer["keyId"], format!("{}/{}", caller.tenant_id(), id(&stored)));
}

fn the_first_check_in_enrolls_and_is_an_event(server: &TestServer) {
    let caller = server.caller();
    let (device, path) = Device::enrolled(&caller);
    assert!(caller.list("autopilotEvents").is_empty());
    device.check_in(&device.report(&[])).is(200);
    let stored = caller.read(&path);
    assert_eq!(stored["enrollmentState"], "enrolled");
    assert!(stored["managedDeviceId"].is_string(), "{stored}");
    assert_ne!(stored["lastContactedDateTime"], "0001-01-01T00:00:00Z");
    device.check_in(&device.report(&[("WakeOnLan", "Enabled")])).is(200);
    let events = caller.list("autopilotEvents");
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["deviceSerialNumber"], device.machine.serial_number);
    assert_eq!(events[0]["enrollmentState"], "enrolled");
}

fn a_registered_device_keeps_its_registration(server: &TestServer) {
    let caller = server.caller();
    let code = code(&caller, &json!({"quota": 9, "groupTag": "Other"}));
    let imported = Device::new(&caller);
    let uuid = HashRecord::SmbiosUuid { uuid: imported.machine.uuid.parse().expect("a UUID") };
    let serial = &imported.machine.serial_number;
    // The hash was collected on a machine of another name, and has the UUID that decides with it.
    let mut machine = imported.machine.clone();
    "Example Corp".clone_into(&mut machine.manufacturer);
    "Example Model 1".clone_into(&mut machine.model);
    let imported = Device { machine, ..Device::new(&caller) };
    let mut record = import_of(serial, &hash(serial, vec![uuid]));
    record["groupTag"] = json!("Berlin");
    let record = id(&caller.create(IMPORTS, &record));
    settle(&caller);
    let by_hash = caller.read(&format!("{IMPORTS}/{record}"))["state"]["deviceRegistrationId"].clone();

    let created = Device::new(&caller);
    let by_hand = caller.create(
        DEVICES,
        &json!({"serialNumber": created.machine.serial_number, "manufacturer": created.machine.manufacturer,
            "model": created.machine.model, "groupTag": "Berlin"}),
    );
    for (device, expected) in [(imported, by_hash), (created, by_hand["id"].clone())] {
        let answer = device.enroll(&code).is(200).json();
        assert_eq!(answer["deviceId"], expected);
        let path = format!("{DEVICES}/{}", expected.as_str().unwrap_or_default());
        assert_eq!(caller.read(&path)["groupTag"], "Berlin");
    }
    assert_eq!(caller.list(DEVICES).len(), 2);
}

fn a_device_of_another_tenant_is_refused(server: &TestServer) {
    let (caller, other) = (server.caller(), server.caller());
    let (device, _) = Device::enrolled(&other);
    let again = Device::of(&caller, device.machine.clone());
    again.enroll(&code(&caller, &json!({}))).refused(409, &["ZtdDeviceAssignedToOtherTenant"]);
    assert!(caller.list(DEVICES).is_empty());
    assert_eq!(only_code(&caller)["usedCount"], 0);
}

fn machines_that_nothing_tells_apart_are_refused(server: &TestServer) {
    let caller = server.caller();
    let code = code(&caller, &json!({}));
    let machine = Device::new(&caller).machine;
    for (serial_number, uuid, words) in [
        ("", machine.uuid.as_str(), "serialNumber"),
        ("To be filled by O.E.M.", "", "MissingZtdSerialNumberAndProductKey"),
        ("Default string", "ffffffff-ffff-ffff-ffff-ffffffffffff", "MissingZtdSerialNumberAndProductKey"),
        ("S1", "no uuid", "uuid"),
    ] {
        let mut machine = machine.clone();
        serial_number.clone_into(&mut machine.serial_number);
        uuid.clone_into(&mut machine.uuid);
        Device::of(&caller, machine).enroll(&code).refused(400, &[words]);
    }
    assert_eq!(only_code(&caller)["usedCount"], 0);
}

fn codes_that_do_not_hold_are_refused_and_change_nothing(server: &TestServer) {
    let (caller, other) = (server.caller(), server.caller());
    let spent = code(&caller, &json!({}));
    Device::new(&caller).enroll(&spent).is(200);
    let expired = code(&caller, &json!({"expiresIn": "PT0.0000001S"}));
    let deleted = caller.act(&format!("{CODES}/muster.create"), &json!({})).is(200).json();
    caller.remove(&format!("{CODES}/{}", id(&deleted)));
    let deleted = deleted["code"].as_str().unwrap_or_default().to_owned();
    // The tenant of one code with the secret of another.
    let mixed = format!("{}{}", &code(&other, &json!({}))[..26], &spent[26..]);
    for (code, words) in [
        (spent.as_str(), "spent"),
        (&expired, "expired"),
        (&deleted, "no such enrollment code"),
        (&mixed, "no such enrollment code"),
        ("abc", "no such enrollment code"),
        ("", "no such enrollment code"),
    ] {
        Device::new(&caller).enroll(code).refused(403, &[words]);
    }
    assert_eq!(caller.list(DEVICES).len(), 1);
    assert!(other.list(DEVICES).is_empty());
}

fn the_same_key_enrolls_again_without_a_code(server: &TestServer) {
    let caller = server.caller();
    let spent = code(&caller, &json!({}));
    let device = Device::new(&caller);
    let first = device.enroll(&spent).is(200).json();
    *device.key_id.borrow_mut() = None;
    assert_eq!(device.enroll(&spent).is(200).json(), first);
    assert_eq!(only_code(&caller)["usedCount"], 1);
}

fn another_key_takes_a_code_for_that(server: &TestServer) {
    let caller = server.caller();
    let (device, path) = Device::enrolled(&caller);
    device.check_in(&device.report(&[("WakeOnLan", "Enabled")])).is(200);
    let again = Device::of(&caller, device.machine.clone());
    again.enroll(&code(&caller, &json!({}))).refused(409, &["another key", "--replace"]);
    device.check_in(&device.report(&[("WakeOnLan", "Enabled")])).is(200);

    again.enroll(&code(&caller, &json!({"replacesKeys": true}))).is(200);
    assert_eq!(inner_code(&device.check_in(&device.report(&[])).refused(401, &["key"])), "ProofInvalid");
    again.check_in(&again.report(&[])).is(200);
    assert_eq!(caller.list(DEVICES).len(), 1);
    assert_eq!(caller.read(&path)["enrollmentState"], "enrolled");
}

fn a_revoked_device_is_refused(server: &TestServer) {
    let caller = server.caller();
    for revoke in ["unenroll", "delete", "delete the agent"] {
        let (device, path) = Device::enrolled(&caller);
        if revoke != "delete" {
            device.check_in(&device.report(&[])).is(200);
        }
        match revoke {
            "unenroll" => drop(caller.act(&format!("{path}/muster.unenroll"), &json!({})).is(204)),
            "delete" => caller.remove(&path),
            _ => caller.remove(&format!("{path}/musterAgent")),
        }
        let refused =
            device.check_in(&device.report(&[("WakeOnLan", "Enabled")])).refused(401, &["not known"]);
        assert_eq!(inner_code(&refused), "KeyUnknown", "{revoke}");
        assert_eq!(refused.header("www-authenticate"), Some("Muster-Proof"));
    }
}

fn a_code_enrolls_as_many_as_it_says(server: &TestServer) {
    let caller = server.caller();
    let code = code(&caller, &json!({"quota": 5}));
    let statuses = at_once(8, |_| Device::new(&caller).enroll(&code).status);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 3, "{statuses:?}");
    assert_eq!(caller.list(DEVICES).len(), 5);
    assert_eq!(only_code(&caller)["usedCount"], 5);
}

fn an_enrollment_is_in_the_journal(server: &TestServer) {
    let caller = server.caller();
    let serial = unique("S");
    let start = caller.list(&format!("{DEVICES}/delta()"));
    assert!(start.is_empty());
    let device = Device::new(&caller);
    device.enroll(&code(&caller, &json!({}))).is(200);
    let changed = caller.list(&format!("{DEVICES}/delta()"));
    assert_eq!(changed.len(), 1, "{serial}: {changed:?}");
}
