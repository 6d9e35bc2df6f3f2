//! An import that was accepted comes to its end once, however often the server is killed on the way.

use std::time::Duration;

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};

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
        server.caller().tenant(tenant).act(&format!("{PATH}/import"), &json!({PATH: items})).is(200);
        // Not in step with anything: while the first, or the last, of them are being registered.
        std::thread::sleep(Duration::from_millis(round * 7 % 30));
        server.kill();
        server.start_again();
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
