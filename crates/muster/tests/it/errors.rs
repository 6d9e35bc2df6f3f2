//! Errors: Graph's body, the status, the headers, and a message that names what is wrong

use serde_json::json;
use testkit::{TestCaller, encoded};

use crate::samples::{configuration, device, id};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    paths_that_lead_nowhere,
    paths_that_are_none,
    ids_that_are_not_there_are_all_the_same,
    values_that_do_not_fit_the_model,
    bodies_that_are_not_an_entity,
    annotations_are_ignored_wherever_they_stand,
    methods_that_a_resource_does_not_have,
    representations_that_cannot_be_had_or_read,
    every_answer_is_named,
    what_is_not_implemented_names_its_path,
    options_where_they_do_not_belong,
    codes_are_words_that_clients_know,
];

fn paths_that_lead_nowhere(server: &testkit::TestServer) {
    let caller = server.caller();
    for (path, words) in [
        (
            "/beta/deviceManagement/hardwarePasswordInfos",
            &["hardwarePasswordInfos", "hardwarePasswordInfo"][..],
        ),
        ("/beta/deviceManagment", &["deviceManagment", "deviceManagement"]),
        ("/beta/deviceManagement/hardwarePasswordInfo/x/y", &["y"]),
        ("/beta/deviceManagement/managedDevices", &["managedDevices"]),
        ("/beta/users", &["users"]),
        ("/v2.0/deviceManagement", &["/v2.0/deviceManagement"]),
        ("/deviceManagement", &[]),
        ("/favicon.ico", &[]),
        ("/", &[]),
    ] {
        let answer = caller.get(path).send().refused(404, words);
        assert_eq!(
            answer.header("Content-Type").map(|text| text.split(';').next().unwrap_or("")),
            Some("application/json")
        );
    }
}

fn paths_that_are_none(server: &testkit::TestServer) {
    let caller = server.caller();
    for path in [
        "/beta/deviceManagement//hardwarePasswordInfo",
        "/beta/deviceManagement/hardwarePasswordInfo/%00",
        "/beta/deviceManagement/hardwarePasswordInfo('x",
        "/beta/deviceManagement/%ff",
    ] {
        caller.get(path).send().refused(400, &["position"]);
    }
}

fn ids_that_are_not_there_are_all_the_same(server: &testkit::TestServer) {
    let caller = server.caller();
    let mine = id(&caller.create(DEVICES, &device("1")));
    for key in ["0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e", "x", "a%20b%2F%C3%BC%27", "..%2F..", &"k".repeat(300)]
    {
        for (method, body) in [("GET", None), ("DELETE", None), ("PATCH", Some(json!({"groupTag": "x"})))] {
            let request = caller.request(method, &format!("{DEVICES}/{key}"));
            match body {
                Some(body) => request.json(&body),
                None => request,
            }
            .send()
            .refused(404, &[]);
        }
    }
    // Another tenant's id reads as one that was never there, to the letter.
    let stranger = caller.elsewhere();
    let message = |id: &str| {
        stranger.get(&format!("{DEVICES}/{id}")).send().refused(404, &[]).message().replace(id, "{id}")
    };
    assert_eq!(message(&mine), message("0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e"));
}

fn values_that_do_not_fit_the_model(server: &testkit::TestServer) {
    let caller = server.caller();
    let configurations = "hardwareConfigurations";
    for (path, body, words) in [
        (DEVICES, json!({"serialNumbr": "1"}), &["serialNumbr", "serialNumber"][..]),
        (DEVICES, json!({"serialNumber": 1}), &["serialNumber"]),
        (DEVICES, json!({"serialNumber": {"a": 1}}), &["serialNumber"]),
        (DEVICES, json!({"enrollmentState": "enroled"}), &["enroled", "enrollmentState", "enrolled"]),
        (DEVICES, json!({"enrollmentState": 1}), &["enrollmentState"]),
        (DEVICES, json!({"enrollmentState": null}), &["enrollmentState"]),
        (DEVICES, json!({"remediationState": "unknownFutureValue"}), &["remediationState"]),
        (DEVICES, json!({"lastContactedDateTime": null}), &["lastContactedDateTime"]),
        (DEVICES, json!({"lastContactedDateTime": "2024-01-01T00:00:00"}), &["lastContactedDateTime"]),
        (DEVICES, json!({"lastContactedDateTime": "2024-01-01"}), &["lastContactedDateTime"]),
        (DEVICES, json!({"lastContactedDateTime": "2024-02-30T00:00:00Z"}), &["lastContactedDateTime"]),
        (DEVICES, json!({"lastContactedDateTime": 5}), &["lastContactedDateTime"]),
        (DEVICES, json!({"deploymentProfile": {"id": "x"}}), &["deploymentProfile"]),
        (configurations, json!({"perDevicePasswordDisabled": "true"}), &["perDevicePasswordDisabled"]),
        (configurations, json!({"roleScopeTagIds": "0"}), &["roleScopeTagIds"]),
        (configurations, json!({"roleScopeTagIds": [0]}), &["roleScopeTagIds"]),
        (configurations, json!({"roleScopeTagIds": [null]}), &["roleScopeTagIds"]),
        (configurations, json!({"configurationFileContent": 5}), &["configurationFileContent"]),
        (
            configurations,
            json!({"@odata.type": "#microsoft.graph.hardwarePasswordInfo"}),
            &["hardwarePasswordInfo", "hardwareConfiguration"],
        ),
        ("autopilotEvents", json!({"targetedAppCount": 1.5}), &["targetedAppCount"]),
        ("autopilotEvents", json!({"targetedAppCount": 3_000_000_000_u64}), &["targetedAppCount"]),
        ("autopilotEvents", json!({"targetedAppCount": "5"}), &["targetedAppCount"]),
        (
            "importedWindowsAutopilotDeviceIdentities",
            json!({"state": {"deviceErrorCode": "x"}}),
            &["state/deviceErrorCode"],
        ),
        ("importedWindowsAutopilotDeviceIdentities", json!({"state": {"errorCode": 1}}), &["errorCode"]),
        ("importedWindowsAutopilotDeviceIdentities", json!({"state": []}), &["state"]),
    ] {
        caller.act(path, &body).refused(400, words);
    }
    assert!(caller.list(DEVICES).is_empty());
}

fn bodies_that_are_not_an_entity(server: &testkit::TestServer) {
    let caller = server.caller();
    let deep = format!("{{\"serialNumber\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for body in [
        "",
        "   ",
        "[]",
        "null",
        "5",
        "\"x\"",
        "{",
        "{}}",
        "{\"serialNumber\":}",
        "{\"a\" 1}",
        "\u{feff}{",
        "nonsense",
        &deep,
    ] {
        caller.post(DEVICES).text(body).send().refused(400, &[]);
    }
    caller
        .post(DEVICES)
        .bytes("application/json", b"{\"serialNumber\": \"\xff\xfe\"}")
        .send()
        .refused(400, &[]);
    let twice = "{\"serialNumber\": \"1\", \"SERIALNUMBER\": \"2\"}";
    caller.post(DEVICES).text(twice).send().refused(400, &["serialNumber"]);
    assert!(caller.list(DEVICES).is_empty());
}

fn annotations_are_ignored_wherever_they_stand(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = configuration("A");
    body["@odata.context"] = json!("https://graph.microsoft.com/beta/$metadata#x");
    body["@odata.etag"] = json!("W/\"7\"");
    body["displayName@odata.type"] = json!("#String");
    body["assignments@odata.context"] = json!("https://graph.microsoft.com/beta/$metadata#y");
    body["assignments@odata.navigationLink"] = json!({"any": ["thing"]});
    body["#microsoft.graph.assign"] = json!({"target": "x"});
    body.as_object_mut().expect("an object").remove("#microsoft.graph.assign");
    caller.create("hardwareConfigurations", &body);
}

fn methods_that_a_resource_does_not_have(server: &testkit::TestServer) {
    let caller = server.caller();
    let device_path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("1"))));
    for (method, path, allow) in [
        ("PATCH", DEVICES, &["GET", "POST"][..]),
        ("DELETE", DEVICES, &["GET", "POST"]),
        ("PUT", DEVICES, &["GET", "POST"]),
        ("POST", &device_path, &["GET", "PATCH", "DELETE"]),
        ("POST", "windowsAutopilotSettings", &["GET", "PATCH"]),
        ("GET", "windowsAutopilotSettings/sync", &["POST"]),
        ("POST", "roleScopeTags/hasCustomRoleScopeTag()", &["GET"]),
    ] {
        let answer = caller.request(method, path).json(&json!({})).send().refused(405, &[]);
        let allowed: Vec<&str> = answer.header("Allow").unwrap_or_default().split(", ").collect();
        assert!(
            allow.iter().all(|verb| allowed.contains(verb)) && !allowed.contains(&method),
            "{method} {path}: {allowed:?}"
        );
    }
    let answer = caller.request("TRACE", DEVICES).send().refused(405, &["TRACE"]);
    assert!(answer.header("Allow").is_some());
}

fn representations_that_cannot_be_had_or_read(server: &testkit::TestServer) {
    let caller = server.caller();
    for accept in ["text/html", "application/xml", "application/atom+xml", "application/json;q=0"] {
        caller.get(DEVICES).header("Accept", accept).send().refused(406, &[]);
    }
    for (content_type, body) in [
        ("text/plain", &b"{}"[..]),
        ("application/xml", b"<a/>"),
        ("application/x-www-form-urlencoded", b"a=b"),
        ("application/json;charset=utf-16", b"{}"),
    ] {
        caller.post(DEVICES).bytes(content_type, body).send().refused(415, &[]);
    }
    for content_type in
        ["application/json", "Application/JSON; charset=UTF-8", "application/json;odata.metadata=minimal"]
    {
        caller.post(DEVICES).bytes(content_type, b"{}").send().is(201);
    }
    caller.post(DEVICES).json(&json!({})).header("Content-Encoding", "br").send().refused(415, &["br"]);
}

fn every_answer_is_named(server: &testkit::TestServer) {
    let caller = server.caller();
    let ok = caller.get(DEVICES).header("client-request-id", "mine-1").send().is(200);
    assert_eq!(ok.header("client-request-id"), Some("mine-1"));
    assert!(ok.header("request-id").is_some_and(|id| id.len() == 36), "{ok:?}");
    let refused = caller.get("x").header("client-request-id", "mine-2").send().refused(404, &[]);
    let inner = &refused.json()["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "mine-2");
    assert_eq!(refused.header("request-id"), inner["request-id"].as_str());
    assert!(!inner["date"].as_str().unwrap_or_default().is_empty());
    assert_ne!(refused.header("request-id"), ok.header("request-id"));
}

fn what_is_not_implemented_names_its_path(server: &testkit::TestServer) {
    let caller = server.caller();
    for (path, word) in [
        ("roleDefinitions".to_owned(), "roleDefinitions"),
        (format!("{DEVICES}?$apply=aggregate($count%20as%20n)"), "$apply"),
        (format!("{DEVICES}?$filter=geo.length(serialNumber)%20eq%201"), "geo.length"),
    ] {
        let answer = caller.get(&path).send().refused(501, &[word]);
        assert_eq!(answer.code(), "NotImplemented");
    }
}

fn options_where_they_do_not_belong(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("1"))));
    for query in ["$filter=serialNumber%20eq%20'1'", "$top=1", "$orderby=id", "$count=true", "$skip=1"] {
        let option = query.split('=').next().unwrap_or_default();
        caller.get(&format!("{path}?{query}")).send().refused(400, &[option]);
    }
    // What is no option of OData is the client's own business (URL conventions, 5.3).
    caller.read(&format!("{path}?api-version=1&_={}", encoded("ü&=")));
}

#[track_caller]
fn code(caller: &TestCaller<'_>, path: &str) -> String {
    caller.get(path).send().code()
}

fn codes_are_words_that_clients_know(server: &testkit::TestServer) {
    let caller = server.caller();
    for (caller, path, expected) in [
        (caller.clone(), "x", "ResourceNotFound"),
        (caller.clone(), "hardwarePasswordInfo?$top=x", "BadRequest"),
        (caller.nobody(), "hardwarePasswordInfo", "InvalidAuthenticationToken"),
        (caller.permission("DeviceManagementRBAC.Read.All"), "hardwarePasswordInfo", "Forbidden"),
        (caller.clone(), "windowsAutopilotSettings/sync", "MethodNotAllowed"),
    ] {
        assert_eq!(code(&caller, path), expected, "{path}");
    }
}
