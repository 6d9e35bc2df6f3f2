//! The command line as a contract

use std::process::Command;

use testkit::{Database, Options, Server};

use crate::MUSTER;
use crate::samples::{id, password_info};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(MUSTER).args(arguments).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn it_stops_politely_and_starts_where_it_was() {
    for database in Database::ALL {
        let mut server = Server::start(MUSTER, database, Options::default());
        let tenant = server.caller().tenant_id();
        let path = format!(
            "hardwarePasswordInfo/{}",
            id(&server.caller().tenant(tenant).create("hardwarePasswordInfo", &password_info("1")))
        );
        assert_eq!(server.stop().code(), Some(0), "{}", server.log());
        server.start_again();
        assert_eq!(server.caller().tenant(tenant).read(&path)["currentPassword"], "Current Password value");
    }
}

#[test]
fn misuse_is_told_from_failure() {
    let folder = std::env::temp_dir().join(format!("muster-misuse-{}", std::process::id()));
    let data = folder.display().to_string();
    let serve = |more: &[&str]| run(&[&["serve", "--data", &data], more].concat());
    let cases: [(&str, &[&str]); 6] = [
        ("an unknown option", &["--dev", "--what"]),
        ("plain HTTP for the world", &["--dev", "--plain-http", "--listen", "0.0.0.0:0"]),
        ("an address that is none", &["--dev", "--listen", "nowhere"]),
        ("a database that is none", &["--dev", "--database", "mysql://x"]),
        ("a configuration that is not there", &["--dev", "--config", "/nowhere/muster.toml"]),
        ("no key for secrets", &[]),
    ];
    for (name, arguments) in cases {
        let (code, output, errors) = serve(arguments);
        assert_eq!(code, Some(2), "{name}: {errors}");
        assert!(output.is_empty() && !errors.trim().is_empty(), "{name}: {output}{errors}");
    }
    let (code, _, errors) =
        serve(&["--dev", "--listen", "127.0.0.1:0", "--database", "postgres://nobody@127.0.0.1:1/none"]);
    assert_eq!(code, Some(1), "{errors}");
    assert_eq!(
        errors.trim().lines().filter(|line| !line.starts_with('{') && !line.contains("INFO")).count(),
        1,
        "{errors}"
    );
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn env_prints_what_a_client_needs() {
    let server = crate::server(Database::Sqlite);
    let output = server.run("env", &[]);
    assert!(output.status.success());
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(lines.contains(server.origin()), "{lines}");
    assert!(lines.contains("ca.pem"), "{lines}");
    let token = lines.lines().find_map(|line| line.strip_prefix("export MUSTER_TOKEN="));
    let header = format!("Bearer {}", token.expect("a token").trim_matches('\''));
    server.caller().authorization(header).get("hardwarePasswordInfo").send().is(200);
}

#[test]
fn a_token_is_all_that_token_prints() {
    let server = crate::server(Database::Sqlite);
    let output = server
        .run("token", &["--app", "--permission", "DeviceManagementConfiguration.Read.All", "--ttl", "60"]);
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!((text.trim().split('.').count(), text.lines().count()), (3, 1), "{text}");
    assert!(output.stderr.is_empty());
}

#[test]
fn health_is_open_to_all() {
    for database in Database::ALL {
        let caller = crate::server(database).caller().nobody();
        caller.get("/healthz").send().is(200);
        caller.get("/readyz").send().is(200);
    }
}
