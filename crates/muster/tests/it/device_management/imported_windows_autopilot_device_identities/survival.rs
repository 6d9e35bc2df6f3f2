//! A call of `import` that is cut short has registered all of its devices or none, and is sent again.

use std::time::Duration;

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use super::PATH;
use super::life::states;
use crate::MUSTER;
use crate::samples::{hash, import_of, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
/// How often the server is killed.
const KILLS: u64 = 6;
/// How many devices are imported before each kill.
const DEVICES_EACH: usize = 200;

#[test]
fn imports_survive_on_sqlite() {
    survive(TestDatabase::Sqlite);
}

#[test]
fn imports_survive_on_postgres() {
    survive(TestDatabase::Postgres);
}

fn survive(database: TestDatabase) {
    let mut server = TestServer::start(MUSTER, database, ServerOptions::default());
    let tenant = server.caller().tenant_id();
    for round in 1..=KILLS {
        let items: Vec<_> = (0..DEVICES_EACH)
            .map(|_| {
                let serial_number = unique("S");
                import_of(&serial_number, &hash(&serial_number, vec![]))
            })
            .collect();
        let body = json!({PATH: items});
        let import = |caller: &TestCaller<'_>| {
            let call = caller.post(&format!("{PATH}/import"));
            call.header("Idempotency-Key", &format!("round {round}")).json(&body).attempt()
        };
        let caller = server.caller().tenant(tenant);
        caller.token();
        std::thread::scope(|scope| {
            // Its answer may never come.
            scope.spawn(|| drop(import(&caller)));
            // Not in step with anything: before, while, or after it is committed.
            std::thread::sleep(Duration::from_millis(round * 17 % 80));
            server.kill_now();
        });
        server.kill();
        server.start_again();
        let before = server.caller().tenant(tenant).list(PATH).len();
        assert!(before.is_multiple_of(DEVICES_EACH), "{before} records are there");
        assert_eq!(import(&server.caller().tenant(tenant)).map(|answer| answer.status).ok(), Some(200));
    }
    let caller = server.caller().tenant(tenant);
    let ends = states(&caller);
    assert_eq!(ends.len() as u64, KILLS * DEVICES_EACH as u64);
    for (serial_number, status) in &ends {
        assert_eq!(status, "complete", "{serial_number}\n{}", server.log());
    }
    let mut devices: Vec<String> = caller
        .list(DEVICES)
        .iter()
        .map(|device| device["serialNumber"].as_str().unwrap_or_default().to_owned())
        .collect();
    devices.sort();
    let mut expected: Vec<String> = ends.into_iter().map(|(serial_number, _)| serial_number).collect();
    expected.sort();
    assert_eq!(devices, expected, "each device once");
}
