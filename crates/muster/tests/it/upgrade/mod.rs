//! Databases of older versions, made by them (`fixtures/make.py`), opened by this one; and what is newer, which is refused

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::at_rest::meddle;
use crate::audit::audit;
use crate::backup::lose;
use crate::samples::serials;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordInfo";
const CONFIGURATIONS: &str = "hardwareConfigurations";

/// The tenant of the fixtures.
const TENANT: &str = "11111111-2222-4333-8444-555555555555";
/// The fixtures, by the numbers of their newest migrations. Versions of the numbers between them were never in use for long.
const FIXTURES: [&str; 5] = ["v3", "v6", "v7", "v8", "v9"];
/// Those whose delta links do not hold: clients start again.
const SEALED_OTHERWISE: [&str; 2] = ["v3", "v6"];
/// What puts a newer Muster's name into a database.
const NEWER_VERSION: &str =
    "insert into numbered (list, number, name) values ('versions of muster', 1, '99.0')";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/upgrade/fixtures").join(name)
}

fn unpacked(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(fixture(name)).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn started(database: TestDatabase) -> TestServer {
    let options = ServerOptions { plain_http: true, ..ServerOptions::default() };
    TestServer::start(MUSTER, database, options)
}

/// Puts a fixture in the place of the database of a server that does not run; gives the delta link that a client has of it.
fn put(server: &TestServer, name: &str) -> String {
    lose(server);
    fs::copy(fixture("secrets.key"), server.data().join("secrets.key")).unwrap();
    let kind = if server.database_url().is_some() { "sql" } else { "db" };
    let bytes = unpacked(&format!("{name}.{kind}.gz"));
    match server.database_url() {
        None => fs::write(server.data().join("muster.db"), bytes).unwrap(),
        Some(_) => {
            // Lines with a backslash are for psql.
            let text = String::from_utf8(bytes).unwrap();
            let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('\\')).collect();
            meddle(server, &lines.join("\n"));
        }
    }
    fs::read_to_string(fixture(&format!("{name}.{kind}.delta"))).unwrap().trim().to_owned()
}

#[test]
fn older_databases_are_carried_over_on_sqlite() {
    carry_over(TestDatabase::Sqlite);
}

#[test]
fn older_databases_are_carried_over_on_postgres() {
    carry_over(TestDatabase::Postgres);
}

fn carry_over(database: TestDatabase) {
    let mut server = started(database);
    for name in FIXTURES {
        server.stop();
        let delta = put(&server, name);
        server.start_again();
        check(&server, name, &delta);
        // What is carried over is there when it is opened again.
        server.stop();
        server.start_again();
        let caller = server.caller().tenant(TENANT.parse().unwrap());
        assert_eq!(caller.list(DEVICES).len(), 31, "{name}");
    }
}

fn check(server: &TestServer, name: &str, delta: &str) {
    let caller = server.caller().tenant(TENANT.parse().unwrap());
    let (passwords, devices) = (caller.list(PASSWORDS), caller.list(DEVICES));
    assert_eq!((passwords.len(), devices.len()), (30, 30), "{name}");
    for item in &passwords {
        let number = item["serialNumber"].as_str().unwrap().trim_start_matches('P');
        assert_eq!(item["currentPassword"], format!("now {number}"), "{name}");
        assert_eq!(item["previousPasswords"], json!([format!("before {number}")]), "{name}");
    }
    let found = caller.list(&format!("{DEVICES}?$filter=contains(serialNumber,'D3')"));
    let mut found = serials(&found);
    found.sort_unstable();
    assert_eq!(found, ["D3", "D30"], "{name}");
    assert!(devices.iter().all(|device| device["groupTag"] == "Berlin"), "{name}");
    let texts: Vec<Value> =
        caller.list(CONFIGURATIONS).into_iter().map(|item| item["description"].clone()).collect();
    let changed = texts.iter().filter(|text| **text == json!("changed")).count();
    let others = texts.iter().filter(|text| **text == json!("Ümläute ".repeat(20))).count();
    assert_eq!((changed, others), (1, 4), "{name}");
    // A client that has a delta link of before is told what is new since. Links of before V7 were sealed under another key.
    match SEALED_OTHERWISE.contains(&name) {
        true => drop(caller.get(delta).send().is(400)),
        false => {
            let page = caller.read(delta);
            assert_eq!(serials(page["value"].as_array().unwrap()), ["D30"], "{name}");
        }
    }
    let (code, told) = audit(server, "verify", &[]);
    assert_eq!(code, Some(0), "{name}: {told}");
    caller.create(DEVICES, &json!({"serialNumber": "NEW", "groupTag": "Berlin"}));
    let found = caller.list(&format!("{DEVICES}?$filter=serialNumber eq 'NEW'"));
    assert_eq!(serials(&found), ["NEW"], "{name}");
}

#[test]
fn an_older_server_ends_when_a_newer_one_has_opened_its_database() {
    let changes = [
        (NEWER_VERSION, "run muster 99.0 or a newer one"),
        ("update schema_lock set layout = 99", "run a newer muster"),
        (
            "insert into refinery_schema_history values (99, 'later', '2026-01-01T00:00:00Z', '0')",
            "run a newer",
        ),
    ];
    for (change, advice) in changes {
        let mut server = started(TestDatabase::Postgres);
        let neighbour = server.another();
        meddle(&server, change);
        for server in [&mut server, &mut { neighbour }] {
            let (code, said) = server.wait_for_end();
            assert_eq!(code, Some(1), "{said}");
            assert!(said.contains(advice) && said.lines().count() == 1, "{change}: {said}");
        }
        let refused = server.tries_to_start().unwrap_err();
        assert!(refused.contains(advice) && refused.lines().count() == 1, "{change}: {refused}");
    }
}

#[test]
fn a_newer_file_is_refused_and_names_what_opens_it() {
    let mut server = started(TestDatabase::Sqlite);
    server.stop();
    let file = rusqlite::Connection::open(server.data().join("muster.db")).unwrap();
    file.execute(NEWER_VERSION, ()).unwrap();
    let refused = server.tries_to_start().unwrap_err();
    assert!(refused.contains("run muster 99.0 or a newer one"), "{refused}");
    file.execute("update schema_lock set layout = 99", ()).unwrap();
    let refused = server.tries_to_start().unwrap_err();
    assert!(refused.contains("version 99") && refused.contains("run muster 99.0"), "{refused}");
}
