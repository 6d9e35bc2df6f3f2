//! What was acknowledged is there, exactly once, however the server ends

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};
use uuid::Uuid;

use crate::MUSTER;

/// How often the server is killed.
const KILLS: u64 = 20;
/// How many clients write at once.
const WRITERS: usize = 4;
/// How many writes must be acknowledged before a kill, so that each says something.
const ACKNOWLEDGED_MIN: u64 = 8;
/// How long to wait for them.
const PATIENCE: Duration = Duration::from_secs(30);

const PATH: &str = "hardwarePasswordInfo";

/// What the clients know: for each serial number the password that was acknowledged last, and the one that may or
/// may not have been stored since.
#[derive(Default)]
struct Ledger {
    acknowledged: HashMap<String, String>,
    in_doubt: HashMap<String, String>,
}

#[test]
fn acknowledged_writes_survive_on_sqlite() {
    survive(TestDatabase::Sqlite);
}

#[test]
fn acknowledged_writes_survive_on_postgres() {
    survive(TestDatabase::Postgres);
}

#[test]
fn a_server_that_is_asked_to_stop_starts_where_it_was() {
    for database in TestDatabase::ALL {
        let mut server = TestServer::start(MUSTER, database, ServerOptions::default());
        let tenant = server.caller().tenant_id();
        let body = json!({"serialNumber": "1", "currentPassword": "kept"});
        let created = server.caller().tenant(tenant).create(PATH, &body);
        assert_eq!(server.stop().code(), Some(0), "{}", server.log());
        server.start_again();
        let path = format!("{PATH}/{}", created["id"].as_str().unwrap_or_default());
        testkit::assert_subset(&server.caller().tenant(tenant).read(&path), &body);
    }
}

fn survive(database: TestDatabase) {
    let mut server = TestServer::start(MUSTER, database, ServerOptions::default());
    let tenant = server.caller().tenant_id();
    let ledger = Mutex::new(Ledger::default());
    for round in 0..KILLS {
        write_until_killed(&mut server, tenant, &ledger, round);
        server.start_again();
        check(&server, tenant, &ledger.lock().expect("no writer panicked"), round);
    }
}

fn write_until_killed(server: &mut TestServer, tenant: Uuid, ledger: &Mutex<Ledger>, round: u64) {
    let (stop, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    // Minted before: a token of a killed server could not be had.
    server.caller().tenant(tenant).token();
    let running = &*server;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (stop, acknowledged) = (&stop, &acknowledged);
            scope.spawn(move || {
                write(running, tenant, ledger, &format!("{round}-{writer}"), stop, acknowledged)
            });
        }
        let begin = Instant::now();
        while acknowledged.load(Ordering::Relaxed) < ACKNOWLEDGED_MIN {
            assert!(
                begin.elapsed() < PATIENCE,
                "round {round}: the server acknowledges nothing:\n{}",
                running.log()
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        // Not in step with anything: between 0 and 40 ms after the last acknowledged write that counts.
        std::thread::sleep(Duration::from_millis(round * 37 % 41));
        running.kill_now();
        stop.store(true, Ordering::Relaxed);
    });
    server.kill();
}

/// Creates, changes what it has created, and notes each answer, until the server is gone.
fn write(
    server: &TestServer,
    tenant: Uuid,
    ledger: &Mutex<Ledger>,
    name: &str,
    stop: &AtomicBool,
    count: &AtomicU64,
) {
    let caller = server.caller().tenant(tenant);
    for at in 0.. {
        let serial = format!("{name}-{at}");
        let mut path = PATH.to_owned();
        for (method, password) in [("POST", "first"), ("PATCH", "second")] {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            ledger.lock().expect("no writer panicked").in_doubt.insert(serial.clone(), password.into());
            let body = json!({"serialNumber": serial, "currentPassword": password});
            let Ok(answer) = caller.request(method, &path).json(&body).attempt() else { return };
            let entity = answer.is(if method == "POST" { 201 } else { 200 }).json();
            path = format!("{PATH}/{}", entity["id"].as_str().unwrap_or_default());
            let mut ledger = ledger.lock().expect("no writer panicked");
            ledger.in_doubt.remove(&serial);
            ledger.acknowledged.insert(serial.clone(), password.into());
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn check(server: &TestServer, tenant: Uuid, ledger: &Ledger, round: u64) {
    let mut stored: HashMap<String, String> = HashMap::new();
    for item in server.caller().tenant(tenant).list(PATH) {
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let before = stored.insert(text("serialNumber"), text("currentPassword"));
        assert_eq!(before, None, "round {round}: {item} is there twice");
    }
    for (serial, password) in &ledger.acknowledged {
        let found = stored.get(serial);
        let may_be = [Some(password), ledger.in_doubt.get(serial)];
        assert!(
            found.is_some() && may_be.contains(&found),
            "round {round}: {serial} should be {may_be:?}, and is {found:?}"
        );
    }
    for serial in stored.keys() {
        let is_known = ledger.acknowledged.contains_key(serial) || ledger.in_doubt.contains_key(serial);
        assert!(is_known, "round {round}: nobody ever wrote {serial}");
    }
}
