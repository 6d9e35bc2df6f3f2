//! Passwords of devices: `muster agent` as a real process gives a BIOS its password, changes it, uses it and removes it

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer, assert_subset};

use super::machine::{Machine, configured_with, file, state};
use super::{DEVICES, code};
use crate::MUSTER;
use crate::at_rest::{notes, records};
use crate::samples::{id, settle, unique};
use crate::surfaces::{everything, found};

const VAULT: &str = "hardwarePasswordDetails";
const WAKE: [(&str, &str); 1] = [("WakeOnLan", "Disabled")];

both![
    a_device_has_a_password_of_its_own_and_its_settings_are_written_with_it,
    a_password_is_rotated_on_demand_and_after_a_look,
    records_that_a_filter_selects_are_rotated,
    a_password_is_cleared_when_the_configuration_says_so,
    a_foreign_password_is_told_and_ends_when_it_is_known,
    a_deleted_record_is_left_alone_until_it_is_restored,
    a_device_that_enrolls_again_has_its_record,
];

/// A machine with its first password, the path of its configuration, and that of its record.
#[track_caller]
fn with_password(server: &TestServer, caller: &TestCaller<'_>, seed: u64) -> (Machine, String, String) {
    let machine = Machine::new(server, seed);
    machine.change("WakeOnLan", "LanOnly");
    let configuration = configured_with(caller, &WAKE, false);
    machine.goes_well(&["--enroll", &code(caller, &json!({}))]);
    let device = caller.list(DEVICES).remove(0);
    let record = format!("{VAULT}/{}", device["managedDeviceId"].as_str().unwrap_or_default());
    assert_eq!(machine.password().len(), 20);
    (machine, configuration, record)
}

/// What a reveal shows: the current password, the staged one, and the former ones.
#[track_caller]
fn revealed(caller: &TestCaller<'_>, record: &str) -> (Value, Value, Vec<Value>) {
    let shown = caller.post(&format!("{record}/muster.reveal")).send().is(200).json();
    let previous = shown["previousPasswords"].as_array().cloned().unwrap_or_default();
    (shown["currentPassword"].clone(), shown["stagedPassword"].clone(), previous)
}

fn a_device_has_a_password_of_its_own_and_its_settings_are_written_with_it(server: &TestServer) {
    let caller = server.caller();
    let (machine, configuration, record) = with_password(server, &caller, 31);
    let first = machine.password();
    assert_eq!(machine.value("WakeOnLan"), "Disabled");
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
    assert_eq!(revealed(&caller, &record), (json!(first), Value::Null, vec![]));
    let (listed, device) = (caller.list(VAULT).remove(0), caller.list(DEVICES).remove(0));
    assert_eq!(
        (&listed["id"], &listed["serialNumber"]),
        (&device["managedDeviceId"], &device["serialNumber"])
    );
    // What was sent to the device is on record, and it is the device's doing.
    let activities = notes(server, caller.tenant_id());
    assert!(activities.starts_with(&["revealed".to_owned(), "rotated".to_owned()]), "{activities:?}");

    let set = [("WakeOnLan", "LanOnly"), ("Camera", "Disabled")];
    caller.change(&configuration, &json!({"configurationFileContent": file(&set)}));
    machine.goes_well(&[]);
    assert_eq!([machine.value("WakeOnLan"), machine.value("Camera")], ["LanOnly", "Disabled"]);
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
    assert_eq!(found(&everything(server), &first), None, "the password is somewhere");
    assert!(!machine.kept().contains(&machine.password()), "the agent keeps no password");
}

fn a_password_is_rotated_on_demand_and_after_a_look(server: &TestServer) {
    let caller = server.caller();
    let (machine, configuration, record) = with_password(server, &caller, 32);
    let first = machine.password();
    machine.goes_well(&[]);
    assert_eq!(machine.password(), first, "nobody asked");
    caller.post(&format!("{record}/muster.rotate")).send().is(204);
    machine.goes_well(&[]);
    let second = machine.password();
    assert_ne!(second, first);
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
    assert_eq!(revealed(&caller, &record), (json!(second), Value::Null, vec![json!(first)]));

    // That was a look.
    settle(&caller);
    machine.goes_well(&[]);
    let third = machine.password();
    assert_ne!(third, second);
    let read = caller.read(&record);
    assert_subset(&read, &json!({"currentPassword": third, "previousPasswords": [second, first]}));
    let of_view = caller.read(&record.replace(VAULT, "hardwarePasswordInfo"));
    assert_eq!(of_view["currentPassword"], third);
    settle(&caller);
    machine.goes_well(&[]);
    assert_ne!(machine.password(), third);
    caller
        .app()
        .permission("DeviceManagementConfiguration.Read.All")
        .post(&format!("{record}/muster.rotate"))
        .send()
        .refused(403, &[]);
}

fn records_that_a_filter_selects_are_rotated(server: &TestServer) {
    let caller = server.caller();
    let (machine, _, record) = with_password(server, &caller, 33);
    let serial = caller.list(DEVICES)[0]["serialNumber"].as_str().unwrap_or_default().to_owned();
    let first = machine.password();
    let rotate = |set: &str, filter: &str| {
        caller.act(&format!("{set}/muster.rotate"), &json!({"filter": filter})).is(200).json()["count"]
            .clone()
    };
    assert_eq!(rotate(VAULT, &format!("serialNumber eq '{}'", unique("S"))), 0);
    settle(&caller);
    machine.goes_well(&[]);
    assert_eq!(machine.password(), first);
    for set in [VAULT, "hardwarePasswordInfo"] {
        let before = machine.password();
        assert_eq!(rotate(set, &format!("serialNumber eq '{serial}'")), 1);
        settle(&caller);
        machine.goes_well(&[]);
        assert_ne!(machine.password(), before, "{set}");
    }
    assert_eq!(revealed(&caller, &record).2.len(), 2);
    let act = |body: Value| caller.act(&format!("{VAULT}/muster.rotate"), &body);
    act(json!({})).refused(400, &["filter"]);
    act(json!({"filter": "serialNumer eq 'x'"})).refused(400, &["serialNumer"]);
    act(json!({"filter": "currentPassword eq 'x'"})).refused(400, &["currentPassword"]);
}

fn a_password_is_cleared_when_the_configuration_says_so(server: &TestServer) {
    let caller = server.caller();
    let (machine, configuration, record) = with_password(server, &caller, 34);
    let first = machine.password();
    caller.change(&configuration, &json!({"perDevicePasswordDisabled": true}));
    machine.goes_well(&[]);
    assert_eq!(machine.password(), "");
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
    assert_eq!(revealed(&caller, &record), (Value::Null, Value::Null, vec![json!(first)]));
    settle(&caller);
    machine.goes_well(&[]);
    assert_eq!(machine.password(), "", "a look at former passwords sets none");

    caller.change(&configuration, &json!({"perDevicePasswordDisabled": false}));
    machine.goes_well(&[]);
    let second = machine.password();
    assert_eq!(revealed(&caller, &record), (json!(second), Value::Null, vec![json!(first)]));
}

fn a_foreign_password_is_told_and_ends_when_it_is_known(server: &TestServer) {
    let caller = server.caller();
    let (machine, configuration, record) = with_password(server, &caller, 35);
    let known = machine.password();
    machine.set_password("theirs");
    caller.post(&format!("{record}/muster.rotate")).send().is(204);
    machine.goes_well(&[]);
    let shown = state(&caller, &configuration);
    assert_eq!(shown["configurationState"], "fail");
    assert!(shown["configurationError"].as_str().is_some_and(|error| error.contains("not known")), "{shown}");
    assert_eq!(machine.password(), "theirs");
    assert!(notes(server, caller.tenant_id()).contains(&"mismatched".to_owned()));
    server.log_when(|log| log.contains("closed by a password that is not known"));
    assert_eq!(revealed(&caller, &record).0, json!(known), "nothing is forgotten");

    // Somebody finds out what it is.
    caller.change(&record, &json!({"currentPassword": "theirs"}));
    machine.goes_well(&[]);
    let own = machine.password();
    assert_eq!(own.len(), 20);
    let (current, staged, previous) = revealed(&caller, &record);
    assert_eq!((current, staged), (json!(own), Value::Null));
    assert!(previous.contains(&json!("theirs")) && previous.contains(&json!(known)), "{previous:?}");
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
}

fn a_deleted_record_is_left_alone_until_it_is_restored(server: &TestServer) {
    let caller = server.caller();
    let (machine, configuration, record) = with_password(server, &caller, 36);
    let first = machine.password();
    caller.remove(&record);
    machine.goes_well(&[]);
    assert_eq!(machine.password(), first);
    let shown = state(&caller, &configuration);
    assert!(
        shown["configurationError"].as_str().is_some_and(|error| error.contains("muster.restore")),
        "{shown}"
    );
    let key = record.split_once('/').map_or("", |(_, key)| key);
    caller.act(&format!("{VAULT}/muster.restore"), &json!({"id": key})).is(204);
    machine.goes_well(&[]);
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
    assert_eq!(revealed(&caller, &record).0, json!(first));
}

fn a_device_that_enrolls_again_has_its_record(server: &TestServer) {
    let caller = server.caller();
    let (machine, configuration, record) = with_password(server, &caller, 37);
    let first = machine.password();
    let device = format!("{DEVICES}/{}", id(&caller.list(DEVICES)[0]));
    caller.post(&format!("{device}/muster.unenroll")).send().is(204);
    assert_eq!(revealed(&caller, &record).0, json!(first), "the password stays readable");
    caller.change(&configuration, &json!({"configurationFileContent": file(&[("WakeOnLan", "LanOnly")])}));
    machine.goes_well(&["--enroll", &code(&caller, &json!({}))]);
    machine.goes_well(&[]);
    assert_eq!(machine.value("WakeOnLan"), "LanOnly");
    assert_eq!(state(&caller, &configuration)["configurationState"], "success");
    assert_eq!(caller.list(VAULT).len(), 1);

    // A device that is deleted keeps its password, and the vault has it.
    let opens = machine.password();
    caller.post(&format!("{device}/muster.unenroll")).send().is(204);
    caller.remove(&device);
    assert_eq!(revealed(&caller, &record).0, json!(opens));
}

/// In days, by the server's clock; and what is not shown without being asked for says its state.
#[test]
fn a_password_is_rotated_when_it_is_old() {
    for database in TestDatabase::ALL {
        let config = Some(
            "[secrets]\nreveal = \"explicit\"\nrotate_every_days = 30\nrotate_after_reveal = false\n".into(),
        );
        let server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let caller = server.caller();
        let (machine, _, record) = with_password(&server, &caller, 38);
        let first = machine.password();
        assert_eq!(caller.read(&record)["passwordState"], "active");
        assert_eq!(revealed(&caller, &record).0, json!(first));
        for (advance, is_rotated) in [("P29D", false), ("P1D", true)] {
            caller.act("/_/clock", &json!({"advance": advance})).is(200);
            machine.goes_well(&[]);
            assert_eq!(machine.password() != first, is_rotated, "{database:?}: {advance}");
        }
        assert_subset(&caller.read(&record), &json!({"passwordState": "active", "previousPasswordCount": 1}));
        let reasons: Vec<_> = records(&server, caller.tenant_id());
        assert!(reasons.iter().any(|record| record["activity"] == "rotated"), "{reasons:?}");
    }
}
