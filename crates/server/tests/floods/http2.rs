//! What a client can do to the streams of an HTTP/2 connection

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, RST_STREAM,
    SETTINGS, frame, frames, get, literal, preface, reason,
};
use crate::support::Running;
use crate::{assert_others_are_served_over_tls, flooding, patient, tight, tls};

/// A connection that floods over HTTP/2.
async fn flooding_http2(server: &Running) -> TlsStream<TcpStream> {
    tls(server, flooding(server).await, b"h2").await
}

#[tokio::test]
async fn an_http2_connection_on_which_nothing_is_asked_ends() {
    let server = Running::start(tight(), true).await;
    let asked =
        [preface(b""), frame(HEADERS, END_STREAM | END_HEADERS, 1, &get(&server, "/beta/books"))].concat();
    for (name, bytes) in [("nothing", vec![]), ("a preface", preface(b"")), ("one request", asked)] {
        let mut stream = flooding_http2(&server).await;
        stream.write_all(&bytes).await.unwrap();
        let seen = frames(&mut stream).await;
        assert_eq!(seen.iter().any(|(kind, _)| *kind == DATA), name == "one request", "{name}: {seen:?}");
    }
    assert_others_are_served_over_tls(&server).await;
}

#[tokio::test]
async fn an_http2_answer_that_nobody_takes_is_given_up() {
    let server = Running::start(tight(), true).await;
    let headers = get(&server, "/beta/large");
    // The windows of each answer: nothing at all, and a byte.
    for window in [0_u8, 1] {
        let mut stream = flooding_http2(&server).await;
        let mut bytes = preface(&[0, 4, 0, 0, 0, window]);
        bytes.extend(frame(SETTINGS, ACK, 0, b""));
        for number in 0..50 {
            bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, &headers));
        }
        stream.write_all(&bytes).await.unwrap();
        let sent: usize = frames(&mut stream)
            .await
            .iter()
            .filter(|(kind, _)| *kind == DATA)
            .map(|(_, data)| data.len())
            .sum();
        assert_eq!(sent, usize::from(window) * 50);
    }
    assert_others_are_served_over_tls(&server).await;
}

#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let server = Running::start(patient(), true).await;
    let stream = flooding_http2(&server).await;
    let mut bytes = preface(b"");
    let headers = get(&server, "/beta/slow");
    for number in 0..5_000 {
        bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, &headers));
        bytes.extend(frame(RST_STREAM, 0, 2 * number + 1, &8_u32.to_be_bytes()));
    }
    let (mut reading, mut writing) = tokio::io::split(stream);
    let write = tokio::spawn(async move { writing.write_all(&bytes).await });
    assert_eq!(reason(&frames(&mut reading).await), Some(ENHANCE_YOUR_CALM));
    let _ = write.await;
    assert_others_are_served_over_tls(&server).await;
}

#[tokio::test]
async fn headers_without_end_end_the_connection() {
    let server = Running::start(patient(), true).await;
    let field = literal("x", &"a".repeat(8_000));
    for (name, payload) in [("fields", [field.clone(), field].concat()), ("nothing at all", vec![])] {
        let mut stream = flooding_http2(&server).await;
        stream.write_all(&preface(b"")).await.unwrap();
        stream.write_all(&frame(HEADERS, END_STREAM, 1, &get(&server, "/beta/books"))).await.unwrap();
        let more = frame(CONTINUATION, 0, 1, &payload);
        let mut count = 0;
        while count < 10_000 && stream.write_all(&more).await.is_ok() {
            count += 1;
        }
        assert!(count < 10_000, "{name}: the server took all of them");
        frames(&mut stream).await;
    }
    assert_others_are_served_over_tls(&server).await;
}

#[tokio::test]
async fn too_many_headers_are_refused_alone() {
    let server = Running::start(patient(), true).await;
    let many: Vec<u8> = (0..80).flat_map(|number| literal(&format!("x-{number}"), "1")).collect();
    let mut stream = flooding_http2(&server).await;
    let mut bytes = preface(b"");
    bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, 1, &[get(&server, "/beta/books"), many].concat()));
    bytes.extend(frame(HEADERS, END_STREAM | END_HEADERS, 3, &get(&server, "/beta/books")));
    bytes.extend(frame(GOAWAY, 0, 0, &[0; 8]));
    stream.write_all(&bytes).await.unwrap();
    let seen = frames(&mut stream).await;
    let body: Vec<u8> =
        seen.into_iter().filter(|(kind, _)| *kind == DATA).flat_map(|(_, data)| data).collect();
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("RequestHeadersTooLarge") && text.contains("\"path\":\"/beta/books\""), "{text}");
}
