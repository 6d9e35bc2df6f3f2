//! The limits of the cloud: what is counted, for whom, and how a refusal looks

use serde_json::{Value, json};
use testkit::{HttpAnswer, ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use crate::MUSTER;
use crate::samples::device;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordInfo";

/// A server with a twentieth of the published limits: of each service 5 changes and 50 requests of an application, 10 and 100
/// of a tenant, in 20 seconds.
fn throttled(more: &str) -> TestServer {
    let config = Some(format!("[throttle]\nprofile = \"scaled\"\nfactor = 0.05\n{more}"));
    TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions { config, ..ServerOptions::default() })
}

/// The caller's tenant, through another application.
fn through_another_application<'s>(caller: &TestCaller<'s>) -> TestCaller<'s> {
    let secret = std::fs::read_to_string(caller.server().data().join("dev-client-secret")).expect("a secret");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=https://graph.microsoft.com/.default",
        Uuid::new_v4(),
        secret.trim()
    );
    let path = format!("/{}/oauth2/v2.0/token", caller.tenant_id());
    let request = caller.nobody().post(&path).bytes("application/x-www-form-urlencoded", form.as_bytes());
    let token = request.send().is(200).json();
    caller.authorization(format!("Bearer {}", token["access_token"].as_str().expect("a token")))
}

fn create(caller: &TestCaller<'_>, set: &str) -> HttpAnswer {
    caller.post(set).json(&json!({"serialNumber": "1"})).send()
}

/// How many devices or passwords a caller can create at once, up to 30.
#[track_caller]
fn created(caller: &TestCaller<'_>, set: &str) -> usize {
    let mut answers = (0..30).map(|_| create(caller, set));
    answers.position(|answer| answer.status == 429 || answer.is(201).status != 201).unwrap_or(30)
}

/// The time that a test takes to ask lets a bucket gain a request or two: 5 in 20 seconds.
#[track_caller]
fn assert_about(count: usize, expected: usize) {
    assert!((expected..=expected + 3).contains(&count), "{count} instead of {expected}");
}

#[test]
fn an_application_and_a_tenant_are_held_to_the_limits_of_a_service() {
    let server = throttled("");
    let caller = server.caller();
    assert_about(created(&caller, DEVICES), 5);
    assert_about(created(&through_another_application(&caller), DEVICES), 5);
    assert_about(created(&through_another_application(&caller), DEVICES), 0);
    assert_about(created(&caller, PASSWORDS), 5);
    assert_about(created(&caller.elsewhere(), DEVICES), 5);
    caller.read(DEVICES);
    caller.read("/_/backlog");
}

#[test]
fn a_refusal_says_why_and_until_when() {
    let server = throttled("");
    let caller = server.caller();
    created(&caller, DEVICES);
    let refused = create(&caller, DEVICES).refused(429, &["5 in 20 seconds", "changes", "enrollment"]);
    assert_eq!(refused.code(), "TooManyRequests");
    assert_eq!(refused.json()["error"]["innerError"]["number"], 1201);
    let seconds = refused.header("Retry-After").and_then(|text| text.parse::<u64>().ok());
    let seconds = seconds.expect("whole seconds");
    assert!((1..=4).contains(&seconds), "{seconds}");
    // The buckets follow the clock, which can be turned.
    caller.act("/_/clock", &json!({"advance": format!("PT{seconds}S")})).is(200);
    create(&caller, DEVICES).is(201);
    caller.act("/_/clock", &json!({"advance": "PT1H"})).is(200);
    assert_about(created(&caller, DEVICES), 5);
}

#[test]
fn a_refusal_can_leave_out_until_when() {
    let server = throttled("retry_after = false\n");
    let caller = server.caller();
    created(&caller, DEVICES);
    assert_eq!(create(&caller, DEVICES).refused(429, &[]).header("Retry-After"), None);
}

#[test]
fn each_request_of_a_batch_is_counted() {
    let server = throttled("");
    let caller = server.caller();
    let post = |id: usize| {
        json!({"id": id.to_string(), "method": "POST", "url": format!("/deviceManagement/{DEVICES}"),
               "headers": {"Content-Type": "application/json"}, "body": device("1")})
    };
    let requests: Vec<Value> = (0..20).map(post).collect();
    let answer = caller.post("/beta/$batch").json(&json!({"requests": requests})).send().is(200).json();
    let responses = answer["responses"].as_array().expect("responses");
    let refused: Vec<&Value> = responses.iter().filter(|response| response["status"] == 429).collect();
    assert_about(responses.len() - refused.len(), 5);
    for response in refused {
        assert_eq!(response["body"]["error"]["code"], "TooManyRequests", "{response}");
        let wait = response["headers"]["Retry-After"].as_str().and_then(|text| text.parse::<u64>().ok());
        assert!(wait.is_some_and(|seconds| seconds > 0), "{response}");
    }
    // All or nothing: one that is refused takes the group with it.
    let group = |id: usize| {
        let mut request = post(id);
        request["atomicityGroup"] = "g".into();
        request
    };
    let before = caller.elsewhere();
    let requests: Vec<Value> = (0..10).map(group).collect();
    let answer = before.post("/beta/$batch").json(&json!({"requests": requests})).send().is(200).json();
    let statuses: Vec<i64> = answer["responses"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|response| response["status"].as_i64())
        .collect();
    assert!(
        statuses.contains(&429) && statuses.iter().all(|status| [424, 429].contains(status)),
        "{statuses:?}"
    );
    assert!(before.list(DEVICES).is_empty());
}

#[test]
fn a_line_of_a_bulk_is_a_change_and_an_import_is_one() {
    let server = throttled("");
    let caller = server.caller();
    caller.create(DEVICES, &device("A"));
    let lines: Vec<String> = (0..20)
        .map(|at| json!({"verb": "tag", "serialNumber": "A", "groupTag": at.to_string()}).to_string())
        .collect();
    let send = |query: &str| {
        let request = caller.post(&format!("/_/bulk{query}"));
        let answer = request.bytes("application/x-ndjson", lines.join("\n").as_bytes()).send().is(200).text();
        answer.lines().filter(|line| line.contains("\"status\":204")).count()
    };
    assert_about(send(""), 4);
    assert_eq!(send("?dryRun=true"), 20, "a rehearsal changes nothing");
    let caller = caller.elsewhere();
    let identity = |at: usize| json!({"serialNumber": format!("I{at}"), "hardwareIdentifier": "aGFzaA=="});
    let identities: Vec<Value> = (0..100).map(identity).collect();
    let body = json!({"importedWindowsAutopilotDeviceIdentities": identities});
    caller.act("importedWindowsAutopilotDeviceIdentities/import", &body).is(200);
    caller.create(DEVICES, &device("B"));
}
