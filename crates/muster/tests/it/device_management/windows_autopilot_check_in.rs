//! `…/windowsAutopilotDeviceIdentities/{id}/muster.checkIn`: enrollment, and what becomes of changed hardware

use domain::hardware_hash::{HashRecord, Network, Text, TextKind, synthetic_tpm};
use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer, assert_subset};

use crate::MUSTER;
use crate::samples::{hash, id, import_of, settle, unique};

const PATH: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const NEVER: &str = "0001-01-01T00:00:00Z";

both![
    the_first_report_enrolls,
    an_enrollment_is_an_event,
    another_capture_of_the_same_hardware_is_no_change,
    a_changed_part_is_accepted_with_the_next_report,
    a_change_that_is_undone_needs_nothing,
    another_board_needs_somebody,
    what_another_tenant_has_is_not_accepted,
    a_device_without_a_hash_has_the_first_that_it_reports,
    a_userless_enrollment_happens_once,
    what_is_no_hash_is_refused,
    an_enrolled_device_is_not_deleted,
    an_enrolled_device_of_the_documents_is_deleted,
    a_member_that_is_deleted_leaves_its_groups,
];

fn disk(serial_number: &str) -> HashRecord {
    HashRecord::Text(Text::new(TextKind::DiskId, format!("{serial_number}|Example Disk|")))
}

fn adapter(last: u8) -> HashRecord {
    HashRecord::Network(Network { medium: 14, spare: 0, mac: [2, 0, 0, 0, 0, last], bus: "PCI".to_owned() })
}

/// Imports a device, and gives what its import came to.
#[track_caller]
fn import(caller: &TestCaller<'_>, serial_number: &str, hash: &str) -> Value {
    let record = id(&caller.create(IMPORTS, &import_of(serial_number, hash)));
    settle(caller);
    caller.read(&format!("{IMPORTS}/{record}"))["state"].clone()
}

/// A new device with these parts, by its path.
#[track_caller]
fn registered(caller: &TestCaller<'_>, serial_number: &str, parts: Vec<HashRecord>) -> String {
    let state = import(caller, serial_number, &hash(serial_number, parts));
    assert_eq!(state["deviceImportStatus"], "complete", "{state}");
    format!("{PATH}/{}", state["deviceRegistrationId"].as_str().unwrap_or_default())
}

#[track_caller]
fn report(caller: &TestCaller<'_>, path: &str, hash: &str) -> (String, Value) {
    caller.act(&format!("{path}/muster.checkIn"), &json!({"hardwareIdentifier": hash})).is(204);
    let state = caller.read(path)["remediationState"].as_str().unwrap_or_default().to_owned();
    (state, caller.read(&format!("{path}/muster.why()"))["hardwareChanges"].clone())
}

fn the_first_report_enrolls(server: &TestServer) {
    let caller = server.caller();
    let path = registered(&caller, &unique("S"), vec![]);
    let new =
        json!({"enrollmentState": "notContacted", "lastContactedDateTime": NEVER, "managedDeviceId": null});
    assert_subset(&caller.read(&path), &new);
    caller.post(&format!("{path}/muster.checkIn")).send().is(204);
    let device = caller.read(&path);
    assert_eq!(device["enrollmentState"], "enrolled");
    assert_ne!(device["lastContactedDateTime"], NEVER);
    let managed = device["managedDeviceId"].clone();
    assert!(managed.is_string(), "{device}");
    for nothing in [json!({}), json!({"hardwareIdentifier": ""}), json!({"hardwareIdentifier": null})] {
        caller.act(&format!("{path}/muster.checkIn"), &nothing).is(204);
    }
    let again = caller.read(&path);
    assert_eq!(again["managedDeviceId"], managed);
    assert!(again["lastContactedDateTime"].as_str() > device["lastContactedDateTime"].as_str());
    caller.v1().act(&format!("{path}/muster.checkIn"), &json!({})).refused(404, &[]);
    let reader = caller.permission("DeviceManagementServiceConfig.Read.All");
    reader.act(&format!("{path}/muster.checkIn"), &json!({})).refused(403, &[]);
    caller.act(&format!("{PATH}/nowhere/muster.checkIn"), &json!({})).refused(404, &[]);
    // It may be set by hand as well.
    caller.change(&path, &json!({"enrollmentState": "blocked"}));
    caller.act(&format!("{path}/muster.checkIn"), &json!({})).refused(400, &["blocked"]);
}

fn an_enrollment_is_an_event(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let path = registered(&caller, &serial_number, vec![]);
    let profile = id(&caller.create("windowsAutopilotDeploymentProfiles", &crate::samples::profile("Kiosk")));
    let device = path.rsplit('/').next().unwrap_or_default();
    let assign = format!("windowsAutopilotDeploymentProfiles/{profile}/assign");
    caller.act(&assign, &json!({"deviceIds": [device]})).is(204);
    settle(&caller);
    for _ in 0..2 {
        caller.post(&format!("{path}/muster.checkIn")).send().is(204);
    }
    let events = caller.list("autopilotEvents");
    assert_eq!(events.len(), 1, "{events:?}");
    assert_subset(
        &events[0],
        &json!({
            "deviceSerialNumber": serial_number, "deviceId": caller.read(&path)["azureAdDeviceId"],
            "enrollmentState": "enrolled", "enrollmentType": "azureADJoinedWithAutopilotProfile",
            "deploymentState": "inProgress", "windowsAutopilotDeploymentProfileDisplayName": "Kiosk",
        }),
    );
    for name in ["eventDateTime", "enrollmentStartDateTime", "deviceRegisteredDateTime"] {
        assert_ne!(events[0][name], NEVER, "{name}");
    }
    caller.act(&format!("{path}/muster.checkIn"), &json!({"userless": true})).is(204);
    let kinds: Vec<Value> =
        caller.list("autopilotEvents").iter().map(|event| event["enrollmentType"].clone()).collect();
    let userless = json!("azureADJoinedUsingDeviceAuthWithAutopilotProfile");
    assert!(kinds.len() == 2 && kinds.contains(&userless), "{kinds:?}");
}

fn another_capture_of_the_same_hardware_is_no_change(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let path = registered(&caller, &serial_number, vec![disk("A"), adapter(1)]);
    let later = [HashRecord::Text(Text::new(TextKind::FirmwareVendor, "newer")), adapter(1), disk("A")];
    let found = report(&caller, &path, &hash(&serial_number, later.into()));
    assert_eq!(found, ("noRemediationRequired".to_owned(), json!([])));
    assert_eq!(caller.read(&path)["remediationStateLastModifiedDateTime"], NEVER);
}

fn a_changed_part_is_accepted_with_the_next_report(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let path = registered(&caller, &serial_number, vec![disk("A"), adapter(1)]);
    let changed = hash(&serial_number, vec![disk("B"), adapter(1)]);
    let changes = json!(["disk"]);
    let found = report(&caller, &path, &changed);
    assert_eq!(found, ("automaticRemediationRequired".to_owned(), changes.clone()));
    let first = caller.read(&path)["remediationStateLastModifiedDateTime"].clone();
    assert_ne!(first, NEVER);
    // The new hash is the device's from now on, and what was changed stays readable.
    assert_eq!(report(&caller, &path, &changed), ("noRemediationRequired".to_owned(), changes));
    let second = caller.read(&path)["remediationStateLastModifiedDateTime"].clone();
    assert!(second.as_str() > first.as_str(), "{first} {second}");
    assert_eq!(report(&caller, &path, &changed).0, "noRemediationRequired");
    assert_eq!(caller.read(&path)["remediationStateLastModifiedDateTime"], second);
}

fn a_change_that_is_undone_needs_nothing(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let [one, other] = ["A", "B"].map(|serial| vec![disk(serial)]);
    let path = registered(&caller, &serial_number, one.clone());
    assert_eq!(report(&caller, &path, &hash(&serial_number, other)).0, "automaticRemediationRequired");
    assert_eq!(report(&caller, &path, &hash(&serial_number, one)).0, "noRemediationRequired");
}

fn another_board_needs_somebody(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let [old, new] = [(); 2].map(|()| hash(&serial_number, synthetic_tpm(&unique("T")).into()));
    let state = import(&caller, &serial_number, &old);
    let path = format!("{PATH}/{}", state["deviceRegistrationId"].as_str().unwrap_or_default());
    let changes = json!(["endorsementKey"]);
    let found = |expected: &str| (expected.to_owned(), changes.clone());
    assert_eq!(report(&caller, &path, &new), found("automaticRemediationRequired"));
    assert_eq!(report(&caller, &path, &new), found("manualRemediationRequired"));
    assert_eq!(report(&caller, &path, &new), found("manualRemediationRequired"));
    assert_eq!(report(&caller, &path, &old).0, "manualRemediationRequired");
    // Importing it again is what helps: the device that is known by its name takes over the new hash.
    let again = import(&caller, &serial_number, &new);
    assert_eq!(again["deviceRegistrationId"], state["deviceRegistrationId"], "{again}");
    assert_eq!(again["deviceImportStatus"], "complete");
    assert_eq!(report(&caller, &path, &new).0, "noRemediationRequired");
    assert_eq!(import(&caller, &serial_number, &new)["deviceErrorCode"], 806);
    // Nobody has the old board any more.
    let elsewhere = import(&caller.elsewhere(), &serial_number, &old);
    assert_eq!(elsewhere["deviceImportStatus"], "complete", "{elsewhere}");
    assert_eq!(import(&caller.elsewhere(), &serial_number, &new)["deviceErrorCode"], 808);
}

fn what_another_tenant_has_is_not_accepted(server: &TestServer) {
    let (caller, stranger) = (server.caller(), server.caller());
    let [one, other] = [unique("S"), unique("S")];
    let tpm: Vec<HashRecord> = synthetic_tpm(&unique("T")).into();
    let path = registered(&caller, &one, vec![disk("A")]);
    registered(&stranger, &other, tpm.clone());
    // By its name it is the same device, by its TPM another tenant's.
    let taken = hash(&one, tpm);
    assert_eq!(report(&caller, &path, &taken).0, "automaticRemediationRequired");
    assert_eq!(report(&caller, &path, &taken).0, "manualRemediationRequired");
}

fn a_device_without_a_hash_has_the_first_that_it_reports(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &json!({"serialNumber": serial_number}))));
    let one = hash(&serial_number, vec![disk("A")]);
    assert_eq!(report(&caller, &path, &one), ("noRemediationRequired".to_owned(), json!([])));
    let other = hash(&serial_number, vec![disk("B")]);
    assert_eq!(report(&caller, &path, &other), ("automaticRemediationRequired".to_owned(), json!(["disk"])));
    // It claims nothing by that: who imports the hash has the device.
    assert_eq!(import(&caller.elsewhere(), &serial_number, &one)["deviceImportStatus"], "complete");
    caller.act(&format!("{path}/muster.unenroll"), &json!({})).is(204);
    caller.remove(&path);
}

fn a_userless_enrollment_happens_once(server: &TestServer) {
    let caller = server.caller();
    let path = registered(&caller, &unique("S"), vec![]);
    let enroll = || caller.act(&format!("{path}/muster.checkIn"), &json!({"userless": true}));
    let status = || caller.read(&path)["userlessEnrollmentStatus"].clone();
    enroll().is(204);
    assert_eq!(status(), "blocked");
    enroll().refused(400, &["0x80180014", "allowNextEnrollment"]);
    caller.act(&format!("{path}/muster.checkIn"), &json!({})).is(204);
    caller.post(&format!("{path}/allowNextEnrollment")).send().is(204);
    assert_eq!(status(), "allowed");
    enroll().is(204);
    assert_eq!(status(), "blocked");
}

fn what_is_no_hash_is_refused(server: &TestServer) {
    let caller = server.caller();
    let path = registered(&caller, &unique("S"), vec![]);
    let check_in = format!("{path}/muster.checkIn");
    caller.act(&check_in, &json!({"hardwareIdentifier": "T0EA"})).refused(400, &["hardwareIdentifier"]);
    caller.act(&check_in, &json!({"hardwareIdentifier": "???"})).refused(400, &["hardwareIdentifier"]);
    caller.act(&check_in, &json!({"hardwareIdentifer": "T0EA"})).refused(400, &["hardwareIdentifier"]);
    assert_eq!(caller.read(&path)["enrollmentState"], "notContacted");
}

fn an_enrolled_device_is_not_deleted(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let path = registered(&caller, &serial_number, vec![]);
    caller.post(&format!("{path}/muster.checkIn")).send().is(204);
    caller.delete(&path).send().refused(400, &["enrolled", "muster.unenroll"]);
    let answer = caller
        .act(&format!("{PATH}/deleteDevices"), &json!({"serialNumbers": [serial_number]}))
        .is(200)
        .json();
    assert_eq!(answer["value"][0]["deletionState"], "failed", "{answer}");
    caller.read(&path);
    caller.post(&format!("{path}/muster.unenroll")).send().is(204);
    assert_subset(&caller.read(&path), &json!({"enrollmentState": "notContacted", "managedDeviceId": null}));
    caller.remove(&path);
    caller.get(&path).send().refused(404, &[]);
    caller.delete(&path).send().refused(404, &[]);
    // One that was made so is no less enrolled.
    let body = json!({"serialNumber": "1", "enrollmentState": "enrolled"});
    let made = format!("{PATH}/{}", id(&caller.create(PATH, &body)));
    caller.delete(&made).send().refused(400, &["enrolled"]);
}

/// As the documents have it: one example creates it, another deletes it.
fn documented() -> Value {
    json!({"serialNumber": "Serial Number value", "enrollmentState": "enrolled", "managedDeviceId": "Managed Device Id value"})
}

fn an_enrolled_device_of_the_documents_is_deleted(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &documented())));
    caller.remove(&path);
}

fn a_member_that_is_deleted_leaves_its_groups(server: &TestServer) {
    let caller = server.caller();
    let group = id(&caller.create("/beta/groups", &crate::samples::static_group("G")));
    let path = registered(&caller, &unique("S"), vec![]);
    let device_id = caller.read(&path)["azureAdDeviceId"].as_str().unwrap_or_default().to_owned();
    let objects = caller.list(&format!("/beta/devices?$filter=deviceId eq '{device_id}'"));
    let object = id(&objects[0]);
    let origin = server.origin();
    let member = json!({"@odata.id": format!("{origin}/beta/directoryObjects/{object}")});
    caller.act(&format!("/beta/groups/{group}/members/$ref"), &member).is(204);
    assert_eq!(caller.list(&format!("/beta/groups/{group}/members")).len(), 1);
    caller.remove(&path);
    assert!(caller.list(&format!("/beta/devices?$filter=deviceId eq '{device_id}'")).is_empty());
    assert!(caller.list(&format!("/beta/groups/{group}/members")).is_empty());
}

#[test]
fn strictly_an_enrolled_device_is_never_deleted() {
    for database in TestDatabase::ALL {
        let config = Some("validation = \"strict\"\n".to_owned());
        let server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let caller = server.caller();
        let path = format!("{PATH}/{}", id(&caller.create(PATH, &documented())));
        caller.delete(&path).send().refused(400, &["enrolled"]);
    }
}
