//! Keys: where they come from, and how they are replaced while servers run

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod rotation;
mod sources;
mod vault;
mod vault_stub;

use std::path::Path;
use std::process::{Child, Output};

use data_encoding::BASE64;
use serde_json::json;
use testkit::{TestCaller, TestServer};

const PASSWORDS: &str = "hardwarePasswordInfo";

/// The text of a key, and a file that holds it.
fn key_file(folder: &Path, name: &str) -> String {
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, BASE64.encode(&key)).unwrap();
    path.display().to_string()
}

/// The output of `muster keys` with these arguments.
fn output(server: &TestServer, arguments: &[&str]) -> Output {
    server.begin("keys", arguments).wait_with_output().unwrap()
}

/// Runs `muster keys`, which goes well, and gives what it prints.
#[track_caller]
fn keys(server: &TestServer, arguments: &[&str]) -> String {
    ended(server.begin("keys", arguments), arguments)
}

#[track_caller]
fn ended(process: Child, arguments: &[&str]) -> String {
    let output = process.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "keys {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes records with passwords, and gives their paths.
fn made(caller: &TestCaller<'_>, count: usize) -> Vec<String> {
    let record = |at: usize| {
        let body = json!({"serialNumber": format!("S{at}"), "currentPassword": password(at)});
        format!("{PASSWORDS}/{}", crate::samples::id(&caller.create(PASSWORDS, &body)))
    };
    (0..count).map(record).collect()
}

fn password(at: usize) -> String {
    format!("s3cret-{at}")
}

/// All records show their passwords.
#[track_caller]
fn all_are_readable(caller: &TestCaller<'_>, paths: &[String]) {
    for (at, path) in paths.iter().enumerate() {
        assert_eq!(caller.read(path)["currentPassword"], json!(password(at)), "{path}");
    }
}
