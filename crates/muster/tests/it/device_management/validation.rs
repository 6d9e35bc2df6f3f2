//! What the documents' rules forbid and their examples do: accepted and shown, or strictly refused

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{device, hash, id, import_of, profile, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
/// The type that no target may be of, and the examples have.
const ANY_TARGET: &str = "microsoft.graph.deviceAndAppManagementAssignmentTarget";

both![what_breaks_a_rule_is_accepted_and_shown, what_breaks_no_rule_has_no_breaches,];

fn template(text: &str) -> Value {
    let mut body = profile("P");
    body["deviceNameTemplate"] = json!(text);
    body
}

#[track_caller]
fn breaches(caller: &TestCaller<'_>, device: &str) -> Vec<String> {
    let why = caller.read(&format!("{DEVICES}/{device}/muster.why()"));
    let texts = why["breaches"].as_array().cloned().unwrap_or_default();
    texts.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

fn what_breaks_a_rule_is_accepted_and_shown(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &device("1")));
    let given = id(&caller.create(PROFILES, &template("Device Name Template value")));
    caller.act(&format!("{PROFILES}/{given}/assign"), &json!({"deviceIds": [device]})).is(204);
    let other = id(&caller.create(PROFILES, &template("PC-%SERIAL%")));
    caller
        .create(&format!("{PROFILES}/{other}/assignments"), &json!({"target": {"@odata.type": ANY_TARGET}}));
    let name = json!({"displayName": "Display Name value"});
    caller.act(&format!("{DEVICES}/{device}/updateDeviceProperties"), &name).is(204);
    settle(&caller);
    let found = breaches(&caller, &device);
    for part in ["displayName has more than 15", "deviceNameTemplate", "abstract type"] {
        assert!(found.iter().any(|breach| breach.contains(part)), "{part}: {found:?}");
    }
    assert_eq!(found.len(), 3, "{found:?}");
}

fn what_breaks_no_rule_has_no_breaches(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &device("1")));
    let given = id(&caller.create(PROFILES, &template("PC-%RAND:5%")));
    caller.act(&format!("{PROFILES}/{given}/assign"), &json!({"deviceIds": [device]})).is(204);
    caller
        .act(&format!("{DEVICES}/{device}/updateDeviceProperties"), &json!({"displayName": "PC-1"}))
        .is(204);
    assert!(breaches(&caller, &device).is_empty());
}

#[test]
fn strictly_it_is_refused() {
    for database in TestDatabase::ALL {
        let config = Some("validation = \"strict\"\n".to_owned());
        let server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let caller = server.caller();
        caller
            .act(PROFILES, &template("Device Name Template value"))
            .refused(400, &["deviceNameTemplate", "' '"]);
        let profile = id(&caller.create(PROFILES, &template("PC-%SERIAL%")));
        let path = format!("{PROFILES}/{profile}");
        caller
            .patch(&path)
            .json(&json!({"deviceNameTemplate": "%SERIAL%%RAND:2%"}))
            .send()
            .refused(400, &["deviceNameTemplate", "more than one"]);
        caller.change(&path, &json!({"description": "d"}));
        let target = json!({"target": {"@odata.type": ANY_TARGET}});
        caller.act(&format!("{path}/assignments"), &target).refused(400, &["abstract", ANY_TARGET]);
        let configuration = id(&caller.create("hardwareConfigurations", &crate::samples::configuration("C")));
        caller
            .act(
                &format!("hardwareConfigurations/{configuration}/assign"),
                &json!({"hardwareConfigurationAssignments": [target]}),
            )
            .refused(400, &["abstract"]);
        let device = id(&caller.create(DEVICES, &device("1")));
        for (name, part) in [("Display Name value", "15"), ("12345", "digits"), ("a b", "' '")] {
            let body = json!({"displayName": name});
            caller
                .act(&format!("{DEVICES}/{device}/updateDeviceProperties"), &body)
                .refused(400, &["displayName", part]);
            caller.act(DEVICES, &body).refused(400, &["displayName", part]);
        }
    }
}

#[test]
fn a_hash_without_padding_is_taken_only_where_that_is_set() {
    for (config, is_taken) in [("", false), ("[autopilot]\nlenient_base64 = true\n", true)] {
        let options = ServerOptions { config: Some(config.to_owned()), ..ServerOptions::default() };
        let server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
        let caller = server.caller();
        // 3,000 bytes need no padding, so the tail is cut to a length that does.
        let serial_number = unique("S");
        let whole = hash(&serial_number, vec![]);
        let cut: String = whole.chars().take(4 * 100).collect::<String>() + "AA";
        let answer = caller.act(IMPORTS, &import_of(&serial_number, &cut));
        if is_taken {
            let record = id(&answer.is(201).json());
            settle(&caller);
            let record = caller.read(&format!("{IMPORTS}/{record}"));
            assert_eq!(record["hardwareIdentifier"], format!("{cut}=="));
            assert_eq!(record["state"]["deviceImportStatus"], "complete", "{record}");
        } else {
            answer.refused(400, &["Cannot convert the literal", "Edm.Binary", "padding"]);
        }
    }
}

/// That its serial number is not the hash's is no reason to refuse a device, and noted.
#[test]
fn another_serial_number_than_the_hash_has_is_noted() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let caller = server.caller();
    let record = id(&caller.create(IMPORTS, &import_of("OTHER", &hash(&unique("S"), vec![]))));
    settle(&caller);
    let record = caller.read(&format!("{IMPORTS}/{record}"));
    assert_eq!(record["state"]["deviceImportStatus"], "complete", "{record}");
    // The log is written now and then, and at the end.
    server.stop();
    let log = server.log();
    let is_noted = |line: &&str| line.contains("not the hash's") && line.contains(&id(&record));
    assert!(log.lines().any(|line| is_noted(&line)), "{log}");
}
