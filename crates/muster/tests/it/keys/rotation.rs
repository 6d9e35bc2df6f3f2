//! Rotations under load, of commands that are killed wherever they are

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};
use uuid::Uuid;

use super::{all_are_readable, keys, made, output};
use crate::MUSTER;

/// The tenant whose records are read and written all the time.
const TENANT: Uuid = Uuid::from_u128(0x7e4a_47a1_0000_4000_8000_0000_0000_0001);
/// The records of the test.
const RECORDS: usize = 40;
/// The milliseconds after which a command is killed: while it opens the database, while it works, while it waits.
const KILLED_AFTER: [u64; 4] = [150, 450, 1_200, 2_500];

fn started(database: TestDatabase) -> (TestServer, tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[secrets]\nkey_file = \"{}\"\n", super::key_file(folder.path(), "old.key"));
    let options = ServerOptions { config: Some(config.clone()), ..ServerOptions::default() };
    (TestServer::start(MUSTER, database, options), folder, config)
}

/// Reads and writes over and over while something else happens; every answer must be a good one.
fn under_load<T>(server: &TestServer, paths: &[String], during: impl FnOnce() -> T) -> T {
    let (caller, done, calls) = (server.caller().tenant(TENANT), AtomicBool::new(false), AtomicU64::new(0));
    let (caller, done, calls) = (&caller, &done, &calls);
    caller.token();
    std::thread::scope(|scope| {
        for worker in 0..2 {
            scope.spawn(move || {
                for at in (0..paths.len()).cycle().skip(worker * RECORDS / 2) {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    assert_eq!(caller.read(&paths[at])["currentPassword"], json!(super::password(at)));
                    let change =
                        json!({"currentPassword": super::password(at), "serialNumber": format!("W{at}")});
                    caller.patch(&paths[at]).header("Prefer", "return=minimal").json(&change).send().is(204);
                    calls.fetch_add(2, Ordering::Relaxed);
                }
            });
        }
        let outcome = during();
        done.store(true, Ordering::Relaxed);
        assert!(calls.load(Ordering::Relaxed) > 20, "there was no load");
        outcome
    })
}

/// Begins a rotation and kills it, several times.
fn killed(server: &TestServer, arguments: &[&str]) {
    for milliseconds in KILLED_AFTER {
        let mut process = server.begin("keys", arguments);
        // Not in step with anything.
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = process.kill();
        process.wait().unwrap();
    }
}

fn replaces_the_key_encryption_key(database: TestDatabase) {
    let (mut server, folder, old) = started(database);
    let paths = made(&server.caller().tenant(TENANT), RECORDS);
    let new_file = super::key_file(folder.path(), "new.key");
    let source = format!("file:{new_file}");
    let printed = under_load(&server, &paths, || {
        killed(&server, &["rotate", "--kek", &source]);
        keys(&server, &["rotate", "--kek", &source])
    });
    assert!(printed.contains("version 2 of the key-encryption key is file:"), "{printed}");
    // A tenant that is new to the server that runs on.
    let newcomer = server.caller();
    let (newcomer_id, new_paths) = (newcomer.tenant_id(), made(&newcomer, 1));
    server.stop();
    let refused = server.fails_to_start(&old);
    assert_eq!(refused.lines().count(), 1, "{refused}");
    assert!(refused.contains("version 2") && refused.contains(&new_file), "{refused}");
    std::fs::remove_file(folder.path().join("old.key")).unwrap();
    let new = format!("[secrets]\nkey_file = \"{new_file}\"\n");
    server.start_with(&new);
    all_are_readable(&server.caller().tenant(TENANT), &paths);
    all_are_readable(&server.caller().tenant(newcomer_id), &new_paths);
    let status = keys(&server, &["status"]);
    assert!(status.contains("version 2, file:") && status.contains("none is under way"), "{status}");
}

fn replaces_data_keys(database: TestDatabase) {
    let (server, _folder, _) = started(database);
    let paths = made(&server.caller().tenant(TENANT), RECORDS);
    let elsewhere = server.caller();
    let other_paths = made(&elsewhere, 3);
    under_load(&server, &paths, || {
        killed(&server, &["rotate"]);
        keys(&server, &["rotate"])
    });
    let status = keys(&server, &["status"]);
    let line = status.lines().find(|line| line.starts_with(&TENANT.to_string())).unwrap_or_default();
    let columns: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(columns[3..], [RECORDS.to_string().as_str(), "0"], "{status}");
    assert!(columns[1].parse::<u32>().unwrap() >= 2, "{status}");
    all_are_readable(&server.caller().tenant(TENANT), &paths);
    all_are_readable(&elsewhere, &other_paths);
}

#[test]
fn another_key_encryption_key_is_taken_on_sqlite() {
    replaces_the_key_encryption_key(TestDatabase::Sqlite);
}

#[test]
fn another_key_encryption_key_is_taken_on_postgres() {
    replaces_the_key_encryption_key(TestDatabase::Postgres);
}

#[test]
fn other_data_keys_are_taken_on_sqlite() {
    replaces_data_keys(TestDatabase::Sqlite);
}

#[test]
fn other_data_keys_are_taken_on_postgres() {
    replaces_data_keys(TestDatabase::Postgres);
}

#[test]
fn a_server_starts_with_either_key_until_the_rotation_ends() {
    let (mut server, folder, _) = started(TestDatabase::Postgres);
    let caller = server.caller();
    let (tenant, paths) = (caller.tenant_id(), made(&caller, 2));
    let new_file = super::key_file(folder.path(), "new.key");
    let other = folder.path().join("elsewhere.key");
    std::fs::rename(&new_file, &other).unwrap();
    let mut process = server.begin("keys", &["rotate", "--kek", &format!("file:{}", other.display())]);
    server.log_when(|log| log.contains("holds the next key-encryption key"));
    process.kill().unwrap();
    process.wait().unwrap();
    // Both keys open the database until the end.
    server.reconfigure(&format!("[secrets]\nkey_file = \"{}\"\n", other.display()));
    all_are_readable(&server.caller().tenant(tenant), &paths);
    let status = keys(&server, &["status"]);
    assert!(status.contains("has wrapped"), "{status}");
}

#[test]
fn mistakes_say_what_to_do() {
    let (server, folder, _) = started(TestDatabase::Sqlite);
    let old = format!("file:{}", folder.path().join("old.key").display());
    let missing = format!("file:{}", folder.path().join("none").display());
    for (source, exit_code, says) in [
        ("/etc/key", 2, "no file:PATH, env:NAME, credential:NAME or vault:KEY"),
        (missing.as_str(), 2, "cannot read"),
        ("env:MUSTER_NONE", 2, "the variable MUSTER_NONE is not set"),
        ("vault:muster", 2, "secrets.vault"),
        (old.as_str(), 1, "is the key that the database has"),
    ] {
        let output = output(&server, &["rotate", "--kek", source]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit_code), "{source}: {errors}");
        assert!(errors.contains(says) && errors.lines().count() == 1, "{source}: {errors}");
    }
}
