//! `[traces]`: spans of requests and jobs come to a collector, and one that is down or slow harms nobody

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod collector;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{configuration, id, profile, settle};
use collector::Collector;

const CONFIGURATIONS: &str = "hardwareConfigurations";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn server(database: TestDatabase, traces: &str) -> TestServer {
    let config = format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[traces]\n{traces}\n");
    let environment = vec![("COLLECTOR".to_owned(), "Authorization: Bearer for-the-collector".to_owned())];
    let options = ServerOptions { config: Some(config), environment, ..ServerOptions::default() };
    TestServer::start(MUSTER, database, options)
}

fn parent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

/// The request's line in the log that has this text.
fn line(server: &TestServer, text: &str) -> Value {
    let is_it = |line: &&str| line.contains("muster::request") && line.contains(text);
    let log = server.log_when(|log| log.lines().any(|line| is_it(&line)));
    serde_json::from_str(log.lines().find(is_it).unwrap()).unwrap()
}

/// The names of the spans below one, in the order of time.
fn below(spans: &[Value], span: &Value) -> Vec<String> {
    let mut below: Vec<&Value> =
        spans.iter().filter(|other| other["parentSpanId"] == span["spanId"]).collect();
    below.sort_by_key(|span| span["startTimeUnixNano"].as_str().unwrap().parse::<u64>().unwrap());
    below.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect()
}

fn attribute<'s>(span: &'s Value, key: &str) -> &'s str {
    let attributes = span["attributes"].as_array().unwrap();
    let value = attributes.iter().find(|attribute| attribute["key"] == key).map(|found| &found["value"]);
    value.and_then(|value| value["stringValue"].as_str().or(value["intValue"].as_str())).unwrap_or_default()
}

#[test]
fn a_request_is_a_trace_with_its_stages() {
    for database in TestDatabase::ALL {
        let collector = Collector::start();
        let settings = "headers = \"env:COLLECTOR\"\nservice_name = \"muster-eu\"\n\
                        resource_attributes = [\"deployment.environment.name=test\"]";
        let mut server = server(database, &format!("endpoint = \"{}\"\n{settings}", collector.url()));
        let caller = server.caller();
        let made = caller.post(CONFIGURATIONS).json(&configuration("A"));
        let made = made.header("traceparent", &parent("01")).header("tracestate", "a=1,b=2").send().is(201);
        let key = id(&made.json());
        caller.get(&format!("{CONFIGURATIONS}/{key}")).query("$select", "displayName").send().is(200);
        caller.get(&format!("{CONFIGURATIONS}/none")).send().is(404);
        let requests = json!([
            {"id": "one", "method": "GET", "url": format!("/deviceManagement/{CONFIGURATIONS}/{key}")},
            {"id": "two", "method": "GET", "url": "/noSuchSet"},
        ]);
        caller.post("/beta/$batch").json(&json!({ "requests": requests })).send().is(200);

        // What waits is sent when the server stops.
        let token = caller.token().to_owned();
        let tenant = caller.tenant_id().to_string();
        assert!(server.stop().success());
        let spans = collector.spans();
        let of = |name: &str| -> Vec<&Value> { spans.iter().filter(|span| span["name"] == name).collect() };
        let target = format!("deviceManagement/{CONFIGURATIONS}");
        let create = of(&format!("POST {target}"))[0];
        assert_eq!((&create["traceId"], &create["parentSpanId"]), (&json!(TRACE), &json!(PARENT)));
        assert_eq!((&create["traceState"], &create["kind"]), (&json!("a=1,b=2"), &json!(2)));
        assert_eq!(attribute(create, "http.response.status_code"), "201");
        assert_eq!(attribute(create, "muster.tenant"), tenant);
        assert!(attribute(create, "muster.permission").contains("ReadWrite.All"), "{create}");
        let begin = ["token", "body", "turn", "parse", "bind", "authorize", "plan"];
        let with = |end: &[&'static str]| [&begin[..], end].concat();
        assert_eq!(below(&spans, create), with(&["execute", "commit"]), "{database:?}");
        let reads = of(&format!("GET {target}"));
        let read = reads.iter().find(|span| attribute(span, "http.response.status_code") == "200").unwrap();
        assert_eq!(below(&spans, read), with(&["store", "write"]));
        let missing = reads.iter().find(|span| attribute(span, "http.response.status_code") == "404");
        assert!(
            missing.is_some_and(|span| span.get("status").is_none() && !attribute(span, "error.type").is_empty()),
            "{reads:?}"
        );

        let batch = spans.iter().find(|span| attribute(span, "url.path") == "/beta/$batch").unwrap();
        let parts: Vec<_> = spans.iter().filter(|span| span["parentSpanId"] == batch["spanId"]).collect();
        assert_eq!(parts.len(), 2, "{spans:?}");
        let one = parts.iter().find(|span| attribute(span, "muster.part") == "one").unwrap();
        assert!(below(&spans, one).ends_with(&["store".to_owned(), "write".to_owned()]), "{spans:?}");
        assert_eq!((&one["traceId"], &one["kind"]), (&batch["traceId"], &json!(1)));

        let line = line(&server, "\"status\":201");
        assert_eq!((&line["trace_id"], &line["span_id"]), (&json!(TRACE), &create["spanId"]));
        let (heads, bodies) = collector.received();
        assert!(heads.iter().all(|head| head.starts_with("POST /v1/traces ")), "{heads:?}");
        assert!(heads.iter().all(|head| head.contains("Bearer for-the-collector")), "{heads:?}");
        let resource = bodies[0]["resourceSpans"][0]["resource"].to_string();
        for told in ["muster-eu", "deployment.environment.name", "service.version", "service.instance.id"] {
            assert!(resource.contains(told), "{told}: {resource}");
        }
        let all = format!("{bodies:?}");
        for secret in ["displayName", "select", "Bearer", &token] {
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }
}

#[test]
fn a_client_that_wants_no_trace_gets_none() {
    let collector = Collector::start();
    let mut server = server(TestDatabase::Sqlite, &format!("endpoint = \"{}\"", collector.url()));
    let caller = server.caller();
    caller.get(CONFIGURATIONS).header("traceparent", &parent("00")).send().is(200);
    caller.get(PROFILES).header("traceparent", "00-malformed-01").send().is(200);
    server.stop();
    let unsampled = line(&server, CONFIGURATIONS);
    assert_eq!((&unsampled["trace_id"], &unsampled["span_id"]), (&json!(TRACE), &Value::Null));
    let new = line(&server, PROFILES);
    assert!(new["trace_id"].as_str().is_some_and(|id| id.len() == 32 && id != TRACE), "{new}");
    let spans = collector.spans();
    assert!(spans.iter().all(|span| span["traceId"] != TRACE), "{spans:?}");
    assert!(spans.iter().any(|span| span["traceId"] == new["trace_id"]), "{spans:?}");
}

#[test]
fn a_job_is_a_trace_of_its_own() {
    let collector = Collector::start();
    let mut server = server(TestDatabase::Sqlite, &format!("endpoint = \"{}\"", collector.url()));
    let caller = server.caller();
    let profile = id(&caller.create(PROFILES, &profile("A")));
    caller.create("windowsAutopilotDeviceIdentities", &json!({"serialNumber": "1"}));
    let target = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    let assigned = caller.post(&format!("{PROFILES}/{profile}/assignments")).json(&target).send().is(201);
    settle(&caller);
    server.stop();
    let spans = collector.spans();
    let is_job = |span: &&Value| span["name"].as_str().is_some_and(|name| name.starts_with("job "));
    let jobs: Vec<&Value> = spans.iter().filter(is_job).collect();
    let caused = assigned.header("request-id").unwrap().to_owned();
    let job = jobs.iter().find(|job| attribute(job, "muster.request_id") == caused);
    assert_eq!(job.map(|job| attribute(job, "muster.attempts")), Some("1"), "{jobs:?}");
}

#[test]
fn a_collector_that_is_down_or_slow_harms_nobody() {
    let slow = Collector::start_silent();
    for (endpoint, outcome) in [("http://127.0.0.1:9", Some("failed")), (slow.url(), None)] {
        let mut server = server(TestDatabase::Sqlite, &format!("endpoint = \"{endpoint}\""));
        let caller = server.caller();
        for _ in 0..20 {
            caller.get(CONFIGURATIONS).send().is(200);
        }
        if outcome.is_some() {
            server.log_when(|log| log.contains("the collector does not take traces"));
            let counted = collector::spans_by(&server, "failed");
            assert!(counted > 0.0, "{counted}");
        }
        caller.get(CONFIGURATIONS).send().is(200);
        assert!(server.stop().success(), "{endpoint}");
    }
}
