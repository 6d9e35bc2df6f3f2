//! `muster backup` and `muster restore`: what was there is there again, or nothing is

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod damage;
mod drill;
mod full_disk;
mod interruption;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;
use crate::at_rest::meddle;

/// The ends of the names of SQLite's files.
const SQLITE_FILES: [&str; 4] = ["", "-wal", "-shm", ".lock"];

/// A server of a test's own.
fn started(database: TestDatabase) -> TestServer {
    TestServer::start(MUSTER, database, ServerOptions::default())
}

/// A place for a backup, beside the server's data folder.
pub fn place(server: &TestServer, name: &str) -> PathBuf {
    server.data().with_file_name(name)
}

/// Runs a command on the server's database.
fn run(server: &TestServer, command: &str, arguments: &[&str]) -> Output {
    let mut all = arguments.to_vec();
    if let Some(url) = server.database_url() {
        all.extend(["--database", url]);
    }
    server.run(command, &all)
}

/// Runs a command that goes well; gives what it prints.
#[track_caller]
fn done(server: &TestServer, command: &str, arguments: &[&str]) -> String {
    let output = run(server, command, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The one line of a command that fails.
#[track_caller]
fn failed(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), errors.lines().count()), (Some(1), 1), "{errors}");
    errors
}

/// Backs the server's database up.
#[track_caller]
pub fn back_up(server: &TestServer, to: &Path) -> String {
    done(server, "backup", &[&to.display().to_string()])
}

/// Restores into the place of the server's database.
#[track_caller]
pub fn restore(server: &TestServer, from: &Path) -> String {
    done(server, "restore", &[&from.display().to_string()])
}

/// Verifies a backup.
fn verify(from: &Path) -> Output {
    std::process::Command::new(MUSTER).args(["backup", "verify"]).arg(from).output().unwrap()
}

/// Destroys the database of a server that does not run. Its keys stay, as an operator keeps them.
pub fn lose(server: &TestServer) {
    match server.database_url() {
        Some(_) => meddle(server, "drop schema public cascade; create schema public"),
        None => {
            for suffix in SQLITE_FILES {
                let _ = fs::remove_file(server.data().join(format!("muster.db{suffix}")));
            }
        }
    }
}
