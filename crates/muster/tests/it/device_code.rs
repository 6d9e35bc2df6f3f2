//! Sign-in by device code at the dev issuer, as the scripts do it that register devices

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use testkit::{HttpAnswer, TestCaller, TestDatabase};
use uuid::Uuid;

const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";
const READ: &str = "DeviceManagementConfiguration.Read.All";
const GRANT: &str = "grant_type=urn:ietf:params:oauth:grant-type:device_code";

fn submit(caller: &TestCaller<'_>, tenant: Uuid, endpoint: &str, form: &str) -> HttpAnswer {
    let path = format!("/{tenant}/oauth2/v2.0/{endpoint}");
    let request = caller.nobody().post(&path).text(form);
    request.header("Content-Type", "application/x-www-form-urlencoded").send()
}

fn ask(caller: &TestCaller<'_>, scope: &str) -> Value {
    let form = format!("client_id=cid&scope={scope}");
    submit(caller, caller.tenant_id(), "devicecode", &form).is(200).json()
}

fn redeem(caller: &TestCaller<'_>, tenant: Uuid, client: &str, code: &str) -> HttpAnswer {
    submit(
        caller,
        tenant,
        "token",
        &format!("{GRANT}&client_id={client}&code={code}&device_code={code}&client_info=1"),
    )
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().and_then(|token| token.split('.').nth(1)).expect("a token");
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64")).expect("JSON")
}

#[test]
fn a_code_becomes_a_token_with_the_scopes_that_were_asked_for() {
    let server = crate::server(TestDatabase::Sqlite);
    let caller = server.caller();
    let asked = ask(&caller, &format!("https://graph.microsoft.com/{WRITE} user.read offline_access openid"));
    for member in ["device_code", "user_code", "verification_uri", "message"] {
        assert!(asked[member].is_string(), "{member}: {asked}");
    }
    assert!(asked["expires_in"].is_u64() && asked["interval"].is_u64(), "{asked}");
    let page = asked["verification_uri"].as_str().expect("a link");
    assert!(page.starts_with(server.origin()), "{page}");
    caller.nobody().get(page).send().is(200);
    let code = asked["device_code"].as_str().expect("a code");
    let granted = redeem(&caller, caller.tenant_id(), "cid", code).is(200).json();
    let written = format!("https://graph.microsoft.com/{WRITE} user.read openid");
    assert_eq!(granted["scope"], written, "the scopes as they were asked for");
    assert!(granted["refresh_token"].is_string(), "{granted}");
    let access = claims(&granted["access_token"]);
    let scopes = format!("{WRITE} User.Read");
    assert_eq!((&access["scp"], &access["tid"]), (&scopes.into(), &caller.tenant_id().to_string().into()));
    let identity = claims(&granted["id_token"]);
    assert_eq!((&identity["aud"], &identity["oid"]), (&"cid".into(), &access["oid"]));
    let ids =
        BASE64URL_NOPAD.decode(granted["client_info"].as_str().expect("ids").as_bytes()).expect("base64");
    let ids: Value = serde_json::from_slice(&ids).expect("JSON");
    assert_eq!((&ids["uid"], &ids["utid"]), (&access["oid"], &access["tid"]));
    let token = granted["access_token"].as_str().expect("a token");
    let user = caller.authorization(format!("Bearer {token}"));
    user.list("windowsAutopilotDeviceIdentities");
    user.get("hardwareConfigurations").send().refused(403, &[READ]);
    let everything = ask(&caller, "https://graph.microsoft.com/.default");
    let code = everything["device_code"].as_str().expect("a code");
    let granted = redeem(&caller, caller.tenant_id(), "cid", code).is(200).json();
    assert!(granted["scope"].as_str().is_some_and(|scope| scope.contains(READ) && scope.contains(WRITE)));
}

#[test]
fn what_is_no_code_of_the_client_is_refused() {
    let server = crate::server(TestDatabase::Sqlite);
    let caller = server.caller();
    let asked = ask(&caller, WRITE);
    let code = asked["device_code"].as_str().expect("a code");
    let tenant = caller.tenant_id();
    let changed = format!("{}x", &code[..code.len() - 1]);
    let cases = [
        ("another client", redeem(&caller, tenant, "other", code), "bad_verification_code"),
        ("another tenant", redeem(&caller, Uuid::new_v4(), "cid", code), "bad_verification_code"),
        ("a forged code", redeem(&caller, tenant, "cid", &changed), "bad_verification_code"),
        ("an access token", redeem(&caller, tenant, "cid", &caller.token()), "bad_verification_code"),
        ("no code", redeem(&caller, tenant, "cid", ""), "invalid_request"),
        ("no client", redeem(&caller, tenant, "", code), "invalid_request"),
        ("no client, asking", submit(&caller, tenant, "devicecode", "scope=x"), "invalid_request"),
        ("another grant", submit(&caller, tenant, "token", "grant_type=x"), "unsupported_grant_type"),
    ];
    for (name, answer, error) in cases {
        let body = answer.is(400).json();
        assert_eq!(body["error"], error, "{name}: {body}");
    }
    // A code is not a token.
    caller.authorization(format!("Bearer {code}")).get("hardwareConfigurations").send().is(401);
}
