//! The numbers of errors: each stage of a request has its own, and says what it is about

use serde_json::json;
use testkit::encoded;

use crate::samples::{configuration, device, id};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![every_stage_has_its_codes, no_input_is_a_failure_of_the_server];

fn every_stage_has_its_codes(server: &testkit::TestServer) {
    let caller = server.caller();
    let device = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("1"))));
    let configuration = caller.create("hardwareConfigurations", &configuration("A"));
    let configuration = format!("hardwareConfigurations/{}", id(&configuration));
    let reader = caller.permission("DeviceManagementServiceConfig.Read.All");
    let delta = format!("{DEVICES}/delta?$deltatoken=x");
    let displayed = format!("{configuration}/displayName");
    for (caller, request, body, expected, target) in [
        (caller.nobody(), "GET hardwarePasswordInfo", "", (401, 1101, "TokenMissing"), None),
        (caller.authorization("Bearer x"), "GET hardwarePasswordInfo", "", (401, 1102, "TokenInvalid"), None),
        (caller.clone(), "GET /favicon.ico", "", (404, 1002, "UnknownPath"), None),
        (caller.clone(), "TRACE hardwarePasswordInfo", "", (405, 1003, "UnknownMethod"), None),
        (caller.clone(), "GET x//y", "", (400, 2001, "MalformedPath"), None),
        (caller.clone(), "GET managedDevices", "", (404, 3001, "UnknownSegment"), Some("managedDevices")),
        (caller.clone(), "GET roleDefinitions", "", (501, 3003, "NotImplemented"), None),
        (caller.clone(), "DELETE hardwarePasswordInfo", "", (405, 3004, "MethodNotAllowed"), None),
        (caller.clone(), "GET roleScopeTags?$top=x", "", (400, 4001, "MalformedOption"), Some("$top")),
        (
            caller.clone(),
            "GET roleScopeTags?$filter=id%20eq",
            "",
            (400, 4001, "MalformedOption"),
            Some("$filter"),
        ),
        (caller.clone(), "GET roleScopeTags?$tip=1", "", (400, 4002, "UnknownOption"), Some("$tip")),
        (caller.clone(), "GET windowsAutopilotSettings?$top=1", "", (400, 4003, "UnfitOption"), Some("$top")),
        (caller.clone(), "GET roleScopeTags?$top=1&$top=2", "", (400, 4004, "RepeatedOption"), Some("$top")),
        (caller.clone(), "GET roleScopeTags?$select=x", "", (400, 4005, "UnknownName"), Some("$select")),
        (caller.clone(), "GET roleScopeTags?$orderby=x", "", (400, 4005, "UnknownName"), Some("$orderby")),
        (caller.clone(), "GET roleScopeTags?$expand=x", "", (400, 4005, "UnknownName"), Some("$expand")),
        (caller.clone(), "GET roleScopeTags?$filter=x(1)", "", (400, 4005, "UnknownName"), Some("$filter")),
        (
            caller.clone(),
            "GET hardwarePasswordInfo?$orderby=currentPassword",
            "",
            (400, 4006, "SecretInOption"),
            Some("$orderby"),
        ),
        (
            caller.clone(),
            "GET roleScopeTags?$apply=x",
            "",
            (501, 4007, "UnimplementedOption"),
            Some("$apply"),
        ),
        (reader.clone(), "GET roleScopeTags", "", (403, 5001, "PermissionMissing"), None),
        (
            caller.app(),
            "POST importedWindowsAutopilotDeviceIdentities",
            "{}",
            (403, 5002, "CallerNotSupported"),
            None,
        ),
        (caller.clone(), "POST roleScopeTags", "{", (400, 6001, "MalformedBody"), None),
        (caller.clone(), "POST roleScopeTags", "[]", (400, 6001, "MalformedBody"), None),
        (
            caller.clone(),
            "POST roleScopeTags",
            "{\"displayName\": 1}",
            (400, 7001, "InvalidValue"),
            Some("displayName"),
        ),
        (
            caller.clone(),
            "POST roleScopeTags",
            "{\"displayNam\": \"x\"}",
            (400, 7002, "UnknownProperty"),
            Some("displayNam"),
        ),
        (
            caller.clone(),
            &format!("PATCH {device}"),
            "{\"enrollmentState\": \"enroled\"}",
            (400, 7003, "UnknownMember"),
            Some("enrollmentState"),
        ),
        (
            caller.clone(),
            &format!("PATCH {device}"),
            "{\"lastContactedDateTime\": null}",
            (400, 7004, "NullValue"),
            Some("lastContactedDateTime"),
        ),
        (
            caller.clone(),
            &format!("PATCH {configuration}"),
            &json!({"displayName": "x".repeat(200)}).to_string(),
            (400, 7005, "LongValue"),
            Some("displayName"),
        ),
        (
            caller.clone(),
            &format!("PATCH {device}"),
            "{\"@odata.type\": \"#microsoft.graph.x\"}",
            (400, 7006, "UnknownType"),
            Some("@odata.type"),
        ),
        (
            caller.clone(),
            &format!("POST {device}/updateDeviceProperties"),
            "{\"grouptags\": \"x\"}",
            (400, 7007, "UnknownParameter"),
            Some("grouptags"),
        ),
        (
            caller.clone(),
            "POST hardwarePasswordInfo",
            "{}",
            (400, 7101, "PropertyRequired"),
            Some("serialNumber"),
        ),
        (
            caller.clone(),
            &format!("PUT {configuration}/version"),
            "{\"value\": 2}",
            (400, 7102, "PropertyComputed"),
            Some("version"),
        ),
        (caller.clone(), "GET roleScopeTags/x", "", (404, 8001, "ResourceMissing"), None),
        (caller.clone(), &format!("GET {delta}"), "", (400, 4001, "MalformedOption"), Some("$deltatoken")),
        (
            caller.clone(),
            &format!("PUT {displayed}"),
            "{\"value\": 5}",
            (400, 7001, "InvalidValue"),
            Some("displayName"),
        ),
    ] {
        let (method, path) = request.split_once(' ').unwrap_or_default();
        let sent = caller.request(method, path);
        let sent = if body.is_empty() { sent } else { sent.text(body) };
        let (status, number, code) = expected;
        let error = sent.send().refused(status, &[]).json()["error"].clone();
        let inner = &error["innerError"];
        assert_eq!(
            (&inner["number"], &inner["code"]),
            (&json!(number), &json!(code)),
            "{request} {body}: {error}"
        );
        match target {
            Some(target) => {
                assert_eq!(error["target"], target, "{request} {body}");
                let detail = json!([{"code": code, "message": error["message"], "target": target}]);
                assert_eq!(error["details"], detail, "{request} {body}");
            }
            None => {
                assert!(error.get("target").is_none() && error.get("details").is_none(), "{request}: {error}")
            }
        }
    }
    for (header, value, status, number) in [
        ("Accept", "text/html", 406, 8008),
        ("Accept-Charset", "latin1", 406, 1008),
        ("OData-MaxVersion", "3.0", 400, 1001),
    ] {
        let answer = caller.get(DEVICES).header(header, value).send().refused(status, &[value]);
        assert_eq!(answer.json()["error"]["innerError"]["number"], number, "{header}");
    }
    let stale = caller.patch(&device).header("If-Match", "W/\"0\"").json(&json!({"groupTag": "x"})).send();
    let error = stale.refused(412, &[]).json()["error"].clone();
    assert_eq!((&error["innerError"]["number"], &error["target"]), (&json!(8003), &json!("If-Match")));
}

fn no_input_is_a_failure_of_the_server(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = caller.create("hardwareConfigurations", &configuration("A"));
    let configuration = format!("hardwareConfigurations/{}", id(&configuration));
    let hostile = [
        "null",
        "[]",
        "{}",
        "5",
        "\"x\"",
        "{\"value\": {}}",
        "{\"value\": [[]]}",
        "{\"value\": 1e400}",
        "{\"value\":",
    ];
    for name in caller.read(&configuration).as_object().into_iter().flatten().map(|(name, _)| name) {
        for below in ["", "/$value", "/$count", "/$ref", "/x", "/microsoft.graph.x"] {
            let path = format!("{configuration}/{}{below}", encoded(name));
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                for body in hostile {
                    let request = caller.request(method, &path);
                    let request =
                        if method == "GET" || method == "DELETE" { request } else { request.text(body) };
                    let answer = request.send();
                    assert!(answer.status < 500, "{method} {path} {body}: {}", answer.text());
                    if method == "GET" || method == "DELETE" || !below.is_empty() {
                        break;
                    }
                }
            }
        }
    }
}
