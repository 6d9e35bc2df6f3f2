//! The end of a server, as its clients see it: whoever has asked is answered, and whoever waits is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use server::limits::Limits;
use support::{PATIENCE, Running, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

async fn ask(server: &Running, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    send(server, &mut stream, path).await;
    stream
}

async fn send(server: &Running, stream: &mut TcpStream, path: &str) {
    let request = format!("{}\r\n", server.head(&format!("GET {path}")));
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// Gives the server time to read what was sent. If it has not, the test says less and does not fail.
async fn is_at_work() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn answers_of_a_server_that_stops_are_the_last_of_their_connection() {
    let mut server = Running::start(Limits::default(), false).await;
    let mut kept = ask(&server, "/beta/books").await;
    let before = read(&mut kept).await;
    assert_eq!((before.status, before.header("connection")), (200, None));
    let mut slow = ask(&server, "/beta/slow").await;
    is_at_work().await;
    server.stop();
    let last = read(&mut slow).await;
    assert_eq!((last.status, last.header("connection")), (200, Some("close")));
    // One that was idle ends without an answer.
    assert_eq!(kept.read(&mut [0; 64]).await.unwrap(), 0);
    server.stopped().await;
}

#[tokio::test]
async fn a_request_that_crosses_the_end_is_answered() {
    let mut server = Running::start(Limits::default(), false).await;
    let mut kept = ask(&server, "/beta/books").await;
    assert_eq!(read(&mut kept).await.status, 200);
    server.stop();
    send(&server, &mut kept, "/beta/books").await;
    let answer = read(&mut kept).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    server.stopped().await;
}

#[tokio::test]
async fn connections_that_the_system_has_taken_are_answered() {
    let mut server = Running::start(Limits { connections: 1, ..Limits::default() }, false).await;
    let mut first = ask(&server, "/beta/slow").await;
    let mut waiting = ask(&server, "/beta/books").await;
    is_at_work().await;
    server.stop();
    assert_eq!(read(&mut first).await.status, 200);
    let answer = read(&mut waiting).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    server.stopped().await;
}

#[tokio::test]
async fn whoever_waits_for_something_is_told_to_ask_again() {
    let limits = Limits { drain_time: Duration::from_millis(400), ..Limits::default() };
    let mut server = Running::start(limits, false).await;
    let mut waiting = ask(&server, "/beta/never").await;
    is_at_work().await;
    server.stop();
    let told = read(&mut waiting).await;
    assert_eq!((told.status, told.header("retry-after")), (503, Some("2")), "{told:?}");
    assert_eq!(told.error_code(), "ServiceUnavailable");
    server.stopped().await;
}

#[tokio::test]
async fn lines_that_are_not_carried_out_any_more_are_told() {
    let mut server = Running::start(Limits::default(), false).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "{}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n3\r\nbeg\r\n",
        server.head("POST /_/bulk")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut heard, mut buffer) = (String::new(), [0; 4096]);
    while !heard.contains("{\"line\":1,\"status\":204,\"id\":\"one\"}\n") {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    server.stop();
    // The server waits for no more lines, and the connection ends.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
    heard.push_str(&String::from_utf8_lossy(&rest));
    assert!(
        heard.contains("{\"line\":2,\"status\":503,\"error\":{\"code\":\"ServiceUnavailable\""),
        "{heard}"
    );
    assert!(heard.ends_with("0\r\n\r\n"), "the answer is whole: {heard}");
    server.stopped().await;
}

#[tokio::test]
async fn a_server_that_leaves_says_so_and_serves_meanwhile() {
    let limits = Limits { stop_delay: PATIENCE, ..Limits::default() };
    let mut server = Running::start(limits, false).await;
    let probe = async |server: &Running| {
        let answer = server.raw("GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        (answer.status, answer.body)
    };
    // The stand-in for the domain is never ready.
    assert_eq!(probe(&server).await, (503, "not ready\n".to_owned()));
    server.stop();
    let begin = Instant::now();
    while probe(&server).await != (503, "stopping\n".to_owned()) {
        assert!(begin.elapsed() < PATIENCE, "it never says so");
    }
    let mut stream = ask(&server, "/beta/books").await;
    let answer = read(&mut stream).await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    let (address, begin) = (server.address, Instant::now());
    server.stop();
    server.stopped().await;
    assert!(begin.elapsed() < PATIENCE / 2, "a second signal ends the delay");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_second_signal_waits_for_nobody() {
    let limits = Limits { drain_time: PATIENCE, ..Limits::default() };
    let mut server = Running::start(limits, false).await;
    let _never = ask(&server, "/beta/never").await;
    is_at_work().await;
    let begin = Instant::now();
    server.stop();
    server.stop();
    server.stopped().await;
    assert!(begin.elapsed() < Duration::from_secs(1), "took {:?}", begin.elapsed());
}
