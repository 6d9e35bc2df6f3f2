//! What the issuer refuses, as data: the form that is wrong, and the status, the word and the number for it

use testkit::HttpAnswer;

use super::{ALICE, BOB, DAEMON, DISABLED, SECRET, TENANT, TOOL, WRITE, seeded};

type Form = &'static [(&'static str, &'static str)];

const APP: (&str, &str) = ("grant_type", "client_credentials");
const USER: (&str, &str) = ("grant_type", "authorization_code");
const REFRESH: (&str, &str) = ("grant_type", "refresh_token");
const DEVICE: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
const OBO: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
const PASSWORD: (&str, &str) = ("grant_type", "password");
const DEFAULT: (&str, &str) = ("scope", "https://graph.microsoft.com/.default");
const DAEMON_ID: (&str, &str) = ("client_id", DAEMON);
const TOOL_ID: (&str, &str) = ("client_id", TOOL);
const GOOD: (&str, &str) = ("client_secret", SECRET);
const ASSERTION_TYPE: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

#[track_caller]
fn expect(name: &str, answer: HttpAnswer, status: u16, error: &str, number: u64) {
    let body = answer.is(status).json();
    assert_eq!((&body["error"], &body["error_codes"][0]), (&error.into(), &number.into()), "{name}: {body}");
    let description = body["error_description"].as_str().unwrap_or_default();
    assert!(description.starts_with(&format!("AADSTS{number}: ")), "{name}: {description}");
    for member in ["timestamp", "trace_id", "correlation_id"] {
        assert!(body[member].is_string(), "{name}: {member}");
    }
    let uri = body["error_uri"].as_str().unwrap_or_default();
    assert!(uri.ends_with(&format!("/error?code={number}")), "{name}: {uri}");
    assert!(seeded().server.caller().nobody().get(uri).send().is(200).text().contains(&number.to_string()));
}

#[test]
fn requests_for_tokens() {
    let cases: [(&str, Form, u16, &str, u64); 28] = [
        ("no grant", &[DAEMON_ID, GOOD, DEFAULT], 400, "invalid_request", 900_144),
        ("unknown grant", &[("grant_type", "x"), DAEMON_ID], 400, "unsupported_grant_type", 70003),
        ("twice", &[APP, DAEMON_ID, GOOD, DEFAULT, DEFAULT], 400, "invalid_request", 9_002_313),
        ("no client", &[APP, GOOD, DEFAULT], 400, "invalid_request", 900_144),
        ("unknown client", &[APP, ("client_id", TENANT), GOOD, DEFAULT], 400, "unauthorized_client", 700_016),
        ("disabled", &[APP, ("client_id", DISABLED), DEFAULT], 400, "unauthorized_client", 7_000_112),
        (
            "wrong secret",
            &[APP, DAEMON_ID, ("client_secret", "x"), DEFAULT],
            401,
            "invalid_client",
            7_000_215,
        ),
        ("no proof", &[APP, DAEMON_ID, DEFAULT], 401, "invalid_client", 7_000_218),
        ("public client for itself", &[APP, TOOL_ID, DEFAULT], 401, "invalid_client", 7_000_218),
        ("no scope", &[APP, DAEMON_ID, GOOD], 400, "invalid_request", 900_144),
        ("a permission's name", &[APP, DAEMON_ID, GOOD, ("scope", WRITE)], 400, "invalid_scope", 1_002_012),
        (
            "unknown resource",
            &[APP, DAEMON_ID, GOOD, ("scope", "https://x.example/.default")],
            400,
            "invalid_resource",
            500_011,
        ),
        (
            "garbage as assertion",
            &[APP, DAEMON_ID, ASSERTION_TYPE, ("client_assertion", "x"), DEFAULT],
            401,
            "invalid_client",
            700_027,
        ),
        (
            "assertion without type",
            &[APP, DAEMON_ID, ("client_assertion", "x"), DEFAULT],
            400,
            "invalid_request",
            900_144,
        ),
        ("no code", &[USER, TOOL_ID, ("redirect_uri", "http://localhost")], 400, "invalid_request", 900_144),
        (
            "garbage as code",
            &[USER, TOOL_ID, ("code", "x"), ("redirect_uri", "http://localhost")],
            400,
            "invalid_grant",
            9_002_313,
        ),
        ("no refresh token", &[REFRESH, TOOL_ID], 400, "invalid_request", 900_144),
        (
            "garbage as refresh token",
            &[REFRESH, TOOL_ID, ("refresh_token", "x")],
            400,
            "invalid_grant",
            9_002_313,
        ),
        ("no device code", &[DEVICE, TOOL_ID], 400, "invalid_request", 900_144),
        (
            "garbage as device code",
            &[DEVICE, TOOL_ID, ("device_code", "x")],
            400,
            "bad_verification_code",
            70018,
        ),
        ("on behalf without proof", &[OBO, DAEMON_ID, ("assertion", "x")], 401, "invalid_client", 7_000_218),
        (
            "on behalf of nobody",
            &[OBO, DAEMON_ID, GOOD, ("requested_token_use", "on_behalf_of"), ("assertion", "x"), DEFAULT],
            400,
            "invalid_grant",
            50013,
        ),
        (
            "on behalf, unsaid",
            &[OBO, DAEMON_ID, GOOD, ("assertion", "x"), DEFAULT],
            400,
            "invalid_request",
            900_144,
        ),
        (
            "password of nobody",
            &[PASSWORD, TOOL_ID, ("username", "eve@contoso.example"), ("password", "x")],
            400,
            "invalid_grant",
            50034,
        ),
        ("password", &[PASSWORD, TOOL_ID, ("username", BOB), ("password", "x")], 400, "invalid_grant", 50126),
        ("no password", &[PASSWORD, TOOL_ID, ("username", ALICE)], 400, "invalid_request", 900_144),
        ("no assertion", &[APP, DAEMON_ID, ASSERTION_TYPE, DEFAULT], 401, "invalid_client", 7_000_218),
        (
            "two scopes for itself",
            &[APP, DAEMON_ID, GOOD, ("scope", "https://graph.microsoft.com/.default User.Read")],
            400,
            "invalid_scope",
            1_002_012,
        ),
    ];
    for (name, form, status, error, number) in cases {
        expect(name, seeded().token(form), status, error, number);
    }
}

#[test]
fn tenants_and_scopes() {
    let caller = seeded().server.caller().nobody();
    for (tenant, number) in [
        ("22222222-2222-4222-8222-222222222222", 90002),
        ("fabrikam.example", 90002),
        ("fabrikam", 900_023),
        ("consumers", 9_002_346),
    ] {
        let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        expect(tenant, caller.get(&path).send(), 400, "invalid_request", number);
        let form = caller
            .post(&format!("/{tenant}/oauth2/v2.0/token"))
            .bytes("application/x-www-form-urlencoded", b"");
        expect(tenant, form.send(), 400, "invalid_request", number);
    }
    for (scope, error, number) in [
        ("https://graph.microsoft.com/.default User.Read", "invalid_scope", 70011),
        ("User.Read https://vault.azure.net/user", "invalid_scope", 28000),
        ("Devices.Fly.All", "invalid_scope", 650_053),
        ("https://nobody.example/x", "invalid_resource", 500_011),
    ] {
        let form = [TOOL_ID, ("scope", scope)];
        expect(scope, seeded().post("oauth2/v2.0/devicecode", &form, &[]), 400, error, number);
    }
}

#[test]
fn federated_assertions() {
    let subject = "repo:contoso/rollout";
    let audience = "api://AzureADTokenExchange";
    let seeded = seeded();
    for (name, assertion, refused) in [
        ("good", seeded.assertion(subject, audience), None),
        ("another subject", seeded.assertion("repo:fabrikam/x", audience), Some(700_213)),
        ("another audience", seeded.assertion(subject, "https://graph.microsoft.com"), Some(700_023)),
        ("another issuer", seeded.server.caller().token(), Some(700_211)),
        ("changed", format!("{}x", seeded.assertion(subject, audience)), Some(700_027)),
    ] {
        let answer =
            seeded.token(&[APP, DAEMON_ID, ASSERTION_TYPE, ("client_assertion", &assertion), DEFAULT]);
        match refused {
            None => drop(answer.is(200)),
            Some(number) => expect(name, answer, 401, "invalid_client", number),
        }
    }
}
