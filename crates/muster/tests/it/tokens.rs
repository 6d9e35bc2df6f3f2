//! Who may call, and what for

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::{ServerOptions, TestDatabase, TestServer};
use uuid::{Uuid, uuid};

use crate::MUSTER;
use crate::samples::{id, password_info};

const PATH: &str = "hardwarePasswordInfo";
const PERSONAL: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");
const READ: &str = "DeviceManagementConfiguration.Read.All";
const WRITE: &str = "DeviceManagementConfiguration.ReadWrite.All";

/// A token with its claims replaced, and the signature of the original.
fn forged(token: &str, change: impl Fn(&mut Value)) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims: Value =
        serde_json::from_slice(&BASE64URL_NOPAD.decode(parts[1].as_bytes()).expect("base64")).expect("JSON");
    change(&mut claims);
    format!("{}.{}.{}", parts[0], BASE64URL_NOPAD.encode(claims.to_string().as_bytes()), parts[2])
}

both![
    without_a_sound_token_there_is_401_and_a_challenge,
    the_scheme_is_compared_without_case,
    personal_accounts_are_refused,
    a_missing_permission_is_named,
    a_refusal_says_nothing_of_what_is_there,
    tenants_do_not_see_each_other,
    permissions_of_the_actions,
];

fn without_a_sound_token_there_is_401_and_a_challenge(server: &testkit::TestServer) {
    let caller = server.caller();
    let token = caller.token();
    let payload = token.split('.').nth(1).unwrap_or_default();
    let unsigned = format!("{}.{payload}.", BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#));
    let cases = [
        ("nobody", caller.nobody()),
        ("no scheme", caller.authorization(token.clone())),
        ("another scheme", caller.authorization("Basic YTpi")),
        ("no token", caller.authorization("Bearer ")),
        ("garbage", caller.authorization("Bearer a.b.c")),
        ("cut", caller.authorization(format!("Bearer {}", &token[..token.len() - 4]))),
        ("unsigned", caller.authorization(format!("Bearer {unsigned}"))),
        (
            "of another tenant",
            caller.authorization(format!(
                "Bearer {}",
                forged(&token, |claims| claims["tid"] = json!(Uuid::new_v4()))
            )),
        ),
        (
            "with more permissions",
            caller.authorization(format!("Bearer {}", forged(&token, |claims| claims["scp"] = json!(WRITE)))),
        ),
        (
            "for ever",
            caller.authorization(format!(
                "Bearer {}",
                forged(&token, |claims| claims["exp"] = json!(99_999_999_999_u64))
            )),
        ),
    ];
    for (name, caller) in cases {
        for request in [caller.get(PATH), caller.post(PATH).json(&json!({})), caller.get("nothing/there")] {
            let answer = request.send().refused(401, &[]);
            let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer"), "{name}: {challenge}");
            assert!(challenge.contains("authorization_uri="), "{name}: {challenge}");
            assert_eq!(answer.code(), "InvalidAuthenticationToken", "{name}");
        }
    }
}

fn the_scheme_is_compared_without_case(server: &testkit::TestServer) {
    let caller = server.caller();
    let header = format!("bearer {}", caller.token());
    caller.authorization(header).get(PATH).send().is(200);
}

fn personal_accounts_are_refused(server: &testkit::TestServer) {
    for caller in [server.caller().tenant(PERSONAL), server.caller().tenant(PERSONAL).app()] {
        caller.get(PATH).send().refused(403, &["personal"]);
        caller.post(PATH).json(&password_info("1")).send().refused(403, &["personal"]);
    }
}

fn a_missing_permission_is_named(server: &testkit::TestServer) {
    let all = server.caller();
    let path = format!("{PATH}/{}", id(&all.create(PATH, &password_info("1"))));
    for caller in [all.clone(), all.app()] {
        let reader = caller.permission(READ);
        reader.get(&path).send().is(200);
        reader.act(PATH, &password_info("2")).refused(403, &[WRITE]);
        reader.patch(&path).json(&json!({})).send().refused(403, &[WRITE]);
        reader.delete(&path).send().refused(403, &[WRITE]);
        let other = caller.permission("DeviceManagementServiceConfig.ReadWrite.All");
        let refused = other.get(&path).send().refused(403, &[READ]);
        let request = format!("\"request_id\":\"{}\"", refused.header("request-id").expect("a request-id"));
        let log = server.log_when(|log| log.contains(&request));
        let line = log.lines().find(|line| line.contains(&request)).expect("a line of the request");
        assert!(line.contains(&format!("\"missing_permission\":\"{READ}\"")), "{line}");
        assert!(!line.contains("\"permission\""), "{line}");
        other.get(&path).send().refused(403, &[READ]);
        other.get(PATH).send().refused(403, &[READ]);
        other.get(&format!("{PATH}/$count")).send().refused(403, &[READ]);
        caller.permission(WRITE).get(&path).send().is(200);
    }
    assert_eq!(all.list(PATH).len(), 1);
}

fn a_refusal_says_nothing_of_what_is_there(server: &testkit::TestServer) {
    let all = server.caller();
    let id = id(&all.create(PATH, &password_info("1")));
    let other = all.permission("DeviceManagementServiceConfig.Read.All");
    let message = |key: &str| other.get(&format!("{PATH}/{key}")).send().refused(403, &[]).message();
    assert_eq!(message(&id), message("not-there"));
}

fn tenants_do_not_see_each_other(server: &testkit::TestServer) {
    let mine = server.caller();
    let body = json!({"serialNumber": "1"});
    let path = format!("{PATH}/{}", id(&mine.create(PATH, &body)));
    let other = mine.elsewhere();
    other.get(&path).send().refused(404, &[]);
    other.patch(&path).json(&body).send().refused(404, &[]);
    other.delete(&path).send().refused(404, &[]);
    assert!(other.list(PATH).is_empty());
    assert_eq!(mine.list(PATH).len(), 1);
    // Two people and an application of one tenant see the same.
    mine.app().get(&path).send().is(200);
}

fn permissions_of_the_actions(server: &testkit::TestServer) {
    let all = server.caller();
    let path = format!(
        "windowsAutopilotDeviceIdentities/{}",
        id(&all.create("windowsAutopilotDeviceIdentities", &json!({})))
    );
    let service_read = "DeviceManagementServiceConfig.Read.All";
    let service_write = "DeviceManagementServiceConfig.ReadWrite.All";
    for (permission, action, status) in [
        // The documents let readers do these.
        (service_read, "allowNextEnrollment", 204),
        (READ, "allowNextEnrollment", 204),
        (service_read, "unassignUserFromDevice", 204),
        (service_write, "unassignUserFromDevice", 204),
        (READ, "unassignUserFromDevice", 403),
        (service_read, "updateDeviceProperties", 403),
        (service_write, "updateDeviceProperties", 204),
        (WRITE, "updateDeviceProperties", 403),
    ] {
        for caller in [all.permission(permission), all.app().permission(permission)] {
            caller.act(&format!("{path}/{action}"), &json!({})).is(status);
        }
    }
    all.permission(WRITE).delete(&path).send().is(204);
}

#[test]
fn another_servers_token_does_not_hold() {
    let other = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let token = other.caller().token();
    let server = crate::server(TestDatabase::Sqlite);
    server.caller().authorization(format!("Bearer {token}")).get(PATH).send().refused(401, &[]);
}

#[test]
fn a_setting_asks_for_more_to_see_secrets() {
    let config = Some("[secrets]\nrequire_privileged = true\n".to_owned());
    let server =
        TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions { config, ..ServerOptions::default() });
    let caller = server.caller();
    let privileged = "DeviceManagementManagedDevices.PrivilegedOperations.All";
    let with = format!("{PATH}/{}", id(&caller.create(PATH, &password_info("1"))));
    let without = format!("{PATH}/{}", id(&caller.create(PATH, &json!({"serialNumber": "2"}))));
    let plain = caller.permission(WRITE);
    for path in [&with, &PATH.to_owned()] {
        plain.get(path).send().refused(403, &[privileged]);
        plain.permission(privileged).get(path).send().is(200);
        plain.get(&format!("{path}?$select=serialNumber")).send().is(200);
    }
    plain.get(&without).send().is(200);
}
