//! Large work at a listening server: a few at once, and nobody else waits for it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use engine::WorkPlace;
use server::limits::Limits;
use support::{Running, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A body that is a large one.
const LARGE: usize = 100 << 10;

/// Takes all places of requests that come alone.
async fn all_places(server: &Running) -> Vec<WorkPlace> {
    let work = &server.server.work.alone;
    let mut places = Vec::new();
    while let Ok(Ok(place)) = tokio::time::timeout(Duration::from_millis(50), work.take()).await {
        places.push(place);
    }
    places
}

/// A request with a large body.
fn large(server: &Running, path: &str, headers: &str) -> String {
    let head = server.head(&format!("POST {path}"));
    let body = format!("\"{}\"", "x".repeat(LARGE - 2));
    format!("{head}Content-Type: application/json\r\nContent-Length: {LARGE}\r\n{headers}\r\n{body}")
}

async fn sent(server: &Running, request: String) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    tokio::time::timeout(Duration::from_millis(100), stream.read_u8()).await.is_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_all_places_are_taken_large_ones_wait_and_nobody_else() {
    let server = Running::start(Limits::default(), false).await;
    let places = all_places(&server).await;
    let mut body = sent(&server, large(&server, "/beta/books", "")).await;
    let packed = format!("{}Accept-Encoding: gzip\r\n\r\n", server.head("GET /beta/large"));
    let mut packed = sent(&server, packed).await;
    assert!(is_silent(&mut body).await && is_silent(&mut packed).await);
    for path in ["/healthz", "/beta/books", "/beta/large"] {
        let request = format!("{}Connection: close\r\n\r\n", server.head(&format!("GET {path}")));
        assert_eq!(server.raw(request).await.status, 200, "{path}");
    }
    drop(places);
    assert_eq!(read(&mut body).await.status, 200);
    let packed = read(&mut packed).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
    let length: usize = packed.header("content-length").unwrap().parse().unwrap();
    assert!(length < LARGE / 10, "packed as a whole: {length}");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_for_a_place_are_told_that_the_server_stops() {
    let limits = Limits { drain_time: Duration::from_secs(1), ..Limits::default() };
    let mut server = Running::start(limits, false).await;
    let _places = all_places(&server).await;
    let mut body = sent(&server, large(&server, "/beta/books", "")).await;
    assert!(is_silent(&mut body).await);
    server.stop();
    let told = read(&mut body).await;
    assert_eq!((told.status, told.header("retry-after")), (503, Some("2")), "{told:?}");
    server.stopped().await;
}

#[tokio::test]
async fn a_client_that_sends_on_reads_why_it_was_refused() {
    let server = Running::start(Limits { body_bytes: LARGE, ..Limits::default() }, false).await;
    let head = server.head("POST /beta/books");
    let head = format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", 8 << 20);
    let mut stream = sent(&server, head).await;
    // Slowly, so that it is not through when the answer comes.
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        stream.write_all(&[b' '; 4 << 10]).await.unwrap();
    }
    let refused = read(&mut stream).await;
    assert_eq!((refused.status, refused.header("connection")), (413, Some("close")), "{refused:?}");
    assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 0);
}
