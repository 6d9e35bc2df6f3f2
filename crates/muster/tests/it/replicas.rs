//! Several servers on one PostgreSQL: they share the jobs, and do none twice

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{hash, import_of, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
/// How many devices each server is given, in so many requests.
const DEVICES_EACH: usize = 100;
const REQUESTS: usize = 20;
/// How many devices both servers are given, in each request.
const DEVICES_SHARED: usize = 7;
/// How long it may take until all are registered.
const PATIENCE: Duration = Duration::from_secs(60);

fn start() -> [TestServer; 2] {
    let config = Some("log = \"engine=debug\"\n".to_owned());
    let one = TestServer::start(
        MUSTER,
        TestDatabase::Postgres,
        ServerOptions { config, ..ServerOptions::default() },
    );
    let other = one.another();
    [one, other]
}

/// How many jobs a server began, and how many of them had been begun before. It must have ended.
fn jobs(server: &TestServer) -> (u64, u64) {
    let lines = server.log();
    let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let begun = lines.filter(|line| line["message"] == "jobs are begun");
    let count = |line: &Value, name: &str| line[name].as_u64().unwrap_or_default();
    begun.fold((0, 0), |(jobs, again), line| (jobs + count(&line, "jobs"), again + count(&line, "again")))
}

/// Imports devices, a few at a time and each time in a group of a batch, so that jobs register them; gives their serial
/// numbers.
fn import(caller: &TestCaller<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..REQUESTS {
        let serials: Vec<String> = (0..DEVICES_EACH / REQUESTS).map(|_| unique("S")).collect();
        let items: Vec<Value> =
            serials.iter().map(|serial| import_of(serial, &hash(serial, vec![]))).collect();
        let request = json!({"id": "1", "method": "POST", "url": format!("deviceManagement/{IMPORTS}/import"),
            "headers": {"Content-Type": "application/json"}, "body": {IMPORTS: items}, "atomicityGroup": "g"});
        let answer = caller.post("/beta/$batch").json(&json!({"requests": [request]})).send().is(200).json();
        assert_eq!(answer["responses"][0]["status"], 200, "{answer}");
        all.extend(serials);
    }
    all
}

/// The records' statuses, once none is under way.
fn ends(caller: &TestCaller<'_>) -> HashMap<String, String> {
    let begin = Instant::now();
    loop {
        let records = caller.list(IMPORTS);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let status = |record: &Value| text(&record["state"]["deviceImportStatus"]);
        let ends: HashMap<String, String> =
            records.iter().map(|record| (text(&record["serialNumber"]), status(record))).collect();
        assert_eq!(ends.len(), records.len(), "a record is there twice");
        if ends.values().all(|status| status != "unknown") {
            return ends;
        }
        assert!(begin.elapsed() < PATIENCE, "some imports never end: {ends:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_servers_share_the_imports_and_do_none_twice() {
    let mut servers = start();
    let tenant = servers[0].caller().tenant_id();
    let mut expected: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = servers
            .iter()
            .map(|server| scope.spawn(move || import(&server.caller().tenant(tenant))))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let caller = servers[0].caller().tenant(tenant);
    let ends = ends(&caller);
    assert_eq!(ends.len(), 2 * DEVICES_EACH);
    assert!(ends.values().all(|status| status == "complete"), "{ends:?}");
    // Either server shows all of them, each once.
    expected.sort();
    for server in &servers {
        let devices = server.caller().tenant(tenant).list(DEVICES);
        let mut serials: Vec<String> = devices
            .iter()
            .map(|device| device["serialNumber"].as_str().unwrap_or_default().to_owned())
            .collect();
        serials.sort();
        assert_eq!(serials, expected);
    }
    servers.iter_mut().for_each(|server| assert!(server.stop().success()));
    let done = servers.each_ref().map(jobs);
    assert!(done.iter().all(|(jobs, _)| *jobs > 0), "one did nothing: {done:?}");
    assert_eq!(done.iter().map(|(_, again)| again).sum::<u64>(), 0, "something was begun twice: {done:?}");
}

/// Devices that are imported through both at once, in calls of several: each has one identity, and all but one of its
/// records say so.
#[test]
fn two_servers_that_import_the_same_devices_make_one_identity_of_each() {
    let servers = start();
    let tenant = servers[0].caller().tenant_id();
    let items: Vec<Value> = (0..DEVICES_SHARED)
        .map(|_| unique("S"))
        .map(|serial| import_of(&serial, &hash(&serial, vec![])))
        .collect();
    std::thread::scope(|scope| {
        for server in &servers {
            let items = &items;
            scope.spawn(move || {
                let caller = server.caller().tenant(tenant);
                for _ in 0..10 {
                    caller.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: items})).is(200);
                }
            });
        }
    });
    let records = servers[1].caller().tenant(tenant).list(IMPORTS);
    let codes: Vec<i64> =
        records.iter().map(|record| record["state"]["deviceErrorCode"].as_i64().unwrap_or(-1)).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), DEVICES_SHARED, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 806).count(), 19 * DEVICES_SHARED, "{codes:?}");
    let devices = servers[0].caller().tenant(tenant).list(DEVICES);
    let ids: HashSet<String> = devices.iter().map(crate::samples::id).collect();
    assert_eq!(ids.len(), DEVICES_SHARED);
}
