//! One call of `import`: what becomes of its devices is decided together, and they are registered with the answer, or
//! together some time later.

use domain::hardware_hash::{HashRecord, Text, TextKind, synthetic_tpm};
use serde_json::{Value, json};
use testkit::{TestCaller, TestDatabase, TestServer, assert_subset};

use super::PATH;
use super::life::{registered, with};
use crate::samples::{hash, id, import_of, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    what_an_import_registers_is_there_with_its_answer,
    each_device_of_a_call_counts_for_those_behind_it,
    a_device_to_remedy_is_remedied_once_in_a_call,
    calls_that_are_committed_together_register_a_device_once,
];

pooled![what_an_import_registers_is_there_with_its_answer];

/// Imports devices by one call, and gives the ids of their records.
#[track_caller]
fn import(caller: &TestCaller<'_>, items: &[Value]) -> Vec<String> {
    let answer = caller.act(&format!("{PATH}/import"), &json!({PATH: items})).is(200).json();
    answer["value"].as_array().into_iter().flatten().map(id).collect()
}

fn code(caller: &TestCaller<'_>, record: &str) -> i64 {
    let state = caller.read(&format!("{PATH}/{record}"))["state"].clone();
    assert_ne!(state["deviceImportStatus"], "unknown", "{state}");
    state["deviceErrorCode"].as_i64().unwrap_or(-1)
}

fn what_an_import_registers_is_there_with_its_answer(server: &TestServer) {
    let caller = server.caller();
    let item = || {
        let serial_number = unique("S");
        import_of(&serial_number, &hash(&serial_number, vec![]))
    };
    let record = caller.create(PATH, &item());
    assert_eq!(record["state"]["deviceImportStatus"], "unknown", "the creator is shown what was accepted");
    let records = [vec![id(&record)], import(&caller, &[item(), item()])].concat();
    for record in &records {
        let state = caller.read(&format!("{PATH}/{record}"))["state"].clone();
        assert_eq!(state["deviceImportStatus"], "complete");
        let device = state["deviceRegistrationId"].as_str().unwrap_or_default();
        caller.get(&format!("{DEVICES}/{device}")).send().is(200);
    }
    assert_eq!(caller.list(DEVICES).len(), records.len());
}

fn each_device_of_a_call_counts_for_those_behind_it(server: &TestServer) {
    let caller = server.caller();
    let (serial_number, tpm) = (unique("S"), synthetic_tpm(&unique("T")).to_vec());
    let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
    let sku = |sku: &str| [tpm.clone(), vec![text(TextKind::SkuNumber, sku)]].concat();
    let other = unique("S");
    let items = [
        import_of("", &hash(&serial_number, sku("A"))),
        import_of("", &hash(&other, vec![])),
        // The same TPM, and then the same name without one.
        import_of("", &hash(&serial_number, sku("B"))),
        import_of("", &hash(&serial_number, vec![])),
        // The same name, and another TPM: another device.
        import_of("", &hash(&serial_number, synthetic_tpm(&unique("T")).into())),
    ];
    let codes: Vec<i64> = import(&caller, &items).iter().map(|record| code(&caller, record)).collect();
    assert_eq!(codes, [0, 0, 806, 806, 0]);
    assert_eq!(caller.list(DEVICES).len(), 3);
    let elsewhere = caller.elsewhere();
    let codes: Vec<i64> =
        import(&elsewhere, &items[..3]).iter().map(|record| code(&elsewhere, record)).collect();
    assert_eq!(codes, [808, 808, 808]);
}

fn a_device_to_remedy_is_remedied_once_in_a_call(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let [old, new] = [(); 2].map(|()| hash(&serial_number, synthetic_tpm(&unique("T")).into()));
    let device = registered(&caller, &import_of(&serial_number, &old));
    let path = format!("{DEVICES}/{device}");
    for _ in 0..2 {
        caller.act(&format!("{path}/muster.checkIn"), &json!({"hardwareIdentifier": new})).is(204);
    }
    assert_eq!(caller.read(&path)["remediationState"], "manualRemediationRequired");
    let again = import_of("", &hash(&serial_number, vec![]));
    let records = import(&caller, &[import_of(&serial_number, &new), again]);
    let state = caller.read(&format!("{PATH}/{}", records[0]))["state"].clone();
    assert_subset(&state, &json!({"deviceImportStatus": "complete", "deviceRegistrationId": device}));
    assert_eq!(code(&caller, &records[1]), 806);
    assert_eq!(caller.read(&path)["remediationState"], "noRemediationRequired");
    // Nobody has the old board any more.
    let elsewhere = caller.elsewhere();
    registered(&elsewhere, &import_of(&serial_number, &old));
}

fn calls_that_are_committed_together_register_a_device_once(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let body = import_of(&serial_number, &hash(&serial_number, vec![]));
    let request = |name: &str| {
        json!({"id": name, "method": "POST", "url": format!("deviceManagement/{PATH}"), "body": body,
            "headers": {"Content-Type": "application/json"}, "atomicityGroup": "g"})
    };
    let answer = caller.post("/beta/$batch").json(&json!({"requests": [request("a"), request("b")]})).send();
    let answer = answer.is(200).json();
    settle(&caller);
    let responses = answer["responses"].as_array().into_iter().flatten();
    let mut codes: Vec<i64> = responses.map(|response| code(&caller, &id(&response["body"]))).collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 806]);
    assert_eq!(caller.list(DEVICES).len(), 1);
}

#[test]
fn a_call_ends_as_one_after_a_delay_without_what_was_deleted() {
    for database in TestDatabase::ALL {
        let server = with(database, "delays = \"realistic\"");
        let caller = server.caller();
        let serials: Vec<String> = (0..4).map(|_| unique("S")).collect();
        let mut items: Vec<Value> =
            serials.iter().map(|serial| import_of(serial, &hash(serial, vec![]))).collect();
        items.push(items[1].clone());
        let records = import(&caller, &items);
        let path = |at: usize| format!("{PATH}/{}", records[at]);
        caller.remove(&path(0));
        caller.change(&path(2), &json!({"productKey": "changed", "state": {"deviceErrorCode": 7}}));
        let why = caller.read(&format!("{}/muster.why()", path(3)));
        assert_eq!(why["waitsFor"], "the registration of its device");
        caller.act("/_/clock", &json!({"until": format!("import:{}", records[3])})).is(200);
        let codes: Vec<i64> = records[1..].iter().map(|record| code(&caller, record)).collect();
        assert_eq!(codes, [0, 0, 0, 805]);
        assert_eq!(caller.read(&path(2))["productKey"], "changed");
        assert_eq!(caller.read(&format!("{}/muster.why()", path(3)))["waitsFor"], Value::Null);
        let mut devices: Vec<String> = caller
            .list(DEVICES)
            .iter()
            .map(|device| device["serialNumber"].as_str().unwrap_or_default().to_owned())
            .collect();
        devices.sort();
        let mut expected = serials[1..].to_vec();
        expected.sort();
        assert_eq!(devices, expected);
        // The records go together as well.
        caller.act("/_/clock", &json!({"until": format!("retention:{}", records[2])})).is(200);
        assert!(caller.list(PATH).is_empty());
        assert_eq!(caller.list(DEVICES).len(), 3);
    }
}
