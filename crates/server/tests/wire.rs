//! What clients see of requests and answers beyond the body: methods, headers, errors, protocols.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use http::{Method, StatusCode, Version};
use serde_json::Value;
use server::limits::Limits;
use support::Running;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn send(server: &Running, line: &str, headers: &str) -> support::RawResponse {
    server.raw(format!("{}Connection: close\r\n{headers}\r\n", server.head(line))).await
}

#[tokio::test]
async fn methods() {
    let server = Running::start(Limits::default(), false).await;
    // What the stand-in for the domain says that any path takes.
    let taken = Some("GET, HEAD, PATCH");
    let cases = [
        ("GET /beta/books", 200, None),
        ("HEAD /beta/books", 200, None),
        ("PUT /beta/books", 200, None),
        ("OPTIONS /beta/books", 204, taken),
        ("TRACE /beta/books", 405, taken),
        ("BREW /beta/books", 405, taken),
        ("OPTIONS /beta/none", 404, None),
        ("OPTIONS /healthz", 204, Some("GET, HEAD")),
        ("POST /healthz", 405, Some("GET, HEAD")),
        ("DELETE /readyz", 405, Some("GET, HEAD")),
        ("PUT /_/openapi.json", 405, Some("GET, HEAD")),
        ("DELETE /beta/fixed", 405, Some("GET, HEAD, POST")),
        ("GET /elsewhere", 404, None),
        ("GET /beta/none", 404, None),
        ("GET /beta/broken", 500, None),
        ("GET /beta/panic", 500, None),
        ("GET /healthz", 200, None),
        ("GET /_/openapi.json", 200, None),
        ("HEAD /_/openapi.json", 200, None),
        ("GET /_/openapi.json?version=v2", 400, None),
        ("GET /readyz", 503, None),
    ];
    for (line, status, allow) in cases {
        let response = send(&server, line, "").await;
        assert_eq!((response.status, response.header("allow")), (status, allow), "{line}: {response:?}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{line}");
        assert!(response.header("request-id").is_some(), "{line}");
        assert!(
            !response.body.contains("sorrow") && !response.body.contains("purpose"),
            "{line}: {response:?}"
        );
        if status >= 400 && !line.contains("readyz") {
            response.error_code();
        }
        if line.starts_with("HEAD") {
            assert_eq!(response.body, "", "{line}");
        }
    }
}

#[tokio::test]
async fn the_domain_is_told_what_was_sent() {
    let server = Running::start(Limits::default(), false).await;
    let headers =
        "client-request-id: mine\r\nAccept: application/json\r\nIf-Match: W/\"1\"\r\nIf-Match: W/\"2\"\r\n";
    let told =
        send(&server, "PATCH /beta/Books('a%2Fb')/?%24top=1&$filter=a%20eq%20'x'", headers).await.json();
    let expected = [
        ("verb", "Patch"),
        ("path", "/beta/Books('a%2Fb')/"),
        ("query", "%24top=1&$filter=a%20eq%20'x'"),
        ("origin", "http://a.test"),
        ("accept", "application/json"),
        ("ifMatch", "W/\"1\", W/\"2\""),
    ];
    for (name, value) in expected {
        assert_eq!(told[name], value, "{name}");
    }
}

#[tokio::test]
async fn headers_of_answers() {
    let server = Running::start(Limits::default(), false).await;
    let json = "application/json;odata.metadata=minimal;charset=utf-8";
    let cases = [
        ("/beta/created", "content-type", Some(json)),
        ("/beta/created", "etag", Some("W/\"7\"")),
        ("/beta/created", "location", Some("http://a.test/beta/created('7')")),
        ("/beta/created", "odata-version", Some("4.0")),
        ("/beta/created", "cache-control", Some("no-store")),
        ("/beta/books", "content-encoding", None),
        ("/beta/large", "content-encoding", Some("gzip")),
        ("/beta/$metadata", "content-type", Some("application/xml;charset=utf-8")),
        ("/beta/books/$count", "content-type", Some("text/plain;charset=utf-8")),
        ("/beta/busy", "retry-after", Some("2")),
        ("/beta/busy", "content-type", Some("application/json")),
        ("/beta/none", "odata-version", Some("4.0")),
        ("/beta/none", "client-request-id", Some("mine")),
    ];
    for (path, name, value) in cases {
        let response =
            send(&server, &format!("GET {path}"), "Accept-Encoding: gzip\r\nclient-request-id: mine\r\n")
                .await;
        assert_eq!(response.header(name), value, "{path}: {response:?}");
    }
    let created = send(&server, "GET /beta/created", "").await;
    let stages: Vec<&str> = created.header("server-timing").unwrap_or_default().split(", ").collect();
    let [token, body, "parse;dur=0.012"] = stages[..] else { panic!("{created:?}") };
    assert!(token.starts_with("token;dur=") && body.starts_with("body;dur="), "{created:?}");
    let plain = send(&server, "GET /beta/large", "").await;
    assert_eq!((plain.header("content-encoding"), plain.body.len()), (None, 100_002));
}

fn client(server: &Running, http1: bool) -> reqwest::Client {
    server::tls::install();
    let pem = std::fs::read(server.folder.path().join("ca.pem")).unwrap();
    let builder = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .timeout(support::PATIENCE);
    if http1 { builder.http1_only() } else { builder }.build().unwrap()
}

#[tokio::test]
async fn both_protocols_over_tls() {
    let server = Running::start(Limits::default(), true).await;
    for (http1, version) in [(false, Version::HTTP_2), (true, Version::HTTP_11)] {
        for host in ["127.0.0.1", "localhost"] {
            let origin = format!("https://{host}:{}", server.address.port());
            let request =
                client(&server, http1).get(format!("{origin}/beta/books")).bearer_auth(server.token());
            let response = request.send().await.unwrap();
            assert_eq!((response.status(), response.version()), (StatusCode::OK, version), "{origin}");
            assert_eq!(response.json::<Value>().await.unwrap()["origin"], origin.as_str());
        }
    }
    let options = client(&server, false).request(Method::OPTIONS, format!("{}/beta/books", server.origin));
    assert_eq!(options.send().await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_large_body_over_http2_is_refused() {
    let server = Running::start(Limits { body_bytes: 64 << 10, ..Limits::default() }, true).await;
    let request =
        client(&server, false).post(format!("{}/beta/books", server.origin)).bearer_auth(server.token());
    let request = request.header("content-type", "application/json").body(vec![b' '; 65 << 10]);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_client_that_does_not_speak_tls_is_let_go() {
    let limits = Limits { handshake_time: Duration::from_millis(200), connections: 1, ..Limits::default() };
    let server = Running::start(limits, true).await;
    let _silent = TcpStream::connect(server.address).await.unwrap();
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let request = client(&server, true).get(format!("{}/healthz", server.origin));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK, "the places are free again");
}

#[tokio::test]
async fn requests_under_way_are_finished_at_the_end() {
    for tls in [false, true] {
        let mut server = Running::start(Limits::default(), tls).await;
        let url = format!("{}/beta/slow", server.origin);
        let client = if tls { client(&server, false) } else { client_plain() };
        let slow = tokio::spawn(client.get(url).bearer_auth(server.token()).send());
        // An idle connection must not hold up the end.
        let _idle = TcpStream::connect(server.address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        server.stop();
        assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::OK, "TLS: {tls}");
        drop(client);
        let address = server.address;
        let start = std::time::Instant::now();
        server.stopped().await;
        assert!(start.elapsed() < Duration::from_secs(5), "TLS: {tls}: took {:?}", start.elapsed());
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}

#[tokio::test]
async fn the_end_waits_no_longer_than_its_bound() {
    let limits = Limits { drain_time: Duration::from_millis(50), ..Limits::default() };
    let mut server = Running::start(limits, false).await;
    let request = client_plain().get(format!("{}/beta/slow", server.origin)).bearer_auth(server.token());
    let slow = tokio::spawn(request.send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop();
    let start = std::time::Instant::now();
    server.stopped().await;
    assert!(start.elapsed() < Duration::from_millis(250), "took {:?}", start.elapsed());
    slow.abort();
}

fn client_plain() -> reqwest::Client {
    server::tls::install();
    reqwest::Client::builder().timeout(support::PATIENCE).tls_certs_only([]).build().unwrap()
}
