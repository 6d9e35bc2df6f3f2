//! `muster vault`: copies of all passwords, by processes beside servers that run

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bundle;
mod bundle_faults;
mod bundle_import;
mod mirror;
mod mirror_faults;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use crate::MUSTER;

const DETAILS: &str = "hardwarePasswordDetails";
const MERGE: &str = "hardwarePasswordDetails/muster.merge";

/// Somebody who may open bundles.
struct Officer {
    recipient: String,
    identity: PathBuf,
}

impl Officer {
    fn new(folder: &Path, name: &str) -> Officer {
        let identity = Identity::generate();
        let file = folder.join(format!("{name}.identity"));
        let text = format!("# {name}\n{}\n", identity.to_string().expose_secret());
        std::fs::write(&file, text).unwrap();
        Officer { recipient: identity.to_public().to_string(), identity: file }
    }
}

/// Runs `muster vault` in a folder.
fn vault(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(MUSTER);
    command.current_dir(folder).env_clear().arg("vault").args(arguments);
    command
}

/// What a command prints that ends with this exit code.
#[track_caller]
fn prints(output: &Output, exit_code: i32) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit_code), "{errors}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command says in one line that ends with this exit code and prints nothing.
#[track_caller]
fn refused(output: &Output, exit_code: i32) -> String {
    assert_eq!(prints(output, exit_code), "");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(errors.lines().count(), 1, "{errors}");
    errors
}

/// The options by which `muster vault export` finds a server's database.
fn database(server: &TestServer) -> Vec<String> {
    let mut options = vec!["--data".to_owned(), server.data().display().to_string()];
    if let Some(url) = server.database_url() {
        options.extend(["--database".to_owned(), url.to_owned()]);
    }
    if let Some(config) = server.config_file() {
        options.extend(["--config".to_owned(), config.display().to_string()]);
    }
    options
}

/// Exports a server's passwords.
fn export(server: &TestServer, folder: &Path, bundle: &str, officers: &[&Officer], more: &[&str]) -> Output {
    let database = database(server);
    let mut arguments = vec!["export", "--output", bundle];
    arguments.extend(database.iter().map(String::as_str));
    for officer in officers {
        arguments.extend(["--to", &officer.recipient]);
    }
    vault(folder, &[&arguments, more].concat())
}

/// The records of a bundle, by serial number.
#[track_caller]
fn opened(folder: &Path, bundle: &str, officer: &Officer, more: &[&str]) -> Vec<Value> {
    let identity = officer.identity.display().to_string();
    let output = vault(folder, &[&["open", bundle, "--identity", &identity, "--json"], more].concat());
    let mut records: Vec<Value> =
        prints(&output, 0).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    records.sort_by_key(|record| record["serialNumber"].to_string());
    records
}

fn server(database: TestDatabase, config: Option<&str>) -> TestServer {
    let config = config.map(str::to_owned);
    TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() })
}

/// The id of the record with a number.
fn record_id(number: u32) -> String {
    Uuid::from_u128(0x4d55_0000_0000_4000_8000_0000_0000_0000 + u128::from(number)).to_string()
}

/// A record with a number, whose password was changed so often.
fn record(number: u32, changes: usize) -> Value {
    let password = |change: usize| format!("pass-{number}-{change}");
    json!({
        "id": record_id(number),
        "serialNumber": format!("SN-{number}"),
        "currentPassword": password(changes),
        "previousPasswords": (0..changes).rev().map(password).collect::<Vec<_>>(),
    })
}

/// Gives a tenant records, by one call.
#[track_caller]
fn fill(caller: &TestCaller<'_>, records: Vec<Value>) {
    caller.act(MERGE, &json!({"records": records})).is(200);
}

/// The current passwords of a tenant by id.
fn passwords(caller: &TestCaller<'_>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let listed = caller.list(DETAILS);
    let mut found: Vec<_> =
        listed.iter().map(|record| (text(&record["id"]), text(&record["currentPassword"]))).collect();
    found.sort();
    found
}
