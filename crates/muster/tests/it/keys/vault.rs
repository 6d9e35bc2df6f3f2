//! A key that HashiCorp Vault keeps: sign-in by token and by role, namespaces, expiry, and a Vault that is down

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer};

use super::vault_stub::{NAMESPACE, ROLE, SECRET, VaultStub};
use super::{PASSWORDS, all_are_readable, keys, made};
use crate::MUSTER;

/// How long to wait for what happens once in a second or so.
const PATIENCE: Duration = Duration::from_secs(30);

/// The configuration of a server whose key is at Vault; it signs in by a token or by the role.
fn config(vault: &VaultStub, folder: &Path, token: Option<&str>) -> String {
    let secret = folder.join("vault-secret");
    std::fs::write(&secret, token.unwrap_or(SECRET)).unwrap();
    let sign_in = match token {
        Some(_) => format!("token = \"file:{}\"", secret.display()),
        None => format!("role_id = \"{ROLE}\"\nsecret_id = \"file:{}\"", secret.display()),
    };
    format!(
        "[secrets]\nvault_key = \"muster\"\n[secrets.vault]\naddress = \"{}\"\nnamespace = \"{NAMESPACE}\"\n{sign_in}\n",
        vault.address()
    )
}

fn started(config: &str) -> TestServer {
    let options = ServerOptions { config: Some(config.to_owned()), ..ServerOptions::default() };
    TestServer::start(MUSTER, TestDatabase::Sqlite, options)
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_key_at_vault_wraps_by_token_and_by_role_and_another_version_is_taken() {
    let (vault, folder) = (VaultStub::start(), tempfile::tempdir().unwrap());
    let by_token = config(&vault, folder.path(), Some(&vault.token(3_600)));
    let mut server = started(&by_token);
    let caller = server.caller();
    let (tenant, paths) = (caller.tenant_id(), made(&caller, 2));
    server.stop();
    server.start_with(&config(&vault, folder.path(), None));
    assert_eq!(vault.logins(), 1);
    all_are_readable(&server.caller().tenant(tenant), &paths);
    // Vault's key gets a version; after a rotation those before it may end.
    vault.rotate_key();
    for (arguments, version) in [(vec!["rotate"], "v2"), (vec!["rotate", "--kek", "vault:muster"], "v3")] {
        keys(&server, &arguments);
        let status = keys(&server, &["status"]);
        let line = status.lines().find(|line| line.starts_with(&tenant.to_string())).unwrap_or_default();
        assert_eq!(line.split_whitespace().nth(2), Some(version), "{status}");
        vault.end_versions_before_newest();
        server.stop();
        server.start_again();
        all_are_readable(&server.caller().tenant(tenant), &paths);
        vault.rotate_key();
    }
}

#[test]
fn a_token_is_renewed_before_it_expires_and_got_anew_where_it_does_not_hold() {
    let (vault, folder) = (VaultStub::start(), tempfile::tempdir().unwrap());
    vault.lease(3);
    let server = started(&config(&vault, folder.path(), None));
    wait_until("the token is renewed", || vault.renewals() >= 2);
    assert_eq!(vault.logins(), 1, "a renewed token holds on");
    vault.revoke_tokens();
    // A tenant whose data key has to be made.
    made(&server.caller(), 1);
    wait_until("the server signs in again", || vault.logins() >= 2);
}

#[test]
fn a_token_from_a_file_is_renewed_and_read_again_where_it_does_not_hold() {
    let (vault, folder) = (VaultStub::start(), tempfile::tempdir().unwrap());
    let server = started(&config(&vault, folder.path(), Some(&vault.token(3))));
    wait_until("the token is renewed", || vault.renewals() >= 2);
    vault.revoke_tokens();
    std::fs::write(folder.path().join("vault-secret"), vault.token(3_600)).unwrap();
    made(&server.caller(), 1);
}

#[test]
fn while_vault_is_down_what_is_at_hand_goes_on_and_the_rest_is_503() {
    let (vault, folder) = (VaultStub::start(), tempfile::tempdir().unwrap());
    let mut server = started(&config(&vault, folder.path(), None));
    let caller = server.caller();
    let (tenant, paths) = (caller.tenant_id(), made(&caller, 2));
    let stranger = server.caller();
    let body = json!({"serialNumber": "1", "currentPassword": "s3cret"});
    for state in ["sealed", "gone"] {
        if state == "sealed" {
            vault.seal(true)
        } else {
            vault.stop()
        }
        all_are_readable(&server.caller().tenant(tenant), &paths);
        made(&server.caller().tenant(tenant), 1);
        stranger.act(PASSWORDS, &body).is(503);
    }
    let text = std::fs::read_to_string(server.config_file().unwrap()).unwrap();
    let refused = server.fails_to_start(&text);
    assert!(refused.contains("cannot be reached") && refused.lines().count() == 1, "{refused}");
    vault.seal(false);
    vault.start_again();
    stranger.act(PASSWORDS, &body).is(201);
    server.stop();
    vault.seal(true);
    let refused = server.fails_to_start(&text);
    assert!(refused.contains("Vault is sealed") && refused.lines().count() == 1, "{refused}");
    vault.seal(false);
    // Another key of this name, as after a loss of Vault's storage.
    vault.replace_key();
    let refused = server.fails_to_start(&text);
    assert!(refused.contains("vault:muster refuses") && refused.lines().count() == 1, "{refused}");
}

#[test]
fn a_key_in_a_file_gives_way_to_one_at_vault_beside_the_server() {
    let (vault, folder) = (VaultStub::start(), tempfile::tempdir().unwrap());
    let of_vault = config(&vault, folder.path(), None);
    let file = super::key_file(folder.path(), "old.key");
    let mut server = started(&of_vault.replace("vault_key = \"muster\"", &format!("key_file = \"{file}\"")));
    let caller = server.caller();
    let (tenant, paths) = (caller.tenant_id(), made(&caller, 2));
    keys(&server, &["rotate", "--kek", "vault:muster"]);
    std::fs::remove_file(file).unwrap();
    made(&server.caller(), 1);
    server.stop();
    server.start_with(&of_vault);
    all_are_readable(&server.caller().tenant(tenant), &paths);
}

#[test]
fn the_wrong_namespace_or_secret_is_one_line() {
    let (vault, folder) = (VaultStub::start(), tempfile::tempdir().unwrap());
    let right = config(&vault, folder.path(), None);
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    for (config, says) in [
        (right.replace(NAMESPACE, "elsewhere"), "answers 403"),
        (right.replace(ROLE, "nobody"), "invalid role or secret ID"),
        (config(&vault, folder.path(), Some("hvs.none")), "permission denied"),
    ] {
        let refused = server.fails_to_start(&config);
        assert!(refused.contains(says) && refused.lines().count() == 1, "{says}: {refused}");
        assert!(!refused.contains("hvs.none") && !refused.contains(SECRET), "{refused}");
    }
}
