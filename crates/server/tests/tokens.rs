//! Where a token is, and who it says is asking, at a listening server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use jsonwebtoken::Header;
use serde_json::{Value, json};
use server::limits::Limits;
use server::tokens::keys::{KeySet, KeySource};
use server::tokens::{GRAPH_AUDIENCES, Issuer};
use support::{ISSUER, Running, TENANT, claims, header, sign};

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

#[tokio::test]
async fn before_keys_were_ever_read_nothing_is_said_of_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeySet::new(KeySource::File(folder.path().join("not there yet")));
    let issuer = Issuer::new(ISSUER, GRAPH_AUDIENCES.map(str::to_owned).to_vec(), keys);
    let server = Running::start_trusting(Limits::default(), vec![issuer]).await;
    let response = get(&server, &[format!("Authorization: Bearer {}", server.token())]).await;
    assert_eq!((response.status, &*response.error_code()), (503, "ServiceUnavailable"), "{response:?}");
    assert!(response.header("retry-after").is_some());
}
