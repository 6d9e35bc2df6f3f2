//! `/beta/$batch` and `/v1.0/$batch`

mod groups;

use serde_json::{Value, json};
use testkit::{HttpAnswer, TestCaller};

use crate::samples::{configuration, device, id, password_info};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const CONFIGURATIONS: &str = "hardwareConfigurations";
const PASSWORDS: &str = "hardwarePasswordInfo";

both![
    each_request_is_answered_by_its_own_id,
    bodies_of_real_clients,
    what_follows_sees_what_came_before,
    urls_come_in_every_form,
    headers_are_each_requests_own,
    each_request_needs_its_permission,
    bodies_that_are_not_json,
    what_is_no_batch,
    a_batch_in_a_batch,
    twenty_at_once,
    each_request_has_its_line_in_the_log,
];

fn send(caller: &TestCaller<'_>, requests: Value) -> HttpAnswer {
    caller.post("/beta/$batch").json(&json!({"requests": requests})).send()
}

/// The responses, which stand in the order of the requests.
#[track_caller]
fn batch(caller: &TestCaller<'_>, requests: Value) -> Vec<Value> {
    let ids: Vec<String> =
        requests.as_array().into_iter().flatten().map(|request| text(&request["id"])).collect();
    let answer = send(caller, requests).is(200);
    assert!(answer.header("Content-Type").is_some_and(|told| told.starts_with("application/json")));
    let responses = answer.json()["responses"].as_array().cloned().unwrap_or_default();
    assert_eq!(responses.iter().map(|response| text(&response["id"])).collect::<Vec<_>>(), ids);
    assert!(responses.iter().all(|response| response["id"].is_string()));
    responses
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn statuses(responses: &[Value]) -> Vec<u64> {
    responses.iter().map(|response| response["status"].as_u64().unwrap_or_default()).collect()
}

fn url(path: &str) -> String {
    format!("/deviceManagement/{path}")
}

fn get(name: impl Into<Value>, path: &str) -> Value {
    json!({"id": name.into(), "method": "GET", "url": url(path)})
}

fn post(name: &str, path: &str, body: Value) -> Value {
    json!({"id": name, "method": "POST", "url": url(path), "body": body,
        "headers": {"Content-Type": "application/json"}})
}

fn grouped(mut request: Value, group: &str) -> Value {
    request["atomicityGroup"] = json!(group);
    request
}

fn depending(mut request: Value, on: &[&str]) -> Value {
    request["dependsOn"] = json!(on);
    request
}

fn each_request_is_answered_by_its_own_id(server: &testkit::TestServer) {
    let caller = server.caller();
    let kept = caller.create(CONFIGURATIONS, &configuration("kept"));
    let path = format!("{CONFIGURATIONS}/{}", id(&kept));
    let responses = batch(
        &caller,
        json!([
            get(7, &path),
            get("missing", &format!("{CONFIGURATIONS}/none")),
            get("count", &format!("{CONFIGURATIONS}/$count")),
            post("made", CONFIGURATIONS, configuration("made")),
            {"id": "patched", "method": "PATCH", "url": url(&path), "body": {"description": "new"}},
            {"id": "gone", "method": "delete", "url": url(&path)},
            {"id": "no such verb here", "method": "PUT", "url": url(&path), "body": {}},
            {"id": "$metadata", "method": "GET", "url": "/$metadata"},
        ]),
    );
    assert_eq!(statuses(&responses), [200, 404, 200, 201, 200, 204, 405, 200]);
    let mut alone = kept.clone();
    alone["@odata.context"] = responses[0]["body"]["@odata.context"].clone();
    assert_eq!(responses[0]["body"], alone);
    let error = &responses[1]["body"]["error"];
    assert_eq!(error["code"], "ResourceNotFound");
    assert!(error["message"].is_string() && error["innerError"]["request-id"].is_string(), "{error}");
    assert!(responses[1]["headers"]["Content-Type"].as_str().is_some_and(|told| told.contains("json")));
    assert_eq!(responses[2]["body"], "1");
    let made = &responses[3];
    assert_eq!(made["headers"]["ETag"], made["body"]["@odata.etag"]);
    let location = made["headers"]["Location"].as_str().expect("a location");
    assert_eq!(caller.read(location)["displayName"], "made");
    assert_eq!(responses[4]["body"]["description"], "new");
    assert!(responses[5].get("body").is_none(), "{}", responses[5]);
    assert_eq!(responses[6]["headers"]["Allow"], "GET, HEAD, PATCH, DELETE");
    assert!(responses[7]["body"].is_string());
    assert!(send(&caller, json!([])).is(200).json()["responses"].as_array().is_some_and(Vec::is_empty));
}

/// IntuneManagement, the scripts around Autopilot, and the SDKs of Python and JavaScript
fn bodies_of_real_clients(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &configuration("A"))));
    let info = format!("{PASSWORDS}/{}", id(&caller.create(PASSWORDS, &password_info("1"))));
    caller.create(DEVICES, &device("SN 1"));
    let full = json!({"Accept": "application/json;odata.metadata=Full"});
    let expanded = format!("deviceManagement/{path}?$expand=assignments");
    let found = batch(&caller, json!([{"id": 1, "method": "GET", "url": expanded, "headers": full}]));
    assert!(found[0]["body"]["assignments@odata.navigationLink"].is_string(), "{}", found[0]);
    let blanks = format!("{DEVICES}?$filter=contains(serialNumber,'SN 1') and serialNumber ne 'ü'&$top=1");
    let found = batch(&caller, json!([get("intune", "managedDevices"), get("autopilot", &blanks)]));
    assert_eq!(statuses(&found), [404, 200]);
    assert_eq!(found[1]["body"]["value"].as_array().map(Vec::len), Some(1));
    let json_headers = json!({"accept": "application/json", "content-type": "application/json"});
    let found = batch(
        &caller,
        json!([
            {"id": "a", "method": "GET", "url": caller.url(PASSWORDS), "depends_on": [],
             "headers": {"accept": "application/json"}},
            {"id": "b", "method": "PATCH", "url": caller.url(&path), "depends_on": [], "headers": json_headers,
             "body": {"description": "from batch"}},
        ]),
    );
    assert_eq!(statuses(&found), [200, 200]);
    assert_eq!(caller.read(&path)["description"], "from batch");
    let found = batch(
        &caller,
        json!([
            {"url": format!("/beta/deviceManagement/{PASSWORDS}"), "method": "GET", "id": "1"},
            {"url": format!("/beta/deviceManagement/{info}"), "method": "PATCH", "id": "2", "dependsOn": ["1"],
             "headers": {"content-type": "application/json"}, "body": {"currentPassword": "b"}},
        ]),
    );
    assert_eq!(statuses(&found), [200, 200]);
    assert_eq!(caller.read(&info)["currentPassword"], "b");
}

fn what_follows_sees_what_came_before(server: &testkit::TestServer) {
    let caller = server.caller();
    let found = batch(
        &caller,
        json!([
            get("before", &format!("{DEVICES}/$count")),
            post("a", DEVICES, device("A")),
            post("b", DEVICES, device("B")),
            get("after", &format!("{DEVICES}/$count")),
            {"id": "tag", "method": "PATCH", "url": "$a", "body": {"groupTag": "new"}, "dependsOn": ["a"]},
            {"id": "again", "method": "GET", "url": "/$a?$select=groupTag", "dependsOn": ["tag"]},
            {"id": "none", "method": "GET", "url": "$again"},
        ]),
    );
    assert_eq!(statuses(&found), [200, 201, 201, 200, 200, 200, 424]);
    assert_eq!((&found[0]["body"], &found[3]["body"]), (&json!("0"), &json!("2")));
    assert_eq!(found[5]["body"]["groupTag"], "new");
}

fn urls_come_in_every_form(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("A"));
    let origin = server.origin();
    for (prefix, status) in [
        ("", 200),
        ("/", 200),
        ("beta/", 200),
        ("/beta/", 200),
        ("/v1.0/", 200),
        ("/V1.0/", 200),
        (&format!("{origin}/beta/"), 200),
        ("https://graph.microsoft.com/v1.0/", 200),
        ("https://elsewhere.example/beta/", 400),
        (&format!("{origin}/"), 404),
        ("//", 400),
        ("/_/", 404),
    ] {
        let request =
            json!({"id": "1", "method": "GET", "url": format!("{prefix}deviceManagement/{DEVICES}?$top=1")});
        for batch in ["/beta/$batch", "/v1.0/$batch", "/BETA/%24batch"] {
            let answer = caller.post(batch).json(&json!({"requests": [request]})).send().is(200).json();
            let response = &answer["responses"][0];
            assert_eq!(response["status"], status, "{prefix} in {batch}: {response}");
        }
    }
    // What is relative has the version of the batch; v1.0 does not show everything.
    let relative = json!({"requests": [get("1", CONFIGURATIONS)]});
    for (version, status) in [("beta", 200), ("v1.0", 404)] {
        let answer = caller.post(&format!("/{version}/$batch")).json(&relative).send().is(200).json();
        assert_eq!(answer["responses"][0]["status"], status);
    }
    let long = get("1", &format!("{DEVICES}?x={}", "a".repeat(20_000)));
    assert_eq!(statuses(&batch(&caller, json!([long]))), [414]);
}

fn headers_are_each_requests_own(server: &testkit::TestServer) {
    let caller = server.caller();
    let made = caller.create(CONFIGURATIONS, &configuration("A"));
    let path = url(&format!("{CONFIGURATIONS}/{}", id(&made)));
    let patch = |name: &str, headers: Value| json!({"id": name, "method": "PATCH", "url": path, "headers": headers, "body": {}});
    let requests = json!([
        patch("1", json!({"If-Match": "W/\"5000000\""})),
        patch("2", json!({"prefer": "return=minimal"})),
        patch("3", json!({"Content-Type": "text/html"})),
        {"id": "4", "method": "GET", "url": path, "headers": {"accept": "text/html"}},
        {"id": "5", "method": "GET", "url": path, "headers": {"a b": "c"}},
        {"id": "6", "method": "GET", "url": url("none"), "headers": {"client-request-id": "mine"}},
        {"id": "7", "method": "GET", "url": path, "headers": {"Authorization": "Bearer none"}},
    ]);
    let body = json!({"requests": requests}).to_string();
    // Those of the batch are not theirs.
    let answer = caller.post("/beta/$batch").text(&body);
    let answer = answer.header("If-Match", "W/\"6000000\"").header("Prefer", "return=minimal").send().is(200);
    let found = answer.json()["responses"].as_array().cloned().unwrap_or_default();
    assert_eq!(statuses(&found), [412, 204, 415, 406, 400, 404, 200]);
    assert_eq!(found[1]["headers"]["Preference-Applied"], "return=minimal");
    assert_eq!(found[5]["body"]["error"]["innerError"]["client-request-id"], "mine");
    let ids =
        found.iter().filter_map(|response| response["body"]["error"]["innerError"]["request-id"].as_str());
    assert!(ids.clone().count() > 0 && ids.into_iter().all(|id| Some(id) == answer.header("request-id")));
}

fn each_request_needs_its_permission(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("A"))));
    let requests = json!([
        get("1", DEVICES),
        get("2", CONFIGURATIONS),
        {"id": "3", "method": "DELETE", "url": url(&path)},
    ]);
    let reader = caller.permission("DeviceManagementServiceConfig.Read.All");
    let found = batch(&reader, requests.clone());
    assert_eq!(statuses(&found), [200, 403, 403]);
    assert!(text(&found[1]["body"]["error"]["message"]).contains("DeviceManagementConfiguration.Read.All"));
    let elsewhere = batch(&caller.elsewhere(), json!([get("1", &path)]));
    assert_eq!(statuses(&elsewhere), [404]);
    send(&caller.nobody(), requests).refused(401, &[]);
    caller.read(&path);
}

fn bodies_that_are_not_json(server: &testkit::TestServer) {
    let caller = server.caller();
    let with = |media_type: &str, body: Value| json!({"id": "1", "method": "POST", "url": url(CONFIGURATIONS), "headers": {"Content-Type": media_type}, "body": body});
    let found = batch(&caller, json!([with("text/plain", json!("plain"))]));
    assert_eq!(statuses(&found), [415]);
    let found = batch(&caller, json!([with("application/octet-stream", json!("AAEC"))]));
    assert_eq!(statuses(&found), [415]);
    let found = batch(&caller, json!([with("image/png", json!({}))]));
    assert_eq!(statuses(&found), [415]);
    for body in [json!("text"), json!([1]), json!(5)] {
        assert_eq!(statuses(&batch(&caller, json!([with("application/json", body)]))), [400]);
    }
}

fn what_is_no_batch(server: &testkit::TestServer) {
    let caller = server.caller();
    for (text, words) in [
        ("", &["batch"][..]),
        ("{", &["batch"]),
        ("[]", &["batch"]),
        ("{\"Requests\": []}", &["'requests'", "did you mean 'Requests'"]),
        ("{\"requests\": [{}]}", &["position 0", "'id'"]),
        ("{\"requests\": [{\"id\": \"1\", \"method\": \"GET\"}]}", &["'1'", "'url'"]),
    ] {
        caller.post("/beta/$batch").text(text).send().refused(400, words);
    }
    let double = json!([get("1", DEVICES), get(1, DEVICES)]);
    send(&caller, double).refused(400, &["'1' is there twice"]);
    let later = json!([depending(get("1", DEVICES), &["2"]), get("2", DEVICES)]);
    send(&caller, later).refused(400, &["'1'", "'2'"]);
    let many: Vec<Value> = (0..21).map(|at| get(at, DEVICES)).collect();
    send(&caller, json!(many)).refused(400, &["20", "21"]);
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = caller.request(method, "/beta/$batch").send().refused(405, &[]);
        assert_eq!(answer.header("Allow"), Some("POST"));
    }
    caller.post("/beta/$batch").bytes("multipart/mixed; boundary=b", b"--b--").send().refused(415, &[]);
}

fn a_batch_in_a_batch(server: &testkit::TestServer) {
    let caller = server.caller();
    let inner = json!({"requests": [get("1", DEVICES)]});
    for url in ["/$batch", "/beta/$batch", "$batch", &format!("{}/v1.0/%24batch", server.origin())] {
        let found = batch(
            &caller,
            json!([{"id": "1", "method": "POST", "url": url, "body": inner}, get("2", DEVICES)]),
        );
        assert_eq!(statuses(&found), [400, 200], "{url}");
        assert!(text(&found[0]["body"]["error"]["message"]).contains("another batch"), "{}", found[0]);
    }
}

fn twenty_at_once(server: &testkit::TestServer) {
    let caller = server.caller();
    let creates: Vec<Value> =
        (0..20).map(|at| post(&at.to_string(), DEVICES, device(&format!("S-{at:02}")))).collect();
    let made = batch(&caller, json!(creates));
    assert!(statuses(&made).iter().all(|status| *status == 201));
    let reads: Vec<Value> =
        made.iter().map(|made| get(text(&made["id"]), &format!("{DEVICES}/{}", id(&made["body"])))).collect();
    let read = batch(&caller, json!(reads));
    for (made, read) in made.iter().zip(&read) {
        assert_eq!(made["body"]["id"], read["body"]["id"]);
        assert_eq!(made["body"]["serialNumber"], read["body"]["serialNumber"]);
    }
    assert_eq!(caller.list(DEVICES).len(), 20);
}

fn each_request_has_its_line_in_the_log(server: &testkit::TestServer) {
    let caller = server.caller();
    let long = "x".repeat(200);
    let answer = send(
        &caller,
        json!([
            post("made", DEVICES, device("A")),
            get(&*long, &format!("{DEVICES}?$filter=serialNumber%20eq%20'A'")),
            post("called", "windowsAutopilotSettings/sync", json!({})),
            get("missing", &format!("{DEVICES}/none")),
        ]),
    );
    let answer = answer.is(200);
    let request_id = answer.header("request-id").expect("a name").to_owned();
    let lines_of = |log: &str| -> Vec<Value> {
        let lines = log.lines().filter(|line| line.contains(&request_id));
        lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
    };
    let log = server.log_when(|log| lines_of(log).len() == 5);
    let devices = format!("/beta/deviceManagement/{DEVICES}");
    let (read, write) =
        ("DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All");
    for (part, method, path, status, operation, permission) in [
        ("made", "POST", devices.clone(), 201, None, Some(write)),
        (&long[..80], "GET", devices.clone(), 200, None, Some(read)),
        (
            "called",
            "POST",
            "/beta/deviceManagement/windowsAutopilotSettings/sync".into(),
            204,
            Some("sync"),
            Some(write),
        ),
        ("missing", "GET", format!("{devices}/none"), 404, None, Some(read)),
    ] {
        let line = lines_of(&log).into_iter().find(|line| line["part"] == part).unwrap_or_default();
        let told = (&line["method"], &line["path"], &line["status"]);
        assert_eq!(told, (&json!(method), &json!(path), &json!(status)), "{line}");
        let told = (line["operation"].as_str(), line["permission"].as_str());
        assert_eq!(told, (operation, permission), "{line}");
        assert_eq!(line["tenant"], caller.tenant_id().to_string(), "{line}");
        assert!(line["milliseconds"].is_f64() && line["caller"].is_string(), "{line}");
    }
}
