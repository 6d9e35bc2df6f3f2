//! SIGHUP: a running server takes up certificates, issuers, limits and the log's level, or refuses and goes on

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};

use crate::MUSTER;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const READ_AGAIN: &str = "the configuration was read again";
const REFUSED: &str = "the new configuration is refused";

fn server() -> TestServer {
    let options = ServerOptions { config: Some("log = \"info\"\n".to_owned()), ..ServerOptions::default() };
    TestServer::start(MUSTER, TestDatabase::Sqlite, options)
}

/// Gives a server another configuration and waits until the log says for the nth time what became of it.
fn reload(server: &TestServer, config: &str, said: &str, times: usize) -> String {
    server.reload(config);
    server.log_when(|log| log.matches(said).count() >= times)
}

#[test]
fn a_limit_changes_and_a_mistake_changes_nothing() {
    let server = server();
    let caller = server.caller();
    let large = json!({"serialNumber": "1", "groupTag": "x".repeat(3_000)});
    let status = || caller.post(DEVICES).json(&large).send().status;
    assert_ne!(status(), 413);
    reload(&server, "[limits]\nbody_bytes = 2048\n", READ_AGAIN, 1);
    assert_eq!(status(), 413);
    for (times, broken) in
        ["[limits]\nbody_bytes = 1\n", "lmits = 1\n", "[tls]\ncertificate = \"a\"\nkey = \"b\"\n"]
            .into_iter()
            .enumerate()
    {
        reload(&server, broken, REFUSED, times + 1);
        assert_eq!(status(), 413, "{broken}");
    }
    let log = reload(&server, "validation = \"strict\"\n[limits]\nbody_bytes = 65536\n", READ_AGAIN, 2);
    assert_ne!(status(), 413);
    let late = log.lines().find(|line| line.contains("need a restart")).unwrap_or_default();
    assert!(late.contains("\"validation\""), "{log}");
}

#[test]
fn bounds_of_calls_change() {
    let server = server();
    let caller = server.caller();
    for number in 0..3 {
        caller.create(DEVICES, &json!({"serialNumber": number.to_string()}));
    }
    let password = json!({"serialNumber": "1", "currentPassword": "secret"});
    let passwords = "hardwarePasswordDetails";
    let made = caller.post(passwords).json(&password).send().is(201).json();
    let look = || caller.get(&format!("{passwords}/{}", made["id"].as_str().unwrap())).send().status;
    let page = || caller.get(DEVICES).send().is(200).json()["value"].as_array().unwrap().len();
    assert_eq!((page(), look(), look()), (3, 200, 200));
    let bounds = "[limits]\npage_size = 2\n[secrets]\nreveals_per_hour = 1\n";
    let log = reload(&server, bounds, READ_AGAIN, 1);
    assert!(!log.contains("need a restart"), "{log}");
    // What was looked at before was not counted.
    assert_eq!((page(), look(), look()), (2, 200, 429));
    reload(&server, "", READ_AGAIN, 2);
    assert_eq!((page(), look()), (3, 200));
}

#[test]
fn ways_to_sign_in_and_the_place_of_metrics_come_and_go() {
    let server = server();
    let sign_ins = || server.caller().get("/console/settings.json").send().is(200).json()["signIns"].clone();
    assert_eq!(sign_ins(), json!([]));
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.json");
    std::fs::write(&keys, "{\"keys\":[]}").unwrap();
    let issuer = format!(
        "[metrics]\nlisten = \"127.0.0.1:0\"\n[[issuers]]\nissuer = \"https://other.test\"\ntenants = [\"*\"]\n\
         jwks_file = '{}'\n[issuers.console]\nclient_id = \"c\"\nscopes = []\n\
         authority = \"https://login.test\"\n",
        keys.display()
    );
    let log = reload(&server, &issuer, READ_AGAIN, 1);
    assert!(!log.contains("need a restart"), "{log}");
    assert_eq!(sign_ins()[0]["authority"], json!("https://login.test"));
    let address = crate::metrics::address(&server);
    assert!(crate::metrics::scrape(&address).contains("muster_build_info"));
    reload(&server, "", READ_AGAIN, 2);
    assert_eq!(sign_ins(), json!([]));
    assert!(std::net::TcpStream::connect(&address).is_err(), "nothing listens there any more");
}

#[test]
fn an_issuer_comes_and_goes() {
    let server = server();
    let part = |value: serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let header = part(json!({"alg": "RS256", "kid": "x", "typ": "JWT"}));
    let claims = part(json!({"iss": "https://other.test", "tid": "11111111-1111-4111-8111-111111111111"}));
    let token = format!("Bearer {header}.{claims}.{}", BASE64URL_NOPAD.encode(&[7; 256]));
    let refusal = || {
        let caller = server.caller().authorization(token.as_str());
        caller.get(DEVICES).send().is(401).json()["error"]["message"].to_string()
    };
    assert!(refusal().contains("not trusted"), "{}", refusal());
    let other = tempfile::tempdir().unwrap();
    let keys = other.path().join("keys.json");
    let key = server::dev::DevFolder::at(other.path()).signing_key().unwrap().jwk;
    std::fs::write(&keys, json!({"keys": [key]}).to_string()).unwrap();
    let issuer = format!(
        "[[issuers]]\nissuer = \"https://other.test\"\naudiences = [\"a\"]\n\
         tenant = \"11111111-1111-4111-8111-111111111111\"\njwks_file = '{}'\n",
        keys.display()
    );
    reload(&server, &issuer, READ_AGAIN, 1);
    assert!(refusal().contains("a key that its issuer does not have"), "{}", refusal());
    server.caller().get(DEVICES).send().is(200);
    reload(&server, "", READ_AGAIN, 2);
    assert!(refusal().contains("not trusted"), "{}", refusal());
    server.caller().get(DEVICES).send().is(200);
}

#[test]
fn a_certificate_of_other_files_is_taken_up() {
    let server = server();
    let other = tempfile::tempdir().unwrap();
    // Another dev folder has a certificate of another authority.
    let made = Command::new(MUSTER).arg("env").arg("--data").arg(other.path()).output().unwrap();
    assert!(made.status.success());
    let dev = server::dev::DevFolder::at(other.path());
    let (chain, key) = dev.server_certificate().unwrap();
    std::fs::write(other.path().join("chain.pem"), chain).unwrap();
    std::fs::write(other.path().join("key.pem"), key).unwrap();
    let reaches = |authority: &Path| {
        let certificate = reqwest::Certificate::from_pem(&std::fs::read(authority).unwrap()).unwrap();
        let client =
            reqwest::blocking::Client::builder().tls_certs_only([certificate]).no_proxy().build().unwrap();
        client.get(format!("{}/healthz", server.origin())).send().is_ok()
    };
    assert!(reaches(&server.authority_file()) && !reaches(&other.path().join("ca.pem")));
    let shown = other.path().display();
    let config = format!("[tls]\ncertificate = '{shown}/chain.pem'\nkey = '{shown}/key.pem'\n");
    reload(&server, &config, READ_AGAIN, 1);
    assert!(!reaches(&server.authority_file()) && reaches(&other.path().join("ca.pem")));
}

#[test]
fn the_level_of_the_log_changes() {
    let server = server();
    let caller = server.caller();
    let ask = |name: &str| caller.get(&format!("{DEVICES}/{name}")).send();
    ask("loud-before");
    server.log_when(|log| log.contains("loud-before"));
    // What is said of the reading itself is of the level `info`; that another setting needs a restart is a warning.
    reload(&server, "log = \"warn\"\nvalidation = \"strict\"\n", "need a restart", 1);
    ask("silent");
    reload(&server, "log = \"info\"\n", READ_AGAIN, 1);
    ask("loud-after");
    let log = server.log_when(|log| log.contains("loud-after"));
    assert!(!log.contains("silent"), "{log}");
}
