//! Where requests begin and end on one connection: decoys of a head in a body, and bodies that nobody reads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use server::limits::Limits;
use support::{RawResponse, Running, read, read_all};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const JSON: &str = "Content-Type: application/json\r\n";
/// The headers of a request that tells of its length more than once.
const CONTRADICTING: &str = "Content-Length: 2\r\nContent-Length: 2\r\n";

/// A POST with these headers and this body.
fn post(server: &Running, headers: &str, body: &str) -> String {
    format!("{}{JSON}{headers}\r\n{body}", server.head("POST /beta/x"))
}

fn counted(server: &Running, body: &str) -> String {
    post(server, &format!("Content-Length: {}\r\n", body.len()), body)
}

/// The body in chunks of so many bytes.
fn chunked(server: &Running, body: &str, size: usize) -> String {
    let chunks: String = body
        .as_bytes()
        .chunks(size)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)))
        .collect();
    post(server, "Transfer-Encoding: chunked\r\n", &format!("{chunks}0\r\n\r\n"))
}

/// Sends requests on one connection, all at once or one after the other's answer; the answers until the server closes.
async fn converse(server: &Running, requests: &[String], is_pipelined: bool) -> Vec<RawResponse> {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    if is_pipelined {
        stream.write_all(requests.concat().as_bytes()).await.unwrap();
        return read_all(&mut stream).await;
    }
    let mut responses = Vec::new();
    for request in requests {
        // What the server has closed takes no more.
        if stream.write_all(request.as_bytes()).await.is_err() {
            break;
        }
        let response = read(&mut stream).await;
        if response.status == 0 {
            break;
        }
        responses.push(response);
    }
    responses
}

#[tokio::test]
async fn a_decoy_of_a_head_in_a_body_hides_nothing_and_harms_nobody() {
    let server = Running::start(Limits::default(), false).await;
    // The first line as it comes in the real request, so that a search would find this one.
    let contradicting_decoy = format!("POST /beta/x HTTP/1.1\r\nHost: a\r\n{CONTRADICTING}\r\n");
    let innocuous_decoy = "POST /beta/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n".to_owned();
    let last = || post(&server, "Connection: close\r\nContent-Length: 2\r\n", "{}");
    let contradicting = || post(&server, CONTRADICTING, "{}");
    let with_chunks = || post(&server, "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
    let cases: Vec<(&str, Vec<String>, Vec<u16>)> = vec![
        (
            "a decoy that contradicts itself",
            vec![counted(&server, &contradicting_decoy), counted(&server, "{}"), last()],
            vec![200, 200, 200],
        ),
        (
            "an innocuous decoy before a contradiction",
            vec![counted(&server, &innocuous_decoy), contradicting(), last()],
            vec![200, 400],
        ),
        (
            "an innocuous decoy before a length and chunks",
            vec![counted(&server, &innocuous_decoy), with_chunks(), last()],
            vec![200, 400],
        ),
        (
            "a decoy that contradicts itself, in one chunk",
            vec![chunked(&server, &contradicting_decoy, 4_096), counted(&server, "{}"), last()],
            vec![200, 200, 200],
        ),
        (
            "an innocuous decoy in many chunks before a contradiction",
            vec![chunked(&server, &innocuous_decoy, 3), contradicting(), last()],
            vec![200, 400],
        ),
        (
            "a chunk that ends as the last one does",
            vec![chunked(&server, &format!("0\r\n\r\n{innocuous_decoy}"), 4_096), contradicting(), last()],
            vec![200, 400],
        ),
        (
            "a decoy in a trailer",
            vec![
                post(&server, "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nContent-Length: 1\r\n\r\n"),
                contradicting(),
                last(),
            ],
            vec![200, 400],
        ),
    ];
    for (name, requests, statuses) in cases {
        for is_pipelined in [false, true] {
            let responses = converse(&server, &requests, is_pipelined).await;
            let found: Vec<u16> = responses.iter().map(|response| response.status).collect();
            assert_eq!(found, statuses, "{name}, pipelined: {is_pipelined}: {responses:?}");
            if let Some(refused) = responses.iter().find(|response| response.status == 400) {
                assert_eq!(refused.number(), 1010, "{name}");
                assert_eq!(refused.header("connection"), Some("close"), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn requests_of_every_framing_follow_each_other() {
    let server = Running::start(Limits::default(), false).await;
    let body = "x".repeat(20_000);
    let mut requests = Vec::new();
    for size in [1, 7, 4_096, 30_000] {
        requests.push(chunked(&server, &body, size));
        requests.push(counted(&server, &body));
        requests.push(format!("{}\r\n", server.head("GET /beta/books")));
        requests.push(post(&server, "Content-Length: 0\r\n", "\r\n"));
    }
    requests.push(post(&server, "Connection: close\r\nContent-Length: 2\r\n", "{}"));
    for is_pipelined in [false, true] {
        let responses = converse(&server, &requests, is_pipelined).await;
        let found: Vec<u16> = responses.iter().map(|response| response.status).collect();
        assert_eq!(found, vec![200; requests.len()], "pipelined: {is_pipelined}");
    }
}

/// The requests that are refused before their body is read, up to the body.
fn early_refusals(server: &Running) -> Vec<(&'static str, String, u16)> {
    let length = "Content-Length: 10\r\n";
    let head = |line: &str, headers: &str| format!("{}{headers}\r\n", server.head(line));
    let stranger = |headers: &str| format!("POST /beta/x HTTP/1.1\r\nHost: a\r\n{JSON}{headers}\r\n");
    vec![
        ("no token", stranger(length), 401),
        ("a bad token", stranger(&format!("{length}Authorization: Bearer x\r\n")), 401),
        ("a method that is not taken", head("TRACE /beta/x", length), 405),
        ("a method that the bulk does not take", head("PATCH /_/bulk", length), 405),
        ("another media type for lines", head("POST /_/bulk", &format!("{JSON}{length}")), 415),
        ("an unknown coding", head("POST /beta/x", &format!("{JSON}{length}Content-Encoding: br\r\n")), 415),
        ("two media types", head("POST /beta/x", &format!("{JSON}{JSON}{length}")), 400),
        ("another version", head("POST /beta/x", &format!("OData-Version: 3.0\r\n{JSON}{length}")), 400),
        ("too large", head("POST /beta/x", &format!("{JSON}Content-Length: 99999999\r\n")), 413),
        ("bad framing", head("POST /beta/x", &format!("{JSON}{CONTRADICTING}")), 400),
        ("no length", head("POST /beta/x", JSON), 411),
        ("a fragment", head("POST /beta/x#y", &format!("{JSON}{length}")), 400),
        ("an unknown path", head("POST /nowhere", length), 404),
        ("another method", head("POST /healthz", length), 405),
        ("a URL that is too long", head(&format!("POST /beta/{}", "x".repeat(17_000)), length), 414),
    ]
}

#[tokio::test]
async fn an_early_refusal_says_that_the_connection_ends() {
    let server = Running::start(Limits::default(), false).await;
    for (name, head, status) in early_refusals(&server) {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let response = read(&mut stream).await;
        assert_eq!(response.status, status, "{name}: {response:?}");
        assert_eq!(response.header("connection"), Some("close"), "{name}: {response:?}");
    }
    // Nor is a body read that means nothing.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("{}Content-Length: 10\r\n\r\n", server.head("GET /beta/books"));
    stream.write_all(head.as_bytes()).await.unwrap();
    let response = read(&mut stream).await;
    assert_eq!((response.status, response.header("connection")), (200, Some("close")), "{response:?}");
}

#[tokio::test]
async fn a_refusal_that_says_nothing_leaves_the_connection_usable() {
    let server = Running::start(Limits::default(), false).await;
    for (name, head, status) in early_refusals(&server) {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(format!("{head}0123456789").as_bytes()).await.unwrap();
        let refused = read(&mut stream).await;
        assert_eq!(refused.status, status, "{name}: {refused:?}");
        if refused.header("connection").is_none() {
            let next = format!("{}\r\n", server.head("GET /beta/books"));
            stream.write_all(next.as_bytes()).await.unwrap();
            assert_eq!(read(&mut stream).await.status, 200, "{name}");
        }
    }
    // A body that was read before it was refused ends nothing.
    for (name, headers, status) in [
        ("a media type", "Content-Type: text/plain\r\nContent-Length: 2\r\n", 415),
        ("the domain's own word", "Content-Type: application/json\r\nContent-Length: 2\r\n", 404),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(format!("{}{headers}\r\n", server.head("POST /beta/none")).as_bytes())
            .await
            .unwrap();
        stream.write_all(b"{}").await.unwrap();
        let refused = read(&mut stream).await;
        assert_eq!((refused.status, refused.header("connection")), (status, None), "{name}: {refused:?}");
        stream.write_all(format!("{}\r\n", server.head("GET /beta/books")).as_bytes()).await.unwrap();
        assert_eq!(read(&mut stream).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn targets() {
    let server = Running::start(Limits::default(), false).await;
    for (target, status, path) in [
        ("/beta//books", 200, "/beta/books"),
        ("/v1.0//books", 200, "/v1.0/books"),
        ("/beta/books", 200, "/beta/books"),
        ("/beta/books#top", 400, ""),
        ("/beta/books?$filter=a#top", 400, ""),
        ("/beta/books#", 400, ""),
        ("/beta/books?$filter=%23", 200, "/beta/books"),
    ] {
        let head = server.head(&format!("GET {target}"));
        let response = server.raw(format!("{head}Connection: close\r\n\r\n")).await;
        assert_eq!(response.status, status, "{target}: {response:?}");
        match status {
            200 => assert_eq!(response.json()["path"], path, "{target}"),
            _ => assert_eq!(response.number(), 1001, "{target}: {response:?}"),
        }
    }
}
