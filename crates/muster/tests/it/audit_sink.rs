//! `[audit]`: each record comes to the sink at least once, whatever becomes of the server and of the sink

use std::collections::BTreeSet;
use std::io::Read;
use std::net::{Shutdown, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use crate::MUSTER;
use crate::at_rest::records;
use crate::samples::id;

const SET: &str = "hardwarePasswordDetails";
/// How long a sink may lack a record that it can have.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the server is killed, and the looks before each of these times.
const KILLS: usize = 4;
const LOOKS: usize = 25;

fn start(database: TestDatabase, audit: &str) -> TestServer {
    let config = Some(format!("[audit]\n{audit}\n"));
    TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() })
}

/// The path of a record of passwords, to be looked at.
fn looked_at(caller: &TestCaller<'_>) -> String {
    format!(
        "{SET}/{}",
        id(&caller.create(SET, &json!({"serialNumber": "1", "currentPassword": "not-for-the-sink"})))
    )
}

/// What the sink has: records by tenant and number.
type Taken = BTreeSet<(Uuid, i64)>;

fn taken(line: &str) -> Option<(Uuid, i64)> {
    assert!(!line.contains("not-for-the-sink"), "{line}");
    let line: Value = serde_json::from_str(line).ok()?;
    Some((line["tenant"].as_str()?.parse().ok()?, line["sequence"].as_i64()?))
}

fn in_file(path: &Path) -> Taken {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(taken).collect()
}

/// The backlog as soon as the server says something of it. What it never says ends the test.
fn backlog_when(caller: &TestCaller<'_>, says: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let backlog = caller.read("/_/backlog")["audit"].clone();
        if says(&backlog) {
            return backlog;
        }
        assert!(begun.elapsed() < PATIENCE, "the backlog never says it: {backlog}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_delivered(backlog: &Value) -> bool {
    backlog["records"] == 0 && backlog["oldest"].is_null()
}

/// Looks at passwords while the server is killed again and again.
fn looks_and_kills(server: &mut TestServer) -> Uuid {
    let tenant = server.caller().tenant_id();
    let path = looked_at(&server.caller().tenant(tenant));
    for kill in 0..=KILLS {
        let caller = server.caller().tenant(tenant);
        for look in 0..LOOKS {
            caller.read(&path);
            // In the middle of it, at another moment each time.
            if kill < KILLS && look == LOOKS / 2 + 3 * kill {
                break;
            }
        }
        if kill < KILLS {
            server.kill();
            server.start_again();
        }
    }
    tenant
}

fn nothing_is_missing_in_a_file(database: TestDatabase) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("audit.jsonl");
    let mut server = start(database, &format!("file = '{}'", file.display()));
    let tenant = looks_and_kills(&mut server);
    let caller = server.caller().tenant(tenant);
    backlog_when(&caller, is_delivered);
    let delivered = in_file(&file).into_iter().filter(|(of, _)| *of == tenant).count();
    let recorded = records(&server, tenant).len();
    assert!(recorded >= KILLS * LOOKS / 2, "{database:?}: {recorded} records");
    assert_eq!(delivered, recorded, "{database:?}");
    // The file is moved away, as whoever ships logs does.
    std::fs::rename(&file, folder.path().join("audit.1")).expect("a move");
    caller.read(SET);
    backlog_when(&caller, is_delivered);
    assert_eq!(in_file(&file).len(), 1, "{database:?}");
}

#[test]
fn nothing_is_missing_in_a_file_on_sqlite() {
    nothing_is_missing_in_a_file(TestDatabase::Sqlite);
}

#[test]
fn nothing_is_missing_in_a_file_on_postgres() {
    nothing_is_missing_in_a_file(TestDatabase::Postgres);
}

#[test]
fn two_servers_deliver_what_each_has_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("audit.jsonl");
    let one = start(TestDatabase::Postgres, &format!("file = '{}'\nformat = 'jsonl'", file.display()));
    let mut other = one.another();
    let caller = one.caller();
    let path = looked_at(&caller);
    std::thread::scope(|scope| {
        for server in [&one, &other] {
            let caller = server.caller().tenant(caller.tenant_id());
            let path = &path;
            scope.spawn(move || (0..LOOKS).for_each(|_| drop(caller.read(path))));
        }
    });
    other.kill();
    caller.read(&path);
    backlog_when(&caller, is_delivered);
    let delivered = in_file(&file).into_iter().filter(|(of, _)| *of == caller.tenant_id()).count();
    assert_eq!(delivered, records(&one, caller.tenant_id()).len());
    assert_eq!(delivered, 2 * LOOKS + 1);
}

/// A receiver of syslog at a port, for as long as the test runs. The first connections break before they are read.
fn receive(listener: TcpListener, breaks: usize) -> Arc<Mutex<Vec<String>>> {
    let messages = Arc::<Mutex<Vec<String>>>::default();
    let received = Arc::clone(&messages);
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            if at < breaks {
                // It dies with what it has not read, and its machine says so.
                let _ = stream.read_exact(&mut [0; 5]);
                continue;
            }
            let mut bytes = Vec::new();
            if stream.read_to_end(&mut bytes).is_ok() {
                received.lock().expect("the messages").extend(frames(&bytes));
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    });
    messages
}

/// The messages of a stream, each behind its length.
fn frames(mut bytes: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some(space) = bytes.iter().position(|byte| *byte == b' ') {
        let count: usize = std::str::from_utf8(&bytes[..space]).expect("a count").parse().expect("a count");
        let (message, rest) = bytes[space + 1..].split_at(count);
        messages.push(String::from_utf8(message.to_vec()).expect("a text"));
        bytes = rest;
    }
    messages
}

fn a_receiver_that_is_down_stops_nothing(database: TestDatabase) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let mut server = start(database, &format!("syslog = 'tcp://{address}'"));
    let tenant = server.caller().tenant_id();
    let path = looked_at(&server.caller().tenant(tenant));
    let look = |server: &TestServer| drop(server.caller().tenant(tenant).read(&path));
    (0..5).for_each(|_| look(&server));
    let backlog = backlog_when(&server.caller(), |backlog| backlog["failure"].is_string());
    assert_eq!(backlog["records"], 5, "{database:?}: {backlog}");
    assert!(backlog["oldest"].is_string() && backlog["sink"] == format!("tcp://{address}"), "{backlog}");
    server.kill();
    server.start_again();
    look(&server);
    let messages = receive(TcpListener::bind(address).expect("the port"), 2);
    backlog_when(&server.caller(), is_delivered);
    let messages = messages.lock().expect("the messages").clone();
    let delivered: Taken =
        messages.iter().filter_map(|message| taken(&message[message.find('{')?..])).collect();
    assert_eq!(delivered.len(), records(&server, tenant).len(), "{database:?}: {messages:?}");
    assert!(messages.iter().all(|message| message.starts_with("<110>1 ")), "{database:?}: {messages:?}");
}

#[test]
fn a_receiver_that_is_down_stops_nothing_on_sqlite() {
    a_receiver_that_is_down_stops_nothing(TestDatabase::Sqlite);
}

#[test]
fn a_receiver_that_is_down_stops_nothing_on_postgres() {
    a_receiver_that_is_down_stops_nothing(TestDatabase::Postgres);
}

#[test]
fn a_receiver_that_never_answers_keeps_nobody_waiting() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = start(TestDatabase::Sqlite, &format!("syslog = 'tcp://{address}'\nformat = 'ocsf'"));
    let caller = server.caller();
    let path = looked_at(&caller);
    caller.read(&path);
    // It takes the connection and says nothing.
    let (stream, _) = listener.accept().expect("a connection");
    for _ in 0..10 {
        caller.read(&path);
    }
    let backlog = backlog_when(&caller, |backlog| backlog["failure"].is_string());
    assert_eq!(backlog["records"], 11, "{backlog}");
    assert!(backlog["failure"].as_str().is_some_and(|failure| failure.contains("too long")), "{backlog}");
    drop(stream);
    let events = receive(listener, 0);
    backlog_when(&caller, is_delivered);
    let events = events.lock().expect("the events").clone();
    let class = |event: &String| event.find('{').and_then(|at| serde_json::from_str(&event[at..]).ok());
    let events: Vec<Value> = events.iter().filter_map(class).collect();
    assert!(events.len() >= 11 && events.iter().all(|event| event["class_uid"] == 6003), "{events:?}");
}

#[test]
fn a_server_without_a_sink_has_no_backlog_of_it() {
    let server = crate::server(TestDatabase::Sqlite);
    assert_eq!(server.caller().read("/_/backlog")["audit"], Value::Null);
}
