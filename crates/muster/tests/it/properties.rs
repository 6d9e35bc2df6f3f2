//! One property of an entity under a URL of its own: read as JSON, read raw, counted

use serde_json::{Value, json};
use testkit::TestCaller;

use crate::samples::{
    configuration, device, group_target, hash, id, import_of, imported, password_info, settle, unique,
};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTED: &str = "importedWindowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordInfo";

both![
    a_value_is_read_alone,
    a_raw_value_is_read_alone,
    what_is_null_has_no_content,
    every_property_can_be_read_alone,
    what_is_not_there_is_not_found,
    methods_that_a_property_does_not_have,
    the_permissions_are_the_entitys,
    a_look_at_a_secret_property_is_on_record,
];

#[track_caller]
pub fn made(caller: &TestCaller<'_>, set: &str, body: &Value) -> String {
    let path = format!("{set}/{}", id(&caller.create(set, body)));
    // What is done about it later is done now.
    settle(caller);
    path
}

/// The end of a context, after `$metadata#deviceManagement/`, with the key left out.
pub fn context(body: &Value) -> String {
    let whole = body["@odata.context"].as_str().unwrap_or_default();
    let (_, end) = whole.split_once("$metadata#deviceManagement/").unwrap_or_default();
    match (end.find("('"), end.rfind("')")) {
        (Some(open), Some(close)) => format!("{}(){}", &end[..open], &end[close + 2..]),
        _ => end.to_owned(),
    }
}

fn a_value_is_read_alone(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = configuration("A");
    body["roleScopeTagIds"] = json!(["0", "1"]);
    let configuration = made(&caller, CONFIGURATIONS, &body);
    let serial_number = unique("1");
    let import = made(&caller, IMPORTED, &import_of(&serial_number, &hash(&serial_number, Vec::new())));
    let assignment =
        caller.create(&format!("{configuration}/assignments"), &json!({"target": group_target("g")}));
    let target = format!("{configuration}/assignments/{}/target", id(&assignment));
    for (path, context_end, expected) in [
        (format!("{configuration}/displayName"), "hardwareConfigurations()/displayName", json!("A")),
        (format!("{configuration}/DISPLAYNAME"), "hardwareConfigurations()/displayName", json!("A")),
        (format!("{configuration}/version"), "hardwareConfigurations()/version", json!(1)),
        (
            format!("{configuration}/perDevicePasswordDisabled"),
            "hardwareConfigurations()/perDevicePasswordDisabled",
            json!(false),
        ),
        (
            format!("{configuration}/hardwareConfigurationFormat"),
            "hardwareConfigurations()/hardwareConfigurationFormat",
            json!("dell"),
        ),
        (
            format!("{configuration}/configurationFileContent"),
            "hardwareConfigurations()/configurationFileContent",
            json!("W2NjdGtdCg=="),
        ),
        (
            format!("{configuration}/roleScopeTagIds"),
            "hardwareConfigurations()/roleScopeTagIds",
            json!(["0", "1"]),
        ),
        (
            format!("{import}/state/deviceImportStatus"),
            "importedWindowsAutopilotDeviceIdentities()/state/deviceImportStatus",
            json!("complete"),
        ),
        (
            format!("{target}/microsoft.graph.groupAssignmentTarget/groupId"),
            "hardwareConfigurations()/target/microsoft.graph.groupAssignmentTarget/groupId",
            json!("g"),
        ),
    ] {
        let answer = caller.get(&path).send().is(200);
        assert!(answer.header("ETag").is_some(), "{path}");
        let read = answer.json();
        assert_eq!(read["value"], expected, "{path}");
        assert_eq!(context(&read), context_end, "{path}");
        assert_eq!(read.as_object().map(|members| members.len()), Some(2), "{path}: {read}");
    }
    let state = caller.read(&format!("{import}/state"));
    assert_eq!(context(&state), "importedWindowsAutopilotDeviceIdentities()/state");
    assert_eq!((&state["deviceErrorCode"], &state["value"]), (&json!(0), &Value::Null));
    let selected = caller.read(&format!("{import}/state?$select=deviceErrorCode"));
    assert_eq!(context(&selected), "importedWindowsAutopilotDeviceIdentities()/state(deviceErrorCode)");
    assert!(selected.get("deviceImportStatus").is_none(), "{selected}");
    let bare = caller
        .get(&format!("{configuration}/displayName"))
        .header("Accept", "application/json;odata.metadata=none")
        .send()
        .is(200);
    assert_eq!(bare.json(), json!({"value": "A"}));
}

fn a_raw_value_is_read_alone(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = configuration("ü \"A\"");
    body["roleScopeTagIds"] = json!(["0", "1", "2"]);
    let configuration = made(&caller, CONFIGURATIONS, &body);
    let device =
        made(&caller, DEVICES, &json!({"lastContactedDateTime": "2024-01-02T03:04:05.1234567+01:00"}));
    let event = made(&caller, "autopilotEvents", &json!({"deploymentDuration": "PT5M1.5S"}));
    let (text, bytes) = ("text/plain;charset=utf-8", "application/octet-stream");
    for (path, media_type, expected) in [
        (format!("{configuration}/displayName/$value"), text, "ü \"A\""),
        (format!("{configuration}/version/$value"), text, "1"),
        (format!("{configuration}/perDevicePasswordDisabled/$value"), text, "false"),
        (format!("{configuration}/hardwareConfigurationFormat/$value"), text, "dell"),
        (format!("{configuration}/configurationFileContent/$value"), bytes, "[cctk]\n"),
        (format!("{configuration}/roleScopeTagIds/$count"), text, "3"),
        (format!("{device}/lastContactedDateTime/$value"), text, "2024-01-02T02:04:05.1234567Z"),
        (format!("{event}/deploymentDuration/$value"), text, "PT5M1.5S"),
    ] {
        for accept in ["*/*", "application/json", "text/plain;q=0.9, application/octet-stream"] {
            let answer = caller.get(&path).header("Accept", accept).send().is(200);
            assert_eq!(answer.header("Content-Type"), Some(media_type), "{path} {accept}");
            assert_eq!(answer.text(), expected, "{path}");
        }
    }
}

fn what_is_null_has_no_content(server: &testkit::TestServer) {
    let caller = server.caller();
    let device = made(&caller, DEVICES, &json!({"serialNumber": "1"}));
    let passwords = made(&caller, PASSWORDS, &json!({"serialNumber": "1"}));
    for path in [
        format!("{device}/groupTag"),
        format!("{device}/groupTag/$value"),
        format!("{device}/deviceAccountPassword"),
        format!("{passwords}/currentPassword"),
        format!("{passwords}/currentPassword/$value"),
    ] {
        let answer = caller.get(&path).send().is(204);
        assert!(answer.body.is_empty(), "{path}");
    }
    // A collection is never null.
    assert_eq!(caller.read(&format!("{passwords}/previousPasswords"))["value"], json!([]));
    assert_eq!(caller.get(&format!("{passwords}/previousPasswords/$count")).send().is(200).text(), "0");
}

fn every_property_can_be_read_alone(server: &testkit::TestServer) {
    let caller = server.caller();
    for (set, body) in [
        (CONFIGURATIONS, configuration("A")),
        (DEVICES, device("1")),
        (IMPORTED, imported("1")),
        (PASSWORDS, password_info("1")),
        ("windowsAutopilotDeploymentProfiles", crate::samples::profile("P")),
        ("autopilotEvents", json!({})),
        ("roleScopeTags", json!({"displayName": "T"})),
    ] {
        let path = made(&caller, set, &body);
        let whole = caller.read(&path);
        for (name, value) in whole.as_object().into_iter().flatten().filter(|(name, _)| !name.contains('@')) {
            let answer = caller.get(&format!("{path}/{name}")).send();
            let alone = match value {
                Value::Null => {
                    answer.is(204);
                    continue;
                }
                Value::Object(_) => {
                    let mut members = answer.is(200).json();
                    members.as_object_mut().expect("an object").remove("@odata.context");
                    testkit::assert_subset(&members, value);
                    continue;
                }
                _ => answer.is(200).json(),
            };
            assert_eq!(alone["value"], *value, "{path}/{name}");
        }
    }
    // A singleton that was never written has the values of one.
    let settings = caller.read("windowsAutopilotSettings/syncStatus");
    assert_eq!(context(&settings), "windowsAutopilotSettings/syncStatus");
}

fn what_is_not_there_is_not_found(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    let assignment =
        caller.create(&format!("{configuration}/assignments"), &json!({"target": group_target("g")}));
    let target = format!("{configuration}/assignments/{}/target", id(&assignment));
    let device = made(&caller, DEVICES, &json!({"serialNumber": "1"}));
    for (path, words) in [
        (format!("{CONFIGURATIONS}/x/displayName"), &["x"][..]),
        (format!("{configuration}/displayNam"), &["displayNam", "displayName"]),
        (format!("{configuration}/displayName/x"), &["x"]),
        (format!("{configuration}/displayName/$count"), &["$count"]),
        (format!("{configuration}/roleScopeTagIds/$value"), &["$value"]),
        (format!("{target}/$value"), &["$value"]),
        (format!("{target}/microsoft.graph.allDevicesAssignmentTarget"), &[]),
        // A device without a profile has no profile's name.
        (format!("{device}/deploymentProfile/displayName"), &[]),
    ] {
        caller.get(&path).send().refused(404, words);
    }
    caller.elsewhere().get(&format!("{configuration}/displayName")).send().refused(404, &[]);
    caller.v1().get(&format!("{device}/displayName")).send().is(204);
    caller.v1().get(&format!("{device}/remediationState")).send().refused(404, &["remediationState"]);
}

fn methods_that_a_property_does_not_have(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    for (method, path, allow) in [
        ("POST", "displayName", "GET, HEAD, PATCH, PUT, DELETE"),
        ("PATCH", "roleScopeTagIds", "GET, HEAD, PUT, DELETE"),
        ("PUT", "displayName/$value", "GET, HEAD"),
        ("DELETE", "roleScopeTagIds/$count", "GET, HEAD"),
        ("PUT", "runSummary/errorDeviceCount/$value", "GET, HEAD"),
    ] {
        let answer = caller
            .request(method, &format!("{configuration}/{path}"))
            .json(&json!({"value": "x"}))
            .send()
            .refused(405, &[]);
        assert_eq!(answer.header("Allow"), Some(allow), "{method} {path}");
    }
    for query in ["$filter=x%20eq%201", "$top=1", "$select=x", "$expand=x"] {
        let option = query.split('=').next().unwrap_or_default();
        caller.get(&format!("{configuration}/displayName?{query}")).send().refused(400, &[option]);
    }
}

fn the_permissions_are_the_entitys(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    let path = format!("{configuration}/displayName");
    let reader = caller.permission("DeviceManagementConfiguration.Read.All");
    let writer = caller.permission("DeviceManagementConfiguration.ReadWrite.All");
    let stranger = caller.permission("DeviceManagementRBAC.ReadWrite.All");
    let put = |caller: &TestCaller<'_>| caller.request("PUT", &path).json(&json!({"value": "B"})).send();
    reader.get(&path).send().is(200);
    reader.get(&format!("{path}/$value")).send().is(200);
    put(&reader).refused(403, &["DeviceManagementConfiguration.ReadWrite.All"]);
    reader.delete(&format!("{configuration}/description")).send().refused(403, &[]);
    put(&writer).is(204);
    stranger.get(&path).send().refused(403, &["DeviceManagementConfiguration.Read.All"]);
    caller.nobody().get(&path).send().refused(401, &[]);
}

fn a_look_at_a_secret_property_is_on_record(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = made(&caller, PASSWORDS, &password_info("1"));
    let looks = || crate::at_rest::looks(server, caller.tenant_id());
    for (property, shown, counted) in [
        ("serialNumber", "1", 0),
        ("serialNumber/$value", "1", 0),
        ("currentPassword", "Current Password value", 1),
        ("currentPassword/$value", "Current Password value", 1),
        ("previousPasswords", "Previous Passwords value", 1),
        ("previousPasswords/$count", "1", 1),
    ] {
        let before = looks();
        let text = caller.get(&format!("{path}/{property}")).send().is(200).text();
        assert!(text.contains(shown), "{property}: {text}");
        assert_eq!(looks() - before, counted, "{property}");
    }
}
