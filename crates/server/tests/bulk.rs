//! Lines in and lines out, at a listening server: told as they come, and bounded in time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use serde_json::Value;
use server::limits::Limits;
use support::{PATIENCE, Running, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn begin(server: &Running, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = server.head("POST /_/bulk");
    let head =
        format!("{head}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await.unwrap();
}

/// Reads until a text has come.
async fn hear(stream: &mut TcpStream, heard: &mut String, wanted: &str) {
    let reading = async {
        let mut buffer = [0; 4096];
        while !heard.contains(wanted) {
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "the connection ended before {wanted}: {heard}");
            heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("no {wanted}"));
}

#[tokio::test]
async fn a_line_is_answered_before_the_next_is_sent() {
    let mut server = Running::start(Limits::default(), false).await;
    // Who can unpack is told as soon all the same.
    let mut stream = begin(&server, "Accept-Encoding: gzip\r\n").await;
    let mut heard = String::new();
    for number in 1..=3 {
        send(&mut stream, &format!("first{number}")).await;
        send(&mut stream, &format!("-second{number}\n")).await;
        let answer =
            format!("{{\"line\":{number},\"status\":204,\"id\":\"first{number}-second{number}\"}}\n");
        hear(&mut stream, &mut heard, &answer).await;
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    hear(&mut stream, &mut heard, "\r\n0\r\n\r\n").await;
    assert!(heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
    server.stop();
    server.stopped().await;
}

#[tokio::test]
async fn many_lines_have_an_answer_each_in_their_order() {
    let server = Running::start(Limits::default(), false).await;
    let mut stream = begin(&server, "Connection: close\r\n").await;
    let (mut reader, mut writer) = stream.split();
    let text: String = (1..=5_000).map(|number| format!("{number}\n")).collect();
    let sending = async {
        for part in text.as_bytes().chunks(1_000) {
            let head = format!("{:x}\r\n", part.len());
            writer.write_all(&[head.as_bytes(), part, b"\r\n"].concat()).await.unwrap();
        }
        writer.write_all(b"0\r\n\r\n").await.unwrap();
    };
    let (response, ()) = tokio::join!(read(&mut reader), sending);
    let lines: Vec<Value> = response
        .body
        .split(['\n', '\r'])
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 5_000);
    for (at, line) in lines.iter().enumerate() {
        assert_eq!((&line["line"], &line["id"]), (&(at + 1).into(), &(at + 1).to_string().into()));
    }
}

#[tokio::test]
async fn whoever_sends_nothing_more_is_given_up() {
    let limits = Limits { body_time: Duration::from_millis(200), ..Limits::default() };
    let server = Running::start(limits, false).await;
    let mut stream = begin(&server, "").await;
    let mut heard = String::new();
    send(&mut stream, "one\nbegun").await;
    hear(&mut stream, &mut heard, "{\"line\":2,\"status\":408,\"error\":{\"code\":\"RequestTimeout\"").await;
    assert!(heard.contains("\"line\":1,\"status\":204"), "{heard}");
}
