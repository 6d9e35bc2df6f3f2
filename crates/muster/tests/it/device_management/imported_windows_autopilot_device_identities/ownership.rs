//! Who has a device: one tenant of all, until it lets go.

use domain::hardware_hash::{HashRecord, synthetic_tpm};
use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};
use uuid::Uuid;

use super::PATH;
use super::life::{import_error, registered, states};
use crate::MUSTER;
use crate::samples::{hash, id, import_of, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    a_device_is_one_tenants_until_it_lets_go,
    the_same_device_is_known_by_what_makes_it,
    what_was_made_by_hand_counts_in_its_tenant,
    what_was_made_by_hand_is_known_whatever_its_case,
    machines_of_one_template_are_told_apart_and_noted,
    of_many_imports_of_a_device_one_gets_it,
];

fn a_device_is_one_tenants_until_it_lets_go(server: &TestServer) {
    let (caller, other) = (server.caller(), server.caller());
    let serial_number = unique("S");
    let body = import_of(&serial_number, &hash(&serial_number, synthetic_tpm(&serial_number).into()));
    let device = registered(&caller, &body);
    assert_eq!(import_error(&caller, &body), (806, "ZtdDeviceAlreadyAssigned".to_owned()));
    assert_eq!(import_error(&other, &body), (808, "ZtdDeviceAssignedToOtherTenant".to_owned()));
    caller.remove(&format!("{DEVICES}/{device}"));
    let device = registered(&other, &body);
    assert_eq!(import_error(&caller, &body).0, 808);
    let deleted = other.act(&format!("{DEVICES}/deleteDevices"), &json!({"serialNumbers": [serial_number]}));
    let deleted = deleted.is(200).json();
    let expected = json!({"deletionState": "accepted", "deviceRegistrationId": device, "errorMessage": ""});
    testkit::assert_subset(&deleted["value"][0], &expected);
    registered(&caller, &body);
}

fn the_same_device_is_known_by_what_makes_it(server: &TestServer) {
    let uuid = |uuid: Uuid| HashRecord::SmbiosUuid { uuid };
    let tpm = |seed: &str| synthetic_tpm(seed).to_vec();
    // What is registered, what comes then with the same serial number, and the error.
    let (seed, board) = (unique("T"), Uuid::new_v4());
    let cases: [(&str, Vec<HashRecord>, Vec<HashRecord>, i64); 6] = [
        ("the same TPM on another board", [tpm(&seed), vec![uuid(board)]].concat(), tpm(&seed), 806),
        ("the same board", vec![uuid(board)], vec![uuid(board)], 806),
        ("nothing but the serial number", vec![], vec![], 806),
        ("the TPM was switched off", tpm(&unique("T")), vec![], 806),
        ("another TPM and board", tpm(&unique("T")), tpm(&unique("T")), 0),
        ("another board", vec![uuid(board)], vec![uuid(Uuid::new_v4())], 0),
    ];
    for (name, first, second, code) in cases {
        let (caller, serial_number) = (server.caller(), unique("S"));
        // Another tenant's test may have this TPM.
        let device = registered(&caller, &import_of("", &hash(&serial_number, first)));
        let again = import_of(&serial_number, &hash(&serial_number, second));
        match code {
            0 => drop(registered(&caller, &again)),
            code => assert_eq!(import_error(&caller, &again).0, code, "{name}"),
        }
        caller.remove(&format!("{DEVICES}/{device}"));
    }
}

fn what_was_made_by_hand_counts_in_its_tenant(server: &TestServer) {
    let (caller, serial_number) = (server.caller(), unique("S"));
    let body = import_of("", &hash(&serial_number, vec![]));
    let by_hand =
        |model: &str| json!({"serialNumber": serial_number, "manufacturer": "EXAMPLE Corp", "model": model});
    let other = id(&caller.create(DEVICES, &by_hand("Another Model")));
    let same = id(&caller.create(DEVICES, &by_hand("Example Model 1")));
    assert_eq!(import_error(&caller, &body).0, 806);
    let twin = id(&caller.create(DEVICES, &by_hand("Example Model 1")));
    assert_eq!(import_error(&caller, &body), (813, "ZtdDeviceIsNotUnique".to_owned()));
    registered(&caller.elsewhere(), &body);
    assert_eq!(import_error(&caller, &body).0, 808, "a hash says more than a hand");
    for device in [other, same, twin] {
        caller.remove(&format!("{DEVICES}/{device}"));
    }
    assert_eq!(import_error(&caller, &body).0, 808);
}

fn what_was_made_by_hand_is_known_whatever_its_case(server: &TestServer) {
    let caller = server.caller();
    let (lower, upper) = (unique("hand").to_lowercase(), unique("HAND").to_uppercase());
    for (by_hand, in_hash) in [(&lower, lower.to_uppercase()), (&upper, upper.to_lowercase())] {
        let body =
            json!({"serialNumber": by_hand, "manufacturer": "Example Corp", "model": "Example Model 1"});
        caller.create(DEVICES, &body);
        let import = import_of("", &hash(&in_hash, vec![]));
        assert_eq!(import_error(&caller, &import).0, 806, "{by_hand}");
        // Together with another it is decided otherwise, and is the same.
        let items = json!([import, import_of("", &hash(&unique("S"), vec![]))]);
        let answer = caller.act(&format!("{PATH}/import"), &json!({PATH: items})).is(200).json();
        settle(&caller);
        let read = |at: usize| caller.read(&format!("{PATH}/{}", id(&answer["value"][at])))["state"].clone();
        assert_eq!((&read(0)["deviceErrorCode"], &read(1)["deviceErrorCode"]), (&json!(806), &json!(0)));
    }
}

fn machines_of_one_template_are_told_apart_and_noted(server: &TestServer) {
    let caller = server.caller();
    let uuid = vec![HashRecord::SmbiosUuid { uuid: Uuid::new_v4() }];
    let machine = || import_of("", &hash(&unique("VM"), uuid.clone()));
    let breaches = |record: &str| {
        let read = caller.read(&format!("{PATH}/{record}"));
        assert_eq!(read["state"]["deviceImportStatus"], "complete", "{read}");
        let why = caller.read(&format!("{PATH}/{record}/muster.why()"));
        why["breaches"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|text| text.to_string().contains("UUID"))
            .count()
    };
    let alone = id(&caller.create(PATH, &machine()));
    settle(&caller);
    assert_eq!(breaches(&alone), 0);
    // One that comes alone, and some that come together.
    let other = id(&caller.create(PATH, &machine()));
    settle(&caller);
    let items: Vec<_> = (0..12).map(|_| machine()).collect();
    let answer = caller.act(&format!("{PATH}/import"), &json!({PATH: items})).is(200).json();
    settle(&caller);
    let together = answer["value"].as_array().into_iter().flatten().map(id);
    let all: Vec<String> = [alone, other].into_iter().chain(together).collect();
    assert!(all.iter().all(|record| breaches(record) == 1));
    // With a TPM of its own a machine is known by that.
    let own = [uuid.clone(), synthetic_tpm(&unique("T")).to_vec()].concat();
    let own = id(&caller.create(PATH, &import_of("", &hash(&unique("VM"), own))));
    settle(&caller);
    assert_eq!(breaches(&own), 0);
    let log = server.log();
    let is_noted =
        |record: &String| log.lines().any(|line| line.contains("UUID") && line.contains(&**record));
    assert!(!is_noted(&own));
    for device in caller.list(DEVICES) {
        caller.remove(&format!("{DEVICES}/{}", id(&device)));
    }
    registered(&caller, &machine());
}

fn of_many_imports_of_a_device_one_gets_it(server: &TestServer) {
    let serial_number = unique("S");
    let body = import_of(&serial_number, &hash(&serial_number, vec![]));
    let callers: Vec<_> = (0..6).map(|_| server.caller()).collect();
    std::thread::scope(|scope| {
        for caller in &callers {
            scope.spawn(|| {
                for _ in 0..4 {
                    caller.create(PATH, &body);
                }
            });
        }
    });
    let ends: Vec<(String, String)> = callers.iter().flat_map(states).collect();
    assert_eq!(ends.len(), 24);
    assert_eq!(ends.iter().filter(|(_, status)| status == "complete").count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|(_, status)| status == "error").count(), 23, "{ends:?}");
    assert_eq!(callers.iter().map(|caller| caller.list(DEVICES).len()).sum::<usize>(), 1);
}

#[test]
fn a_deletion_takes_its_time() {
    for database in TestDatabase::ALL {
        let config = Some("[autopilot]\ndeletion_seconds = 600\n".to_owned());
        let server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let caller = server.caller();
        let body = import_of("S-1", &hash("S-1", synthetic_tpm("S-1").into()));
        let device = registered(&caller, &body);
        let path = format!("{DEVICES}/{device}");
        caller.remove(&path);
        assert_eq!(caller.read(&path)["serialNumber"], "S-1");
        let phrase = "ZtdDeviceDeletionInProgess";
        let refused = caller.delete(&path).send().refused(400, &[phrase]);
        assert_eq!(refused.code(), "BadRequest");
        let message: serde_json::Value = serde_json::from_str(&refused.message()).unwrap_or_default();
        assert_eq!((&message["_version"], &message["CustomApiErrorPhrase"]), (&json!(3), &json!(phrase)));
        assert!(message["Message"].as_str().unwrap_or_default().contains(phrase), "{message}");
        let again =
            caller.act(&format!("{DEVICES}/deleteDevices"), &json!({"serialNumbers": ["S-1", "S-2"]}));
        let again = again.is(200).json();
        assert_eq!(again["value"][0]["deletionState"], "failed");
        assert!(again["value"][0]["errorMessage"].as_str().unwrap_or_default().contains(phrase), "{again}");
        assert_eq!(again["value"][1]["deletionState"], "failed");
        assert_eq!(import_error(&caller, &body).0, 806);
        caller.act("/_/clock", &json!({"until": format!("deletion:{device}")})).is(200);
        caller.get(&path).send().refused(404, &[]);
        caller.delete(&path).send().refused(404, &[]);
        registered(&caller, &body);
    }
}
