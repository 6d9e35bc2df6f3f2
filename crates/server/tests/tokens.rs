//! Which tokens hold, at a listening server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use server::dev::DevFolder;
use server::limits::Limits;
use support::{Running, TENANT, claims, header, now, sign};

async fn get(server: &Running, headers: &[String]) -> support::RawResponse {
    let lines: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    server.raw(format!("GET /beta/books HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n{lines}\r\n")).await
}

/// The claims of a token that holds, with one changed; `null` takes it away.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

#[tokio::test]
async fn claims_that_do_not_hold() {
    let server = Running::start(Limits::default(), false).await;
    server.token();
    let folder = server.folder.path();
    let other_tenant = "https://issuer.test/00000000-0000-4000-8000-000000000002/v2.0";
    let cases = [
        ("as it should be", claims(), 200, ""),
        ("the audience in a list", with("aud", json!(["x", "https://graph.microsoft.com/"])), 200, ""),
        (
            "the application's id as audience",
            with("aud", json!("00000003-0000-0000-c000-000000000000")),
            200,
            "",
        ),
        ("clocks somewhat apart", with("nbf", json!(now() + 10)), 200, ""),
        ("expired", with("exp", json!(now() - 60)), 401, "expired"),
        ("without an end", with("exp", Value::Null), 401, "claims"),
        ("an end that is no number", with("exp", json!("tomorrow")), 401, "claims"),
        ("not valid yet", with("nbf", json!(now() + 600)), 401, "not valid yet"),
        ("another audience", with("aud", json!("https://vault.azure.net")), 401, "audience"),
        ("no audience", with("aud", Value::Null), 401, "audience"),
        ("another issuer", with("iss", json!("https://evil.test/x/v2.0")), 401, "issuer"),
        ("an issuer of another tenant", with("iss", json!(other_tenant)), 401, "issuer"),
        ("issuers in a list", with("iss", json!([claims()["iss"]])), 401, "claims"),
        ("no tenant", with("tid", Value::Null), 401, "issuer"),
        ("no subject", with("oid", Value::Null), 401, "subject"),
    ];
    for (name, claims, status, part) in cases {
        let token = sign(folder, &header(folder), &claims);
        let response = get(&server, &[format!("Authorization: Bearer {token}")]).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        if status == 401 {
            assert_eq!(response.error_code(), "InvalidAuthenticationToken", "{name}");
            let challenge = response.header("www-authenticate").unwrap();
            assert!(
                challenge
                    .starts_with("Bearer realm=\"\", authorization_uri=\"https://issuer.test/authorize\"")
            );
            assert!(challenge.contains("error=\"invalid_token\", error_description=\""), "{challenge}");
            assert!(challenge.contains(part), "{name}: {challenge}");
        }
    }
}

#[tokio::test]
async fn personal_accounts_are_told_why() {
    let server = Running::start(Limits::default(), false).await;
    server.token();
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let mut claims = with("tid", json!(personal));
    claims["iss"] = json!(support::ISSUER.replace("{tenantid}", personal));
    let token = sign(server.folder.path(), &header(server.folder.path()), &claims);
    let response = get(&server, &[format!("Authorization: Bearer {token}")]).await;
    assert_eq!((response.status, response.error_code().as_str()), (403, "Forbidden"));
    assert!(response.body.contains("personal Microsoft accounts"), "{response:?}");
}

#[tokio::test]
async fn forged_tokens() {
    let server = Running::start(Limits::default(), false).await;
    let good = server.token();
    let folder = server.folder.path();
    let genuine = header(folder);
    let parts: Vec<&str> = good.split('.').collect();
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let none = encode(&json!({"alg": "none", "typ": "JWT", "kid": genuine.kid}));

    // The classic: the public key, which everybody has, as the secret of an HMAC.
    let jwk = DevFolder::at(folder).signing_key().unwrap().jwk;
    let public = serde_json::to_vec(&jwk).unwrap();
    let hmac_header = Header { kid: genuine.kid.clone(), ..Header::new(Algorithm::HS256) };
    let hmac = jsonwebtoken::encode(&hmac_header, &claims(), &EncodingKey::from_secret(&public)).unwrap();

    let other = tempfile::tempdir().unwrap();
    DevFolder::at(other.path()).signing_key().unwrap();
    let changed = encode(&with("tid", json!("00000000-0000-4000-8000-000000000002")));
    let header_with = |change: fn(&mut Header)| {
        let mut header = genuine.clone();
        change(&mut header);
        sign(folder, &header, &claims())
    };
    let cases = [
        ("alg none", format!("{none}.{}.", parts[1])),
        ("alg none with the signature", format!("{none}.{}.{}", parts[1], parts[2])),
        ("HS256 with the public key", hmac),
        ("RS384", header_with(|header| header.alg = Algorithm::RS384)),
        ("PS256", header_with(|header| header.alg = Algorithm::PS256)),
        ("an unknown kid", header_with(|header| header.kid = Some("other".to_owned()))),
        ("no kid", header_with(|header| header.kid = None)),
        ("another type", header_with(|header| header.typ = Some("logout+jwt".to_owned()))),
        ("a critical header", header_with(|header| header.crit = Some(vec!["x".to_owned()]))),
        ("another's key under our kid", sign(other.path(), &genuine, &claims())),
        ("changed claims", format!("{}.{changed}.{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("a signature cut short", good[..good.len() - 8].to_owned()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("garbage", "garbage".to_owned()),
        ("dots", "...".to_owned()),
        ("20 KB", "a".repeat(20_000)),
    ];
    for (name, token) in cases {
        let response = get(&server, &[format!("Authorization: Bearer {token}")]).await;
        assert_eq!(response.status, 401, "{name}: {response:?}");
        assert_eq!(response.error_code(), "InvalidAuthenticationToken", "{name}");
    }
}

#[tokio::test]
async fn the_authorization_header() {
    let server = Running::start(Limits::default(), false).await;
    let token = server.token();
    let line = |scheme: &str| format!("Authorization: {scheme} {token}");
    let access_token = sign(
        server.folder.path(),
        &Header { typ: Some("at+jwt".to_owned()), ..header(server.folder.path()) },
        &claims(),
    );
    let cases = [
        ("Bearer", vec![line("Bearer")], 200),
        ("lower case", vec![line("bearer")], 200),
        ("typ at+jwt", vec![format!("Authorization: Bearer {access_token}")], 200),
        ("none", vec![], 401),
        ("empty", vec!["Authorization: Bearer ".to_owned()], 401),
        ("another scheme", vec![line("Basic")], 401),
        ("no scheme", vec![format!("Authorization: {token}")], 401),
        ("two", vec![line("Bearer"), line("Bearer")], 401),
    ];
    for (name, lines, status) in cases {
        let response = get(&server, &lines).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        if name == "none" {
            let challenge = response.header("www-authenticate").unwrap();
            assert!(!challenge.contains("error="), "RFC 6750, 3.1: {challenge}");
        }
    }
}

#[tokio::test]
async fn the_domain_is_told_who_asks() {
    let server = Running::start(Limits::default(), false).await;
    server.token();
    let folder = server.folder.path();
    let mut delegated = with("roles", Value::Null);
    delegated["scp"] = json!("openid Read");
    let cases = [
        ("roles", claims(), "Application", 1),
        ("scp", delegated, "Delegated", 1),
        ("neither", with("roles", Value::Null), "Application", 0),
    ];
    for (name, claims, kind, permissions) in cases {
        let token = sign(folder, &header(folder), &claims);
        // The second time it is remembered, and must mean the same.
        for _ in 0..2 {
            let told = get(&server, &[format!("Authorization: Bearer {token}")]).await.json();
            assert_eq!((&told["kind"], &told["tenant"]), (&json!(kind), &json!(TENANT)), "{name}");
            assert_eq!(told["permissions"], permissions, "{name}");
        }
    }
}
