//! `/deviceManagement/importedWindowsAutopilotDeviceIdentities`: the records; what becomes of them is in the modules.

mod calls;
mod life;
mod ownership;
mod scripts;
mod survival;

use domain::hardware_hash::to_base64;
use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer, assert_subset};

use crate::MUSTER;
use crate::samples::{id, imported, settle, unique};

const PATH: &str = "importedWindowsAutopilotDeviceIdentities";

both![
    create_echoes_what_was_accepted,
    an_import_id_is_the_clients_or_the_records_own,
    texts_and_hashes_come_back_byte_for_byte,
    a_hash_is_padded_base64,
    a_hash_has_at_most_16_384_bytes,
    import_makes_all_records_or_none,
    an_application_may_not_create_but_may_import,
    a_record_can_be_deleted,
    what_a_record_imports_cannot_be_changed,
];

fn create_echoes_what_was_accepted(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = json!({
        "@odata.type": "#microsoft.graph.importedWindowsAutopilotDeviceIdentity",
        "orderIdentifier": "Order Identifier value",
        "serialNumber": "Serial Number value",
        "productKey": "Product Key value",
        "hardwareIdentifier": "aGFyZHdhcmVJZGVudGlmaWVy",
        "state": {
            "@odata.type": "microsoft.graph.importedWindowsAutopilotDeviceIdentityState",
            "deviceImportStatus": "pending",
            "deviceRegistrationId": "Device Registration Id value",
            "deviceErrorCode": 15,
            "deviceErrorName": "Device Error Name value",
        },
    });
    let created = caller.create(PATH, &body);
    assert_subset(&created, &body);
    let read = caller.read(&format!("{PATH}/{}", id(&created)));
    testkit::assert_subset_but(&read, &body, &["state"]);
}

fn an_import_id_is_the_clients_or_the_records_own(server: &testkit::TestServer) {
    let caller = server.caller();
    let own = caller.create(PATH, &imported("1"));
    assert_eq!(own["importId"], own["id"]);
    let mut body = imported("2");
    body["importId"] = json!("shipment 7");
    caller.create(PATH, &body);
    let found = caller.get(PATH).query("$filter", "importId eq 'shipment 7'").send().is(200).json();
    assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["value"][0]["serialNumber"], "2");
}

fn texts_and_hashes_come_back_byte_for_byte(server: &testkit::TestServer) {
    let caller = server.caller();
    let hash = format!("T0Fq{}AAA=", "AbC/+9xy".repeat(499));
    let body = json!({"serialNumber": " 7 ", "productKey": "", "groupTag": "", "assignedUserPrincipalName": null, "hardwareIdentifier": hash});
    let created = caller.create(PATH, &body);
    assert_subset(&created, &body);
    assert_subset(&caller.read(&format!("{PATH}/{}", id(&created))), &body);
}

fn a_hash_is_padded_base64(server: &testkit::TestServer) {
    let caller = server.caller();
    let literal = "T0FqAAEAHAAAAAoAAQ";
    let long = format!("{literal}{}", "A".repeat(3_980));
    let shortened = format!("{}…", &long[..128]);
    let longer = "A".repeat(100_001);
    let shortened_more = format!("{}…", &longer[..128]);
    for (literal, shown) in [(literal, literal), (&long, &shortened), (&longer, &shortened_more)] {
        let words = format!("Cannot convert the literal '{shown}' to the expected type 'Edm.Binary'");
        let body = json!({"serialNumber": "1", "hardwareIdentifier": literal});
        let import = json!({PATH: [body]});
        for (path, body) in [(PATH.to_owned(), body), (format!("{PATH}/import"), import)] {
            assert!(caller.act(&path, &body).refused(400, &[&words]).message().len() < 400);
        }
    }
    assert!(caller.list(PATH).is_empty());
}

fn a_hash_has_at_most_16_384_bytes(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = |bytes: usize| json!({"serialNumber": bytes.to_string(), "hardwareIdentifier": to_base64(&vec![b'x'; bytes])});
    for bytes in [16_385, 2 << 20] {
        let body = body(bytes);
        let import = json!({PATH: [imported("1"), body]});
        for (path, body) in [(PATH.to_owned(), body), (format!("{PATH}/import"), import)] {
            let message = caller.act(&path, &body).refused(400, &["hardwareIdentifier", "16384"]).message();
            assert!(message.len() < 400, "{message}");
        }
    }
    assert!(caller.list(PATH).is_empty());
    caller.create(PATH, &body(16_384));
}

fn import_makes_all_records_or_none(server: &testkit::TestServer) {
    let caller = server.caller();
    let items: Vec<_> = (0..3).map(|at| imported(&format!("I-{at}"))).collect();
    let answer = caller.act(&format!("{PATH}/import"), &json!({PATH: items})).is(200).json();
    assert_subset(&answer["value"], &json!(items));
    let import_ids: Vec<_> = (0..3).map(|at| answer["value"][at]["importId"].clone()).collect();
    assert!(import_ids[0].is_string() && import_ids.iter().all(|id| *id == import_ids[0]), "{import_ids:?}");
    assert_eq!(caller.list(PATH).len(), 3);

    let mut bad = items.clone();
    bad[2]["serialNumber"] = json!(5);
    caller.act(&format!("{PATH}/import"), &json!({PATH: bad})).refused(400, &["serialNumber"]);
    let many: Vec<_> = (0..501).map(|at| imported(&at.to_string())).collect();
    caller.act(&format!("{PATH}/import"), &json!({PATH: many})).refused(400, &["500"]);
    caller.act(&format!("{PATH}/import"), &json!({})).refused(400, &[PATH]);
    assert_eq!(caller.list(PATH).len(), 3);
}

fn an_application_may_not_create_but_may_import(server: &testkit::TestServer) {
    let caller = server.caller().app();
    caller.act(PATH, &imported("1")).refused(403, &["DeviceManagementServiceConfig.ReadWrite.All"]);
    caller.act(&format!("{PATH}/import"), &json!({PATH: [imported("1")]})).is(200);
    assert_eq!(caller.list(PATH).len(), 1);
}

fn a_record_can_be_deleted(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &imported("1"))));
    caller.remove(&path);
    caller.get(&path).send().refused(404, &[]);
}

fn what_a_record_imports_cannot_be_changed(server: &testkit::TestServer) {
    let caller = server.caller();
    let made = caller.create(PATH, &imported(&unique("S")));
    let path = format!("{PATH}/{}", id(&made));
    settle(&caller);
    let before = caller.read(&path);
    assert_eq!(before["state"]["deviceImportStatus"], "complete");
    let forged = json!({
        "hardwareIdentifier": "b3RoZXI=",
        "importId": "other",
        "state": {"deviceImportStatus": "error", "deviceRegistrationId": "forged", "deviceErrorCode": 808},
    });
    for (name, value) in forged.as_object().into_iter().flatten() {
        let changed = caller.change(&path, &json!({"groupTag": name, name: value}));
        assert_eq!((&changed["groupTag"], &changed[name]), (&json!(name), &before[name]));
        let body = json!({ "value": value });
        caller.request("PUT", &format!("{path}/{name}")).json(&body).send().refused(400, &["server", name]);
    }
    let status = format!("{path}/state/deviceImportStatus");
    caller.request("PUT", &status).json(&json!({"value": "pending"})).send().refused(400, &["server"]);
    caller.delete(&format!("{path}/state")).send().refused(400, &["server"]);
    let after = caller.read(&path);
    for name in ["hardwareIdentifier", "importId", "state"] {
        assert_eq!(after[name], before[name]);
    }
}

#[test]
fn a_setting_lets_applications_create() {
    let config = Some("[autopilot]\nallow_app_only_import = true\n".to_owned());
    let server =
        TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions { config, ..ServerOptions::default() });
    let caller = server.caller();
    caller.app().act(PATH, &imported("1")).is(201);
    caller.act(PATH, &imported("2")).is(201);
    let reader = caller.app().permission("DeviceManagementServiceConfig.Read.All");
    reader.act(PATH, &imported("3")).refused(403, &["DeviceManagementServiceConfig.ReadWrite.All"]);
}

#[test]
fn a_setting_lets_an_import_carry_up_to_10_000() {
    for database in TestDatabase::ALL {
        let config = Some("[autopilot]\nimport_batch_max = 10000\n".to_owned());
        let server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let caller = server.caller();
        let many: Vec<_> = (0..10_000).map(|at| imported(&format!("{}-{at}", caller.tenant_id()))).collect();
        let answer = caller.act(&format!("{PATH}/import"), &json!({PATH: many})).is(200).json();
        assert_eq!(answer["value"].as_array().map(Vec::len), Some(10_000));
        let more: Vec<_> = (0..10_001).map(|at| imported(&at.to_string())).collect();
        caller.act(&format!("{PATH}/import"), &json!({PATH: more})).refused(400, &["10000", "10001"]);
    }
}
