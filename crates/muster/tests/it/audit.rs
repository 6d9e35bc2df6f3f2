//! `muster audit`: what is on record of looks, and that nothing of it can be changed unseen

use std::io::Write;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::id;

const PASSWORDS: &str = "hardwarePasswordInfo";
/// The records that the server has made.
const RECORDS: usize = 6;

/// A server with looks of two tenants on record.
fn looked_at(database: TestDatabase) -> TestServer {
    let server = TestServer::start(MUSTER, database, ServerOptions::default());
    for _ in 0..2 {
        let caller = server.caller();
        let body = json!({"serialNumber": "1", "currentPassword": "never-on-record"});
        let path = format!("{PASSWORDS}/{}", id(&caller.create(PASSWORDS, &body)));
        for look in 0..3 {
            caller.get(&path).header("Muster-Reason", &format!("look {look}")).send().is(200);
            caller.create(PASSWORDS, &json!({"serialNumber": look.to_string()}));
        }
    }
    server
}

/// Runs the command on the server's database: its exit code, and what it prints.
pub fn audit(server: &TestServer, command: &str, more: &[&str]) -> (Option<i32>, String) {
    let in_folder = format!("sqlite:{}", server.data().join("muster.db").display());
    let url = server.database_url().unwrap_or(&in_folder);
    let arguments = [&["--database", url], more].concat();
    let arguments: Vec<&str> = [command].into_iter().chain(arguments).collect();
    let output =
        std::process::Command::new(MUSTER).arg("audit").args(arguments).output().expect("the command");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Verifies lines as a file.
fn verified(server: &TestServer, lines: &[&str]) -> (Option<i32>, String) {
    let path = server.data().join("audit.jsonl");
    let mut file = std::fs::File::create(&path).expect("a file");
    lines.iter().for_each(|line| writeln!(file, "{line}").expect("a line"));
    audit(server, "verify", &[&path.display().to_string()])
}

fn every_record_can_be_listed_shown_exported_and_verified(database: TestDatabase) {
    let server = looked_at(database);
    // While the server runs.
    let (code, text) = audit(&server, "verify", &[]);
    assert_eq!((code, text.lines().count()), (Some(0), 2), "{text}");
    let (_, listed) = audit(&server, "list", &[]);
    assert_eq!(listed.lines().filter(|line| line.contains("revealed")).count(), RECORDS, "{listed}");
    assert!(listed.contains("look 2"), "{listed}");
    let (_, none) = audit(&server, "list", &["--since", "2200-01-01T00:00:00Z"]);
    assert_eq!(none, "");
    let (_, events) = audit(&server, "export", &["--format", "ocsf"]);
    let event: Value = serde_json::from_str(events.lines().next().unwrap_or_default()).expect("an event");
    assert_eq!((&event["class_uid"], &event["unmapped"]["reason"]), (&json!(6003), &json!("look 0")));
    let (_, exported) = audit(&server, "export", &[]);
    assert!(!exported.contains("never-on-record"));
    let lines: Vec<&str> = exported.lines().collect();
    assert_eq!(lines.len(), RECORDS + 2, "{exported}");
    assert_eq!(verified(&server, &lines).0, Some(0));

    let first: Value = serde_json::from_str(lines[0]).expect("a record");
    let (_, shown) = audit(&server, "show", &[&first["sequence"].to_string()]);
    assert!(shown.contains("look 0"), "{shown}");
    assert_eq!(audit(&server, "show", &["999999999"]).0, Some(1));
    let tenant = first["tenant"].as_str().expect("a tenant");
    assert_eq!(audit(&server, "verify", &["--tenant", tenant]).1.lines().count(), 1);

    // Each way of meddling with the file is found, and named.
    let sequence = |line: &str| serde_json::from_str::<Value>(line).expect("a line")["sequence"].to_string();
    let reason = |at: usize| format!("look {at}");
    let changed = lines[1].replace(&reason(1), "nothing");
    let cases: [(&str, Vec<&str>, String); 5] = [
        (
            "changed",
            [&lines[..1], &[&changed], &lines[2..]].concat(),
            format!("record {} was changed", sequence(lines[1])),
        ),
        (
            "missing",
            [&lines[..1], &lines[2..]].concat(),
            format!("between record {} and record {}", sequence(lines[0]), sequence(lines[2])),
        ),
        (
            "reordered",
            [&[lines[1], lines[0]], &lines[2..]].concat(),
            format!("record {} stands behind record {}", sequence(lines[0]), sequence(lines[1])),
        ),
        (
            "cut off",
            [&lines[..2], &lines[3..]].concat(),
            format!("after record {} were cut off", sequence(lines[1])),
        ),
        ("without an end", lines[..lines.len() - 1].to_vec(), "the end is missing".to_owned()),
    ];
    for (case, lines, expected) in cases {
        let (code, text) = verified(&server, &lines);
        assert!(code == Some(1) && text.contains(&expected), "{case}: {code:?} {text}");
    }
    assert_eq!(verified(&server, &["{}"]).0, Some(1));
}

#[test]
fn every_record_can_be_listed_shown_exported_and_verified_on_sqlite() {
    every_record_can_be_listed_shown_exported_and_verified(TestDatabase::Sqlite);
}

#[test]
fn every_record_can_be_listed_shown_exported_and_verified_on_postgres() {
    every_record_can_be_listed_shown_exported_and_verified(TestDatabase::Postgres);
}

#[test]
fn meddling_with_the_database_is_found() {
    let cases = [
        ("update journal set record = replace(record, 'look 1', 'no look')", "was changed"),
        ("delete from journal where record like '%look 1%'", "is missing"),
        ("delete from journal where record like '%look 2%'", "were cut off"),
        ("update journal set record = null, link = null where record like '%look 0%'", "is missing"),
    ];
    for database in TestDatabase::ALL {
        for (meddling, found) in cases {
            let mut server = looked_at(database);
            match server.database_url() {
                Some(_) => crate::at_rest::meddle(&server, meddling),
                None => {
                    server.stop();
                    let file = rusqlite::Connection::open(server.data().join("muster.db")).expect("the file");
                    file.execute_batch(meddling).expect("meddling");
                }
            }
            let (code, text) = audit(&server, "verify", &[]);
            assert!(code == Some(1) && text.contains(found), "{database:?} {meddling}: {code:?} {text}");
        }
    }
}
