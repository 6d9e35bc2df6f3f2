//! Files of `/deviceManagement/hardwareConfigurations` when they are uploaded: what is found is told, noted or refused

use data_encoding::BASE64;
use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{configuration, id};

const PATH: &str = "hardwareConfigurations";
const CONTENT: &str = "configurationFileContent";

both![
    an_upload_is_told_what_is_in_the_file,
    an_update_is_told_too,
    a_file_of_another_format_is_not_looked_at,
    what_is_found_is_noted,
    a_file_is_looked_at_before_it_is_sent,
    former_versions_are_kept,
];

/// A configuration with this file.
fn with_file(file: &str) -> Value {
    let mut body = configuration("A");
    body[CONTENT] = json!(BASE64.encode(file.as_bytes()));
    body
}

/// The codes of the findings in an answer.
fn codes(answer: &Value) -> Vec<&str> {
    let findings = answer["@muster.findings"].as_array().map_or(&[][..], Vec::as_slice);
    findings.iter().map(|finding| finding["code"].as_str().unwrap_or_default()).collect()
}

fn an_upload_is_told_what_is_in_the_file(server: &TestServer) {
    let caller = server.caller();
    for (file, expected) in [
        ("[cctk]\r\nCamera=Enabled\r\n", &[][..]),
        ("SvcTag=7XK2PL3\nTpmClear=Enabled", &["of-one-machine", "data-loss"]),
        ("SetupPwd=hunter2\nCamera=Enabled", &["password"]),
        ("configurationFileContent", &["no-equals"]),
    ] {
        let created = caller.create(PATH, &with_file(file));
        assert_eq!(codes(&created), expected, "{file}: {created}");
        assert!(!created["@muster.findings"].to_string().contains("hunter2"), "{created}");
        let read = caller.read(&format!("{PATH}/{}", id(&created)));
        assert_eq!(read[CONTENT], created[CONTENT], "{file}");
        assert_eq!(codes(&read), [""; 0], "findings are for whoever writes");
    }
    let created = caller.create(PATH, &with_file("Camera=Enabled\n TpmClear=Enabled"));
    let finding = &created["@muster.findings"][0];
    assert_eq!((&finding["line"], &finding["column"]), (&json!(2), &json!(11)), "{finding}");
    assert_eq!(finding["level"], "warning");
    for member in ["cause", "remedy"] {
        assert!(finding[member].as_str().is_some_and(|text| !text.is_empty()), "{finding}");
    }
}

fn an_update_is_told_too(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with_file("Camera=Enabled"))));
    let mut body = with_file("TpmClear=Enabled");
    body.as_object_mut().expect("an object").retain(|name, _| name == CONTENT);
    assert_eq!(codes(&caller.change(&path, &body)), ["data-loss"]);
    assert_eq!(codes(&caller.change(&path, &json!({"displayName": "B"}))), [""; 0]);
    let again = caller.change(&path, &json!({CONTENT: BASE64.encode(b"Camera=Disabled")}));
    assert_eq!(codes(&again), [""; 0]);
}

fn a_file_of_another_format_is_not_looked_at(server: &TestServer) {
    let caller = server.caller();
    for format in ["surface", "surfaceDock"] {
        let mut body = with_file("SetupPwd=hunter2");
        body["hardwareConfigurationFormat"] = json!(format);
        body["fileName"] = json!("package.msi");
        let created = caller.create(PATH, &body);
        assert_eq!(codes(&created), [""; 0]);
        let path = format!("{PATH}/{}", id(&created));
        let changed = caller.change(&path, &json!({"hardwareConfigurationFormat": "dell"}));
        assert_eq!(codes(&changed), ["password"]);
    }
}

fn what_is_found_is_noted(server: &TestServer) {
    let caller = server.caller();
    let created = caller.create(PATH, &with_file("TpmClear=Enabled\nSysPwd=hunter2"));
    let key = id(&created);
    let noted = |log: &str, text: &str| {
        let lines = log.lines().filter(|line| line.contains(&key) && line.contains("breaks a rule"));
        lines.filter(|line| line.contains(text)).count()
    };
    let log = server.log_when(|log| noted(log, "data-loss") > 0);
    assert_eq!(noted(&log, "(1 findings more)"), 1);
    assert!(!log.contains("hunter2"));
    caller.change(&format!("{PATH}/{key}"), &json!({"displayName": "B"}));
    let other = id(&caller.create(PATH, &with_file("TpmSecurity=Disabled")));
    let log = server.log_when(|log| log.contains(&other));
    assert_eq!(noted(&log, ""), 1, "a new name says nothing of the file");
}

fn a_file_is_looked_at_before_it_is_sent(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/muster.lint");
    let look = |file: &str, format: Value| {
        let body = json!({CONTENT: BASE64.encode(file.as_bytes()), "hardwareConfigurationFormat": format});
        caller.act(&path, &body).is(200).json()
    };
    let told = look("Camera=Enabled\n TpmClear=Enabled", json!("dell"));
    let finding = &told["findings"][0];
    assert_eq!((&finding["line"], &finding["column"]), (&json!(2), &json!(11)), "{told}");
    assert_eq!((&finding["code"], &finding["level"]), (&json!("data-loss"), &json!("warning")), "{told}");
    assert_eq!((&told["isRefused"], told["findings"].as_array().map(Vec::len)), (&json!(false), Some(1)));
    let told = look("SetupPwd=hunter2", Value::Null);
    assert_eq!(told["findings"][0]["code"], "password", "{told}");
    assert!(!told.to_string().contains("hunter2"), "{told}");
    assert_eq!(look("SetupPwd=hunter2", json!("surface"))["findings"], json!([]));
    caller.post(&path).json(&json!({})).send().refused(400, &["configurationFileContent"]);
    let reader = caller.permission("DeviceManagementConfiguration.Read.All");
    let body = json!({CONTENT: BASE64.encode(b"A=1")});
    reader.post(&path).json(&body).send().refused(403, &["DeviceManagementConfiguration.ReadWrite.All"]);
    assert_eq!(caller.list(PATH).len(), 0, "nothing is stored");
}

fn former_versions_are_kept(server: &TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &with_file("Number=1"))));
    assert_eq!(caller.list(&format!("{path}/versions")).len(), 0);
    caller.change(&path, &json!({"displayName": "B"}));
    assert_eq!(caller.list(&format!("{path}/versions")).len(), 0, "a new name is no new version");
    for number in 2..=53 {
        let file = BASE64.encode(format!("Number={number}").as_bytes());
        caller.change(&path, &json!({CONTENT: file, "fileName": format!("{number}.cctk")}));
    }
    let kept = caller.list(&format!("{path}/versions?$orderby=version%20desc&$top=100"));
    let numbers: Vec<i64> = kept.iter().filter_map(|version| version["version"].as_i64()).collect();
    assert_eq!(numbers, (3..=52).rev().collect::<Vec<_>>(), "the last fifty before the present one");
    let third = caller.read(&format!("{path}/versions/3"));
    assert_eq!((&third["id"], &third[CONTENT]), (&json!("3"), &json!(BASE64.encode(b"Number=3"))));
    assert_eq!(
        (&third["fileName"], &third["hardwareConfigurationFormat"]),
        (&json!("3.cctk"), &json!("dell"))
    );
    assert!(third["replacedDateTime"].is_string(), "{third}");
    caller.get(&format!("{path}/versions/2")).send().refused(404, &[]);
    caller.delete(&format!("{path}/versions/3")).send().refused(405, &[]);
    caller.elsewhere().get(&format!("{path}/versions")).send().refused(404, &[]);
    caller.delete(&path).send().is(204);
    caller.get(&format!("{path}/versions/3")).send().refused(404, &[]);
}

#[test]
fn an_operator_can_have_files_with_errors_refused() {
    for database in TestDatabase::ALL {
        let config = Some("[firmware]\nlint = \"refuse\"\n".to_owned());
        let server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let caller = server.caller();
        let told = caller.act(&format!("{PATH}/muster.lint"), &json!({CONTENT: BASE64.encode(b"A=1\na=2")}));
        assert_eq!(told.is(200).json()["isRefused"], true, "{database:?}");
        let warned = caller.create(PATH, &with_file("SvcTag=7XK2PL3\nTpmClear=Enabled"));
        assert_eq!(codes(&warned), ["of-one-machine", "data-loss"], "{database:?}");
        for (file, words) in [
            ("Camera=Enabled\nSetupPwd=hunter2", &["configurationFileContent", "2:1", "password"][..]),
            ("A=1\na=2", &["configurationFileContent", "2:1", "line 1, column 1"]),
            ("PK\u{3}\u{4}", &["configurationFileContent", "ZIP"]),
        ] {
            let answer = caller.post(PATH).json(&with_file(file)).send().refused(400, words);
            assert!(!answer.message().contains("hunter2"), "{database:?}");
            let path = format!("{PATH}/{}", id(&warned));
            let body = json!({CONTENT: BASE64.encode(file.as_bytes())});
            caller.patch(&path).json(&body).send().refused(400, words);
        }
        assert_eq!(caller.list(PATH).len(), 1, "{database:?}");
    }
}
