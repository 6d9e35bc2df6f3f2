//! The bodies and answers that are in memory at once, at a listening server: bounded, with room left for small ones.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use server::limits::Limits;
use support::{Running, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A body that is a large one.
const LARGE: usize = 100 << 10;
/// What is told before it has come.
const PART: &[u8] = b"\"";

/// Room for three large bodies, and a quarter more for small ones.
fn tight() -> Limits {
    Limits { body_bytes: 4 * LARGE, bytes_at_once: 4 * LARGE, ..Limits::default() }
}

/// Begins a request with a large body, and waits until the server wants it.
async fn begun(server: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "{}Content-Type: application/json\r\nContent-Length: {LARGE}\r\nExpect: 100-continue\r\n\r\n",
        server.head("POST /beta/books")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(PART).await.unwrap();
    stream
}

/// Sends the rest of the body; the status of the answer.
async fn finish(mut stream: TcpStream) -> u16 {
    let rest = format!("{}\"", "x".repeat(LARGE - PART.len() - 1));
    stream.write_all(rest.as_bytes()).await.unwrap();
    read(&mut stream).await.status
}

async fn get(server: &Running, path: &str) -> support::RawResponse {
    server.raw(format!("{}Connection: close\r\n\r\n", server.head(&format!("GET {path}")))).await
}

#[tokio::test]
async fn bodies_under_way_leave_no_room_for_a_large_answer_and_some_for_small_ones() {
    let server = Running::start(tight(), false).await;
    let bodies = [begun(&server).await, begun(&server).await, begun(&server).await];
    let refused = get(&server, "/beta/large").await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("2")), "{refused:?}");
    assert_eq!((refused.error_code(), refused.number()), ("ServiceUnavailable".to_owned(), 1202));
    assert_eq!(get(&server, "/beta/books").await.status, 200);
    let small = format!(
        "{}Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
        server.head("POST /beta/books")
    );
    assert_eq!(server.raw(small).await.status, 200);
    for body in bodies {
        assert_eq!(finish(body).await, 200);
    }
    assert_eq!(get(&server, "/beta/large").await.status, 200, "the room is free again");
}

#[tokio::test]
async fn a_body_waits_for_room_and_has_it_in_its_turn() {
    let server = Running::start(tight(), false).await;
    let mut bodies = vec![begun(&server).await, begun(&server).await, begun(&server).await];
    let fourth = begun(&server);
    let first = async { finish(bodies.remove(0)).await };
    let (fourth, first) = tokio::join!(fourth, first);
    assert_eq!((first, finish(fourth).await), (200, 200));
    for body in bodies {
        assert_eq!(finish(body).await, 200);
    }
}

#[tokio::test]
async fn what_tells_no_length_has_room_as_it_comes_and_as_it_is_unpacked() {
    let server = Running::start(tight(), false).await;
    let _bodies = [begun(&server).await, begun(&server).await];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(format!("\"{}\"", "x".repeat(3 * LARGE)).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let post = |headers: &str| {
        format!(
            "{}Connection: close\r\nContent-Type: application/json\r\n{headers}\r\n",
            server.head("POST /beta/books")
        )
    };
    let headers = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", packed.len());
    let unpacked = server.raw([post(&headers).as_bytes(), &packed].concat()).await;
    assert_eq!((unpacked.status, unpacked.number()), (503, 1202), "{unpacked:?}");
    let chunk = format!("{:x}\r\n{}\r\n", 2 * LARGE, "x".repeat(2 * LARGE));
    let chunked = server.raw(post("Transfer-Encoding: chunked\r\n") + &chunk).await;
    assert_eq!((chunked.status, chunked.number()), (503, 1202), "{chunked:?}");
}
