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

/// Imports devices, a few at a time, and gives their serial numbers.
fn import(caller: &TestCaller<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..REQUESTS {
        let serials: Vec<String> = (0..DEVICES_EACH / REQUESTS).map(|_| unique("S")).collect();
        let items: Vec<Value> =
            serials.iter().map(|serial| import_of(serial, &hash(serial, vec![]))).collect();
        caller.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: items})).is(200);
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

/// One device, imported through both at once: it has one identity, and all but one of the records say so.
#[test]
fn two_servers_that_import_one_device_make_one_identity() {
    let servers = start();
    let tenant = servers[0].caller().tenant_id();
    let serial = unique("S");
    let hash = hash(&serial, vec![]);
    std::thread::scope(|scope| {
        for server in &servers {
            let (hash, serial) = (&hash, &serial);
            scope.spawn(move || {
                let caller = server.caller().tenant(tenant);
                (0..10).for_each(|_| drop(caller.create(IMPORTS, &import_of(serial, hash))));
            });
        }
    });
    let caller = servers[1].caller().tenant(tenant);
    let begin = Instant::now();
    let records = loop {
        let records = caller.list(IMPORTS);
        if records.iter().all(|record| record["state"]["deviceImportStatus"] != "unknown") {
            break records;
        }
        assert!(begin.elapsed() < PATIENCE, "some imports never end");
        std::thread::sleep(Duration::from_millis(50));
    };
    let codes: Vec<i64> =
        records.iter().map(|record| record["state"]["deviceErrorCode"].as_i64().unwrap_or(-1)).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 806).count(), 19, "{codes:?}");
    let ids: HashSet<String> = caller.list(DEVICES).iter().map(|device| crate::samples::id(device)).collect();
    assert_eq!(ids.len(), 1);
}
