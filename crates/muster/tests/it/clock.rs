//! `/_/clock` and a server that is started again: time goes on from where it was

use std::fs;

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::{hash, id, import_of, unique};

const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";

fn now(caller: &TestCaller<'_>) -> i64 {
    let now = caller.read("/_/clock");
    now["now"].as_str().and_then(testkit::in_utc).map_or(0, |now| now.as_second())
}

#[test]
fn time_does_not_go_back() {
    for database in TestDatabase::ALL {
        let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
        let mut server =
            TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
        let tenant = server.caller().tenant_id();
        let (mut latest, mut record) = (0, String::new());
        // By a signal, and by a power failure.
        for is_killed in [false, true] {
            let caller = server.caller().tenant(tenant);
            caller.act("/_/clock", &json!({"advance": "P40D"})).is(200);
            record = id(&caller.create(IMPORTS, &import_of("", &hash(&unique("S"), vec![]))));
            latest = now(&caller).max(latest);
            let next = caller.read("/_/clock")["next"].as_str().and_then(testkit::in_utc);
            let waits = next.map(|next| next.as_second() - now(&caller));
            assert!(waits.is_some_and(|waits| (1..=95).contains(&waits)), "the import comes due: {waits:?}");
            if is_killed {
                server.kill();
            } else {
                assert!(server.stop().success());
            }
            server.start_again();
            assert!(now(&server.caller()) >= latest, "{database:?}");
        }
        // What was begun then is done as long after as it would have been.
        let caller = server.caller().tenant(tenant);
        caller.act("/_/clock", &json!({"advance": "PT95S"})).is(200);
        assert_eq!(caller.read(&format!("{IMPORTS}/{record}"))["state"]["deviceImportStatus"], "complete");
    }
}

#[test]
fn how_far_it_was_turned_is_the_owners_own() {
    use std::os::unix::fs::PermissionsExt;
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let file = server.data().join("clock");
    server.caller().act("/_/clock", &json!({"advance": "PT0S"})).is(200);
    assert!(!file.exists(), "nobody turned it");
    server.caller().act("/_/clock", &json!({"advance": "PT1S"})).is(200);
    assert_eq!(file.metadata().map(|file| file.permissions().mode() & 0o777).ok(), Some(0o600));
    // What another server on the same folder turned farther stays.
    fs::write(&file, "36000000000\n").expect("a file");
    server.caller().act("/_/clock", &json!({"advance": "PT1S"})).is(200);
    assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("36000000000\n"));
}

#[test]
fn a_file_that_does_not_say_it_stops_the_start() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    assert!(server.stop().success());
    for text in ["", "PT1H", "-1", "9223372036854775807", "99999999999999999999"] {
        fs::write(server.data().join("clock"), text).expect("a file");
        let output = server.run("serve", &["--dev", "--listen", "127.0.0.1:0"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}: {error}");
        assert!(
            error.contains("clock") && error.contains("delete it") && error.lines().count() == 1,
            "{error}"
        );
    }
    fs::remove_file(server.data().join("clock")).expect("a file");
    server.start_again();
}
