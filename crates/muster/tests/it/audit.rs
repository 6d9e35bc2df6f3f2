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
    let in_folder = in_folder(server);
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
    // Checkpoints come with time.
    let lines: Vec<&str> = exported.lines().filter(|line| !line.contains("\"checkpoint\"")).collect();
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
    let (code, text) = verified(&server, &[]);
    assert!(code == Some(1) && text.contains("no records"), "an empty file: {code:?} {text}");
    // The configuration names the database as well.
    let config = server.data().join("audit.toml");
    let url = server.database_url().map_or_else(|| in_folder(&server), str::to_owned);
    std::fs::write(&config, format!("database = \"{url}\"\n")).expect("a file");
    let mut command = std::process::Command::new(MUSTER);
    let output = command.args(["audit", "list", "--config"]).arg(&config).output().expect("the command");
    assert_eq!(String::from_utf8_lossy(&output.stdout), listed);
}

fn in_folder(server: &TestServer) -> String {
    format!("sqlite:{}", server.data().join("muster.db").display())
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

/// Does something to the database of a server that has ended.
fn behind(server: &TestServer, statement: &str) {
    match server.database_url() {
        Some(_) => crate::at_rest::meddle(server, statement),
        None => {
            let file = rusqlite::Connection::open(server.data().join("muster.db")).expect("the file");
            file.execute_batch(statement).expect("meddling");
        }
    }
}

/// The checkpoints of a server's only tenant, by the numbers of their records.
fn checkpoints(server: &TestServer) -> (String, Vec<i64>) {
    let (code, text) = audit(server, "checkpoints", &[]);
    assert_eq!(code, Some(0), "{text}");
    let number = |line: &str| serde_json::from_str::<Value>(line).expect("a line")["checkpoint"].as_i64();
    let numbers = text.lines().filter_map(number).collect();
    (text, numbers)
}

fn checkpoints_are_signed_hour_by_hour_and_at_the_end(database: TestDatabase) {
    let mut server = TestServer::start(MUSTER, database, ServerOptions::default());
    let tenant = server.caller().tenant_id();
    let path = {
        let caller = server.caller().tenant(tenant);
        format!(
            "{PASSWORDS}/{}",
            id(&caller.create(PASSWORDS, &json!({"serialNumber": "1", "currentPassword": "x"})))
        )
    };
    let look = |server: &TestServer| {
        server.caller().tenant(tenant).read(&path);
        let (_, listed) = audit(server, "list", &[]);
        let last = listed.lines().last().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        last.expect("the number of a record")
    };
    let turn = |server: &TestServer, span: &str| {
        server.caller().act("/_/clock", &json!({"advance": span})).is(200);
        checkpoints(server).1.last().copied()
    };
    let first: i64 = look(&server);
    assert_eq!(turn(&server, "PT1H1M"), Some(first), "{database:?}");
    let second = look(&server);
    assert_eq!(turn(&server, "PT30M"), Some(first), "{database:?}: not within the hour");
    assert_eq!(turn(&server, "PT31M"), Some(second), "{database:?}");
    assert_eq!(turn(&server, "PT2H"), Some(second), "{database:?}: nothing has happened");
    let proof = server.caller().tenant(tenant).read("auditEvents/muster.verify()");
    assert_eq!((&proof["fault"], &proof["checkpoints"]), (&json!(null), &json!(2)), "{database:?}: {proof}");
    assert_eq!(proof["lastCheckpoint"]["sequence"], second, "{database:?}: {proof}");
    let third = look(&server);
    assert_eq!(server.stop().code(), Some(0));
    let (kept, numbers) = checkpoints(&server);
    assert_eq!(numbers.last(), Some(&third), "{database:?}: at the end");

    // All of it holds, by the key of the database, by the public key, and in an export.
    let data = server.data().display().to_string();
    let (code, text) = audit(&server, "verify", &["--data", &data]);
    assert!(code == Some(0) && text.contains("checkpoints hold\n"), "{database:?}: {text}");
    let (code, key) = audit(&server, "key", &["--data", &data]);
    assert_eq!((code, key.trim().len()), (Some(0), 64), "{key}");
    let file = server.data().join("kept.jsonl");
    std::fs::write(&file, &kept).expect("a file");
    let file = file.display().to_string();
    let by_key = ["--public-key", key.trim(), "--checkpoints", &file];
    let (code, text) = audit(&server, "verify", &by_key);
    assert!(code == Some(0) && text.contains("checkpoints hold\n"), "{database:?}: {text}");
    let (_, exported) = audit(&server, "export", &[]);
    let lines: Vec<&str> = exported.lines().collect();
    assert_eq!(lines.len(), 3 + numbers.len() + 1, "{exported}");
    assert_eq!(verified(&server, &lines).0, Some(0));
    let other_key = "0".repeat(64);
    let (code, text) = audit(&server, "verify", &["--public-key", &other_key]);
    assert!(code == Some(1) && text.contains("not signed by the key of this server"), "{text}");
    assert_eq!(audit(&server, "verify", &["--public-key", "abc"]).0, Some(2));

    // Who can write the database cuts the chain, and says that it never was longer.
    behind(&server, &format!("delete from journal where record is not null and sequence > {second}"));
    behind(&server, &format!("delete from audit_checkpoint where sequence > {second}"));
    behind(
        &server,
        &format!(
            "update audit_head set sequence = {second}, \
             hash = (select hash from audit_checkpoint where sequence = {second})"
        ),
    );
    let (code, text) = audit(&server, "verify", &["--data", &data]);
    assert_eq!(code, Some(0), "{database:?}: nothing within the database tells: {text}");
    let (code, text) = audit(&server, "verify", &by_key);
    let named = format!("the records after record {second} were cut off; the last was record {third}");
    assert!(code == Some(1) && text.contains(&named), "{database:?}: {text}");
    // With the tenant gone altogether, its checkpoint still says that it was there.
    behind(&server, "delete from journal; delete from audit_head; delete from audit_checkpoint");
    let (code, text) = audit(&server, "verify", &by_key);
    assert!(
        code == Some(1) && text.contains("the records after record 0 were cut off"),
        "{database:?}: {text}"
    );
}

#[test]
fn checkpoints_are_signed_hour_by_hour_and_at_the_end_on_sqlite() {
    checkpoints_are_signed_hour_by_hour_and_at_the_end(TestDatabase::Sqlite);
}

#[test]
fn checkpoints_are_signed_hour_by_hour_and_at_the_end_on_postgres() {
    checkpoints_are_signed_hour_by_hour_and_at_the_end(TestDatabase::Postgres);
}

#[test]
fn a_chain_that_is_written_anew_without_the_key_is_found_and_not_signed() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let caller = server.caller();
    let tenant = caller.tenant_id();
    let path = format!(
        "{PASSWORDS}/{}",
        id(&caller.create(PASSWORDS, &json!({"serialNumber": "1", "currentPassword": "x"})))
    );
    (0..3).for_each(|_| drop(caller.read(&path)));
    drop(caller);
    server.stop();
    let signed = checkpoints(&server).1;

    // A whole new chain, in which nobody ever looked: each hash is right, and so is the end.
    let file = rusqlite::Connection::open(server.data().join("muster.db")).expect("the file");
    let numbers: Vec<i64> = {
        let mut records =
            file.prepare("select sequence from journal where record is not null order by 1").expect("SQL");
        records.query_map((), |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect()
    };
    let mut before = store::audit::CHAIN_BEGIN;
    for sequence in &numbers {
        let record = "{\"activity\":\"restored\",\"keys\":[]}";
        let hash = store::audit::chained(&before, *sequence, record);
        let link = [before, hash].concat();
        file.execute(
            "update journal set record = ?1, link = ?2 where sequence = ?3",
            (record, link, sequence),
        )
        .expect("SQL");
        before = hash;
    }
    file.execute("update audit_head set hash = ?1", [before]).expect("SQL");
    drop(file);
    let data = server.data().display().to_string();
    let last = signed.last().expect("a checkpoint");
    let (code, text) = audit(&server, "verify", &["--data", &data]);
    let named = format!("record {last} is not the one that its checkpoint was signed for");
    assert!(code == Some(1) && text.contains(&named), "{text}");

    // The server does not put its name to it.
    server.start_again();
    server.caller().tenant(tenant).read(&path);
    let proof = server.caller().tenant(tenant).read("auditEvents/muster.verify()");
    assert!(proof["fault"].as_str().is_some_and(|fault| fault.contains(&named)), "{proof}");
    server.caller().act("/_/clock", &json!({"advance": "PT2H"})).is(200);
    assert_eq!(checkpoints(&server).1, signed);
    server.log_when(|log| log.contains("the audit is not as it was signed"));
}
