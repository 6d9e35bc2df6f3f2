//! The bounds of requests and connections, at a listening server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use server::limits::Limits;
use support::{Running, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bounds that a test reaches soon.
fn tight() -> Limits {
    Limits {
        body_bytes: 64 << 10,
        header_time: Duration::from_millis(300),
        body_time: Duration::from_millis(300),
        call_time: Duration::from_millis(100),
        ..Limits::default()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A POST with these headers and this body.
fn post(server: &Running, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = server.head("POST /beta/books");
    let length = body.len();
    let head = format!("{head}Connection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    [head.into_bytes(), body.to_vec()].concat()
}

const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test]
async fn bodies() {
    let server = Running::start(Limits { body_time: Duration::from_secs(10), ..tight() }, false).await;
    let limit = 64 << 10;
    let packed = format!("{JSON}Content-Encoding: gzip\r\n");
    let cases: Vec<(&str, String, Vec<u8>, u16, &str)> = vec![
        ("small", JSON.to_owned(), b"{}".to_vec(), 200, ""),
        (
            "parameters",
            "Content-Type: application/json; charset=utf-8\r\n".to_owned(),
            b"{}".to_vec(),
            200,
            "",
        ),
        ("none, with a type", JSON.to_owned(), vec![], 200, ""),
        ("none, without a type", String::new(), vec![], 200, ""),
        ("at the bound", JSON.to_owned(), vec![b' '; limit], 200, ""),
        ("over the bound", JSON.to_owned(), vec![b' '; limit + 1], 413, "RequestEntityTooLarge"),
        ("far over the bound", JSON.to_owned(), vec![b' '; 8 << 20], 413, "RequestEntityTooLarge"),
        ("gzip", packed.clone(), gzip(b"{}"), 200, ""),
        ("gzip at the bound", packed.clone(), gzip(&vec![b' '; limit]), 200, ""),
        ("gzip over the bound", packed.clone(), gzip(&vec![b' '; limit + 1]), 413, "RequestEntityTooLarge"),
        ("a bomb", packed.clone(), gzip(&vec![0; 50 << 20]), 413, "RequestEntityTooLarge"),
        ("not gzip", packed.clone(), b"{}".to_vec(), 400, "BadRequest"),
        ("gzip cut short", packed, gzip(b"{}")[..12].to_vec(), 400, "BadRequest"),
        (
            "deflate",
            format!("{JSON}Content-Encoding: deflate\r\n"),
            b"{}".to_vec(),
            415,
            "UnsupportedMediaType",
        ),
        (
            "form",
            "Content-Type: application/x-www-form-urlencoded\r\n".to_owned(),
            b"a".to_vec(),
            415,
            "UnsupportedMediaType",
        ),
        ("a body without a type", String::new(), b"{}".to_vec(), 415, "UnsupportedMediaType"),
        (
            "UTF-16",
            "Content-Type: application/json;charset=utf-16\r\n".to_owned(),
            b"{}".to_vec(),
            415,
            "UnsupportedMediaType",
        ),
    ];
    for (name, headers, body, status, code) in cases {
        let response = server.raw(post(&server, &headers, &body)).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        if status != 200 {
            assert_eq!(response.error_code(), code, "{name}");
        }
    }
}

#[tokio::test]
async fn framing() {
    let server = Running::start(tight(), false).await;
    let head = |line: &str| server.head(line) + "Connection: close\r\n";
    let chunked = format!("Transfer-Encoding: chunked\r\n{JSON}\r\n");
    let cases = [
        ("no length, no body", format!("{}\r\n", head("POST /beta/books")), 200),
        ("chunked", format!("{}{chunked}2\r\n{{}}\r\n0\r\n\r\n", head("POST /beta/books")), 200),
        (
            "chunked and too large",
            format!("{}{chunked}20000\r\n{}", head("POST /beta/books"), " ".repeat(0x20000)),
            413,
        ),
        (
            "conflicting lengths",
            format!("{}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}", head("POST /beta/books")),
            400,
        ),
        ("a negative length", format!("{}Content-Length: -1\r\n\r\n", head("POST /beta/books")), 400),
        ("no Host", "GET /beta/books HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("two Hosts", format!("{}Host: b.test\r\n\r\n", head("GET /beta/books")), 400),
        ("no HTTP", "what is this\r\n\r\n".to_owned(), 400),
        ("a body with GET", format!("{}Content-Length: 1\r\n\r\nx", head("GET /beta/books")), 200),
        ("DELETE", format!("{}\r\n", head("DELETE /beta/books/1")), 200),
    ];
    for (name, request, status) in cases {
        let response = server.raw(request).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
    }
}

#[tokio::test]
async fn heads() {
    let server = Running::start(tight(), false).await;
    let long = |bytes: usize| "a".repeat(bytes);
    let many = |count: usize| (0..count).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    let cases = [
        ("a long URL", format!("/beta/books?$filter={}", long(16_000)), String::new(), 200, ""),
        (
            "a longer URL",
            format!("/beta/books?$filter={}", long(17_000)),
            String::new(),
            414,
            "RequestUriTooLong",
        ),
        ("many headers", "/beta/books".to_owned(), many(50), 200, ""),
        ("more headers", "/beta/books".to_owned(), many(80), 431, "RequestHeadersTooLarge"),
        ("a long header", "/beta/books".to_owned(), format!("X: {}\r\n", long(20_000)), 200, ""),
        (
            "a longer header",
            "/beta/books".to_owned(),
            format!("X: {}\r\n", long(40_000)),
            431,
            "RequestHeadersTooLarge",
        ),
    ];
    for (name, path, headers, status, code) in cases {
        let head = server.head(&format!("GET {path}"));
        let response = server.raw(format!("{head}Connection: close\r\n{headers}\r\n")).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        if status != 200 {
            assert_eq!(response.error_code(), code, "{name}");
        }
    }
    // Beyond what the HTTP library reads there is no more than a status.
    let cases = [
        ("thousands of headers", many(2000), 431),
        ("a huge header", format!("X: {}\r\n", long(200_000)), 431),
    ];
    for (name, headers, status) in cases {
        let head = server.head("GET /beta/books");
        assert_eq!(server.raw(format!("{head}{headers}\r\n")).await.status, status, "{name}");
    }
    let head = server.head(&format!("GET /{}", long(70_000)));
    assert_eq!(server.raw(format!("{head}\r\n")).await.status, 414, "a huge URL");
}

#[tokio::test]
async fn slow_clients() {
    let server = Running::start(tight(), false).await;
    let head = server.head("POST /beta/books");
    let cases = [
        ("half a request line", "GET /be".to_owned(), 408),
        ("half the headers", head.clone(), 408),
        ("half a body", format!("{head}{JSON}Content-Length: 10\r\n\r\n{{"), 408),
        ("half a chunk", format!("{head}{JSON}Transfer-Encoding: chunked\r\n\r\n5\r\n{{"), 408),
        // The HTTP library closes it: there is nothing to answer.
        ("nothing", String::new(), 0),
    ];
    for (name, request, status) in cases {
        let start = Instant::now();
        let response = server.raw(request).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        assert!(start.elapsed() < Duration::from_secs(3), "{name} took {:?}", start.elapsed());
        if status != 0 {
            assert_eq!(response.error_code(), "RequestTimeout", "{name}");
        }
    }
    let response = server.raw(format!("{}Connection: close\r\n\r\n", server.head("GET /beta/overdue"))).await;
    assert_eq!(
        (response.status, response.error_code().as_str()),
        (503, "ServiceUnavailable"),
        "our own slowness"
    );
    assert_eq!(response.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn an_expected_continue_comes_only_if_the_body_is_wanted() {
    let server = Running::start(Limits::default(), false).await;
    let expecting = |head: &str, length: usize| {
        format!("{head}{JSON}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n")
    };
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(expecting(&server.head("POST /beta/books"), 2).as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").await.unwrap();
    assert_eq!(read(&mut stream).await.status, 200);

    for (name, head, length, status) in [
        ("no token", "POST /beta/books HTTP/1.1\r\nHost: a\r\n".to_owned(), 2, 401),
        ("too large", server.head("POST /beta/books"), 5 << 20, 413),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(expecting(&head, length).as_bytes()).await.unwrap();
        let response = read(&mut stream).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        assert!(!response.head.contains("100 Continue"), "{name}");
    }
}

#[tokio::test]
async fn connections_wait_for_a_place() {
    let server = Running::start(Limits { connections: 2, ..tight() }, false).await;
    let request = format!("{}\r\n", server.head("GET /beta/books"));
    let idle = [
        TcpStream::connect(server.address).await.unwrap(),
        TcpStream::connect(server.address).await.unwrap(),
    ];
    let mut third = TcpStream::connect(server.address).await.unwrap();
    third.write_all(request.as_bytes()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), third.read_u8()).await;
    assert!(early.is_err(), "there is no place for a third");
    // A client that leaves gives up its place, as does one that says nothing for too long.
    drop(idle);
    assert_eq!(read(&mut third).await.status, 200);
}
