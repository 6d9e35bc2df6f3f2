//! `/metrics`: what a server counts, as Prometheus reads it

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::id;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordDetails";

fn server(database: TestDatabase) -> TestServer {
    let config = "[metrics]\nlisten = \"127.0.0.1:0\"\n".to_owned();
    TestServer::start(MUSTER, database, ServerOptions { config: Some(config), ..ServerOptions::default() })
}

/// The address on which a server says that its metrics can be read.
pub fn address(server: &TestServer) -> String {
    let log = server.log_when(|log| log.contains("metrics can be read"));
    let line = log.lines().find(|line| line.contains("metrics can be read")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line["address"].as_str().unwrap().to_owned()
}

/// The whole answer to a request on the address of the metrics.
fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub fn scrape(address: &str) -> String {
    let answer = asked(address, "GET /metrics");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    body.to_owned()
}

/// The value of a sample, by its name and labels as they are written; 0 if there is none.
pub fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

#[test]
fn a_server_counts_what_it_does() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let server = server(database);
        let address = address(&server);
        let caller = server.caller();
        let created = caller.create(DEVICES, &json!({"serialNumber": "1"}));
        caller.get(&format!("{DEVICES}/{}", id(&created))).send().is(200);
        caller.get(&format!("{DEVICES}/{}", id(&created))).send().is(200);
        caller.get(&format!("{DEVICES}/none")).send();
        caller.get("noSuchSet").send();
        caller.get("/beta/$metadata").send().is(200);
        let password = json!({"serialNumber": "1", "currentPassword": "secret"});
        let password = caller.post(PASSWORDS).json(&password).send().is(201).json();
        caller.get(&format!("{PASSWORDS}/{}", id(&password))).send().is(200);
        server.caller().authorization("Bearer x.y.z").get(DEVICES).send().is(401);

        let text = scrape(&address);
        let calls = |operation: &str, status: u16| {
            value(&text, &format!("muster_calls_total{{operation=\"{operation}\",status=\"{status}\"}}"))
        };
        let devices = format!("deviceManagement/{DEVICES}");
        assert_eq!(calls(&format!("POST {devices}"), 201), 1.0, "{text}");
        assert_eq!(calls(&format!("GET {devices}"), 200), 2.0, "{text}");
        assert_eq!(calls("GET document", 200), 1.0, "{text}");
        assert_eq!(calls("GET unknown", 404), 1.0, "{text}");
        let count = format!("muster_call_duration_seconds_count{{operation=\"POST {devices}\"}}");
        assert_eq!(value(&text, &count), 1.0, "{text}");
        assert!(value(&text, "muster_commit_units_count") >= 2.0, "{text}");
        assert!(value(&text, "muster_commit_duration_seconds_sum") > 0.0, "{text}");
        assert!(value(&text, "muster_secrets_revealed_total") >= 1.0, "{text}");
        assert!(value(&text, "muster_connections") >= 1.0, "{text}");
        assert!(value(&text, "muster_tokens_total{outcome=\"accepted\"}") >= 6.0, "{text}");
        assert_eq!(value(&text, "muster_tokens_total{outcome=\"refused\"}"), 1.0, "{text}");
        assert_eq!(value(&text, "muster_database_up"), 1.0, "{text}");
        let of_postgres = database == TestDatabase::Postgres;
        for name in ["muster_database_connections", "muster_database_connections_opened_total"] {
            assert_eq!(value(&text, name) >= 2.0, of_postgres, "{name}: {text}");
        }
        assert!(!text.contains("muster_audit_sink"), "there is no sink");
        assert!(value(&text, "process_resident_memory_bytes") > 1e6, "{text}");
        assert!(value(&text, "muster_http_requests_total{method=\"POST\",status=\"201\"}") >= 2.0, "{text}");
        checked_by_promtool(&text);
    }
}

#[test]
fn the_address_of_metrics_answers_nothing_else_and_the_other_no_metrics() {
    let server = server(TestDatabase::Sqlite);
    let address = address(&server);
    for (request, status) in
        [("GET /", 404), ("GET /metrics/x", 404), ("POST /metrics", 405), ("GET /healthz", 404)]
    {
        let answer = asked(&address, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
    }
    server.caller().get("/metrics").send().refused(404, &[]);
}

#[test]
fn whatever_clients_ask_makes_no_more_labels_than_the_model_has() {
    let server = server(TestDatabase::Sqlite);
    let address = address(&server);
    let caller = server.caller();
    for number in 0..50 {
        caller.get(&format!("set{number}")).send();
        caller.get(&format!("{DEVICES}/{number}/property{number}")).send();
        caller.get(&format!("{DEVICES}/{number}")).send();
    }
    let text = scrape(&address);
    let labels: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with("muster_calls_total"))
        .filter_map(|line| line.split("operation=\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    assert!(!text.contains("property7") && !text.contains("set7"), "{text}");
}

#[test]
fn devices_are_counted_by_their_state() {
    for database in TestDatabase::ALL {
        let server = server(database);
        let address = address(&server);
        let (one, other) = (server.caller(), server.caller());
        for (caller, number) in [(&one, 1), (&one, 2), (&other, 3)] {
            caller.create(DEVICES, &json!({"serialNumber": number.to_string()}));
        }
        // A look asks for a count; a later one finds it.
        let begun = Instant::now();
        let text = loop {
            let text = scrape(&address);
            if text.contains("muster_entities{") {
                break text;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing was counted: {text}");
            std::thread::sleep(Duration::from_millis(20));
        };
        let of = |state: &str| {
            value(&text, &format!("muster_entities{{set=\"deviceManagement/{DEVICES}\",state=\"{state}\"}}"))
        };
        assert_eq!((of("notAssigned"), of("pending"), of("failed")), (3.0, 0.0, 0.0), "{text}");
        assert!(value(&text, "muster_entities_age_seconds") < 60.0, "{text}");
    }
}

#[test]
fn what_the_sink_of_the_audit_lacks_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // A folder cannot be appended to.
    let config =
        format!("[metrics]\nlisten = \"127.0.0.1:0\"\n[audit]\nfile = '{}'\n", folder.path().display());
    for database in TestDatabase::ALL {
        let options = ServerOptions { config: Some(config.clone()), ..ServerOptions::default() };
        let server = TestServer::start(MUSTER, database, options);
        let caller = server.caller();
        let password = json!({"serialNumber": "1", "currentPassword": "secret"});
        let password = caller.post(PASSWORDS).json(&password).send().is(201).json();
        // A look is on record.
        caller.get(&format!("{PASSWORDS}/{}", id(&password))).send().is(200);
        server.log_when(|log| log.contains("the sink does not take the audit's records"));
        let text = scrape(&address(&server));
        assert!(value(&text, "muster_audit_sink_records") >= 1.0, "{text}");
        assert!(value(&text, "muster_audit_sink_oldest_seconds") > 0.0, "{text}");
    }
}

/// The names of metrics in a text of queries.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !is_name(character))
        .filter(|word| word.starts_with("muster_") || word.starts_with("process_"))
        .collect()
}

#[test]
fn the_dashboard_and_the_alerts_ask_for_metrics_that_there_are() {
    let told = TestDatabase::ALL.map(|database| {
        let server = server(database);
        let address = address(&server);
        server.caller().create(DEVICES, &json!({"serialNumber": "1"}));
        scrape(&address)
    });
    let text = told.concat();
    // Dev mode's certificate is not the operator's, without late jobs there are none by kind, there is no sink, and devices are
    // counted after the first look.
    let absent = [
        "muster_certificate_expiry_timestamp_seconds",
        "muster_jobs",
        "muster_jobs_late_seconds",
        "muster_audit_sink_records",
        "muster_audit_sink_oldest_seconds",
        "muster_entities",
        "muster_entities_age_seconds",
    ];
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    for file in ["grafana/muster.json", "prometheus/muster.rules.yml"] {
        let content = std::fs::read_to_string(deploy.join(file)).unwrap();
        let asked = metrics_in(&content);
        assert!(asked.len() > 5, "{file}: {asked:?}");
        for metric in asked.iter().filter(|metric| !absent.contains(metric)) {
            let sample = |line: &str| line.starts_with(metric) && !line.starts_with('#');
            assert!(text.lines().any(sample), "{file} asks for {metric}, which there is not: {text}");
        }
    }
    let dashboard = std::fs::read(deploy.join("grafana/muster.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_slice(&dashboard).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() >= 8);
}

/// Has Prometheus' own tool judge the text, where it is installed.
fn checked_by_promtool(text: &str) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut tool) = command.spawn() else { return };
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}\n{text}");
}
