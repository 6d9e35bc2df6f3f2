//! `muster doctor` where the database is PostgreSQL's, and where issuers are asked over the network

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use scratch_postgres::{Cluster, Fsync};
use serde_json::{Value, json};
use server::dev::DevFolder;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;

/// An address at which nobody answers.
const NOBODY: &str = "127.0.0.1:9";

/// What the doctor finds on the folder of a server, with a configuration and a database.
fn findings(server: &TestServer, config: &str, database: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("muster.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(MUSTER);
    command.args(["doctor", "--json", "--database", database]).arg("--config").arg(&file);
    let output = command.arg("--data").arg(server.data()).env_clear().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let findings: Vec<Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let is_well = findings.iter().all(|finding| finding["health"] != "failed");
    assert_eq!(output.status.code(), Some(i32::from(!is_well)), "{findings:?}");
    findings
}

/// How a check went, and what was seen.
#[track_caller]
fn of(findings: &[Value], check: &str) -> (String, String) {
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no {check} in {findings:?}"));
    let text = |name: &str| found[name].as_str().unwrap().to_owned();
    (text("health"), text("detail"))
}

fn is(findings: &[Value], check: &str, health: &str, named: &str) {
    let (found, detail) = of(findings, check);
    assert!(found == health && detail.contains(named), "{check}: {found}, {detail}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Has a PostgreSQL database carry out statements.
fn execute(url: &str, statements: &str) {
    runtime().block_on(async {
        scratch_postgres::connect(url).await.batch_execute(statements).await.unwrap();
    });
}

#[test]
fn a_postgresql_database_is_examined() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Postgres, ServerOptions::default());
    let url = server.database_url().unwrap().to_owned();
    let found = findings(&server, "", &url);
    is(&found, "keys", "ok", "opens with this key");
    is(&found, "database version", "ok", "schema ");
    is(&found, "database integrity", "ok", "nothing is damaged");
    is(&found, "clock", "ok", "ahead of the database");
    server.stop();

    let index = "update pg_index set indisvalid = not indisvalid where indexrelid = \
                 (select min(indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid \
                  where c.relnamespace = current_schema()::regnamespace)";
    execute(&url, index);
    is(&findings(&server, "", &url), "database integrity", "failed", "is not valid");
    // The same one again: nothing but its mark has changed.
    execute(&url, "update pg_index set indisvalid = true where not indisvalid");
    is(&findings(&server, "", &url), "database integrity", "ok", "nothing is damaged");

    execute(&url, "update schema_lock set layout = layout + 1000");
    is(&findings(&server, "", &url), "database version", "failed", "a newer Muster wrote it");

    let nobody = format!("postgres://muster:hidden@{NOBODY}/muster");
    let found = findings(&server, "", &nobody);
    is(&found, "keys", "ok", "there");
    is(&found, "database", "failed", NOBODY);
    assert!(!format!("{found:?}").contains("hidden"), "{found:?}");
}

#[test]
fn a_standby_is_told_from_a_primary() {
    let runtime = runtime();
    let (cluster, url) = runtime.block_on(async {
        let cluster = Cluster::start(Fsync::On).await.unwrap();
        let url = cluster.database().await.unwrap();
        (cluster, url)
    });
    let config = format!("database = \"{url}\"\n");
    let options = ServerOptions { config: Some(config), ..ServerOptions::default() };
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, options);
    server.stop();
    runtime.block_on(cluster.become_standby()).unwrap();
    let found = findings(&server, "", &url);
    is(&found, "database", "failed", "it is a standby");
    is(&found, "database version", "ok", "schema ");
}

/// An issuer that answers each request with this document, and this clock.
fn issuer(document: String, date: Option<jiff::Timestamp>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let date = date.map(|date| date.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n").to_string());
    let head = format!(
        "HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n",
        date.unwrap_or_default(),
        document.len()
    );
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "{head}{document}");
        }
    });
    url
}

#[test]
fn issuers_are_asked_over_the_network() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    server.stop();
    let database = format!("sqlite:{}", server.data().join("muster.db").display());
    let keys = json!({"keys": [DevFolder::at(&server.data()).signing_key().unwrap().jwk]}).to_string();
    let now = jiff::Timestamp::now();
    let late = now - jiff::SignedDuration::from_secs(120);
    let nobody = format!("http://{NOBODY}/keys");
    let doctor = |uri: &str| {
        let table = "[[issuers]]\nissuer = \"https://issuer.test\"\ntenants = [\"*\"]";
        findings(&server, &format!("{table}\njwks_uri = \"{uri}\"\n"), &database)
    };
    let check = "issuer https://issuer.test";
    let found = doctor(&issuer(keys.clone(), Some(now)));
    is(&found, check, "ok", "1 key at http://");
    is(&found, "clock", "ok", "ahead of https://issuer.test");
    is(&doctor(&issuer("{\"keys\":[]}".to_owned(), None)), check, "failed", "no token of this issuer can be");
    is(&doctor(&issuer("nothing".to_owned(), None)), check, "failed", "not a JWKS document");
    let found = doctor(&nobody);
    is(&found, check, "failed", NOBODY);
    is(&found, "clock", "ok", "no other clock");
    let found = doctor(&issuer(keys, Some(late)));
    is(&found, check, "ok", "1 key");
    is(&found, "clock", "failed", "synchronize it");
}

#[test]
fn the_sign_in_to_the_console_is_examined() {
    let mut server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    server.stop();
    let database = format!("sqlite:{}", server.data().join("muster.db").display());
    let doctor = |before: &str, console: &str| {
        let issuer =
            "[[issuers]]\nissuer = \"https://issuer.test\"\ntenants = [\"*\"]\njwks_file = \"keys.json\"";
        findings(&server, &format!("{before}\n{issuer}\n{console}"), &database)
    };
    let table = |client: &str| {
        format!(
            "[issuers.console]\nclient_id = \"{client}\"\nscopes = []\nauthority = \"https://issuer.test\"\n"
        )
    };
    is(&doctor("", ""), "console", "warning", "add a table [issuers.console]");
    let check = "console at https://issuer.test";
    for (config, client, health, named) in [
        ("", "c-1", "warning", "'c-1' returns to https://HOST/console/signed-in; set public_url"),
        (
            "public_url = \"https://a.test\"",
            "c-1",
            "ok",
            "'c-1' returns to https://a.test/console/signed-in:",
        ),
        (
            "hosts = [\"b.test\", \"c.test\"]",
            "c-1",
            "ok",
            "https://b.test/console/signed-in or https://c.test/con",
        ),
        ("public_url = \"http://a.test\"", "c-1", "failed", "http://a.test/console/signed-in is no https"),
        ("public_url = \"http://localhost:8080\"", "c-1", "ok", "http://localhost:8080/console/signed-in"),
        ("public_url = \"https://a.test\"", "", "failed", "client_id is empty"),
    ] {
        is(&doctor(config, &table(client)), check, health, named);
    }
}

#[test]
fn it_tells_how_it_comes_to_postgres() {
    for (database, way) in [
        (TestDatabase::Postgres, "on this machine"),
        (TestDatabase::PooledPostgres, "on this machine, through a pooler in transaction mode"),
    ] {
        let server = TestServer::start(MUSTER, database, ServerOptions::default());
        let url = server.database_url().expect("a URL");
        let output = server.run("doctor", &["--json", "--database", url]);
        let findings: Value = serde_json::from_slice(&output.stdout).expect("a list of findings");
        let finding = |check: &str| {
            let found = findings.as_array().into_iter().flatten().find(|finding| finding["check"] == check);
            found.unwrap_or_else(|| panic!("no {check} in {findings}"))
        };
        assert_eq!(finding("database connection")["detail"], way);
        // The cluster of the tests leaves the disk to the kernel.
        let detail = finding("database durability")["detail"].to_string();
        assert!(detail.contains("fsync is off"), "{detail}");
        for check in ["server", "connection", "time-outs", "connections", "privileges"] {
            assert_eq!(finding(&format!("database {check}"))["health"], "ok", "{findings}");
        }
    }
}
