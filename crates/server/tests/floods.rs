//! Clients that take up connections, bytes or time and give nothing back: each is bounded, and others are served meanwhile.
//!
//! Addresses of the loopback network stand for clients: `127.0.0.2` floods, and whoever else comes is served.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use server::limits::Limits;
use support::{PATIENCE, Running, read};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The bounds of the places, and so of what a flood may hold.
const PLACES: usize = 4;

/// Bounds that a flood reaches soon, and times that pass soon.
fn tight() -> Limits {
    let soon = Duration::from_millis(300);
    Limits {
        connections_per_address: PLACES,
        header_time: soon,
        body_time: soon,
        answer_time: soon,
        handshake_time: soon,
        drain_time: soon,
        ..Limits::default()
    }
}

/// Bounds on connections, and times that do not pass.
fn patient() -> Limits {
    Limits { connections_per_address: PLACES, ..Limits::default() }
}

/// A connection of the client that floods.
async fn flooding(server: &Running) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// Whether the server has closed a connection: it says nothing more.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    match tokio::time::timeout(Duration::from_millis(200), stream.read(&mut byte)).await {
        Ok(Ok(count)) => count == 0,
        Ok(Err(_)) => true,
        Err(_) => false,
    }
}

/// Asks as another client, who is answered whatever goes on.
async fn assert_others_are_served(server: &Running) {
    let request = format!("{}Connection: close\r\n\r\n", server.head("GET /beta/books"));
    assert_eq!(server.raw(request).await.status, 200);
}

/// Asks as another client over TLS.
async fn assert_others_are_served_over_tls(server: &Running) {
    let mut stream = tls(server, TcpStream::connect(server.address).await.unwrap(), b"http/1.1").await;
    let request = format!("{}Connection: close\r\n\r\n", server.head("GET /beta/books"));
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(read(&mut stream).await.status, 200);
}

/// Asks as the client that floods, until its places are free again.
async fn assert_places_are_given_back(server: &Running) {
    let begin = Instant::now();
    loop {
        let mut stream = flooding(server).await;
        let request = format!("{}Connection: close\r\n\r\n", server.head("GET /beta/books"));
        let _ = stream.write_all(request.as_bytes()).await;
        if read(&mut stream).await.status == 200 {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "the places are still taken");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn tls(server: &Running, stream: TcpStream, protocol: &[u8]) -> TlsStream<TcpStream> {
    let authority = server::dev::DevFolder::at(server.folder.path()).authority_file().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_no_more() {
    for (is_tls, name) in [(false, "no request"), (true, "no handshake")] {
        let server = Running::start(patient(), is_tls).await;
        let mut streams = Vec::new();
        for _ in 0..60 {
            streams.push(flooding(&server).await);
        }
        // Whoever is served now came after all of them.
        match is_tls {
            true => assert_others_are_served_over_tls(&server).await,
            false => assert_others_are_served(&server).await,
        }
        let mut open = 0;
        for stream in &mut streams {
            open += usize::from(!is_closed(stream).await);
        }
        assert_eq!(open, PLACES, "{name}");
        drop(streams);
        if !is_tls {
            assert_places_are_given_back(&server).await;
        }
    }
}

#[tokio::test]
async fn handshakes_that_never_end_are_given_up() {
    let server = Running::start(tight(), true).await;
    // Nothing, the beginning of a record, and a record that promises more.
    for bytes in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = flooding(&server).await;
        stream.write_all(bytes).await.unwrap();
        let ended = tokio::time::timeout(PATIENCE, stream.read(&mut [0; 64])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{bytes:?}: {ended:?}");
    }
    assert_others_are_served_over_tls(&server).await;
}

#[tokio::test]
async fn slow_writers_give_up_their_places() {
    let server = Running::start(tight(), false).await;
    let body = "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n";
    for request in
        ["GET /beta/bo".to_owned(), server.head("GET /beta/books"), server.head("POST /beta/books") + body]
    {
        let mut drips = Vec::new();
        for _ in 0..PLACES {
            let (mut stream, request) = (flooding(&server).await, request.clone());
            drips.push(tokio::spawn(async move {
                let _ = stream.write_all(request.as_bytes()).await;
                let begin = Instant::now();
                // A byte now and then is no request.
                while stream.write_all(b"x").await.is_ok() && begin.elapsed() < PATIENCE {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                begin.elapsed()
            }));
        }
        assert_others_are_served(&server).await;
        for drip in drips {
            assert!(drip.await.unwrap() < PATIENCE, "{request}");
        }
        assert_places_are_given_back(&server).await;
    }
}

#[tokio::test]
async fn clients_that_do_not_read_give_up_their_places() {
    let server = Running::start(tight(), false).await;
    // More than the system keeps for a socket.
    let requests = format!("{}\r\n", server.head("GET /beta/large")).repeat(400);
    let mut streams = Vec::new();
    for _ in 0..PLACES {
        let mut stream = flooding(&server).await;
        let writing = tokio::time::timeout(Duration::from_millis(100), stream.write_all(requests.as_bytes()));
        let _ = writing.await;
        streams.push(stream);
    }
    assert_others_are_served(&server).await;
    assert_places_are_given_back(&server).await;
}

/// A frame of HTTP/2 (RFC 9113, 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The beginning of a connection: the preface and a setting, if there is one.
fn preface(setting: &[u8]) -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(SETTINGS, 0, 0, setting)].concat()
}

/// A header that is in no table (RFC 7541, 6.2.2), with a value of less than 16 KiB.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let length = match value.len() {
        short @ 0..127 => vec![u8::try_from(short).unwrap()],
        long => vec![
            127,
            u8::try_from((long - 127) % 128).unwrap() | 128,
            u8::try_from((long - 127) / 128).unwrap(),
        ],
    };
    [&[0, u8::try_from(name.len()).unwrap()], name.as_bytes(), &length, value.as_bytes()].concat()
}

/// The headers of a GET.
fn get(server: &Running, path: &str) -> Vec<u8> {
    let token = format!("Bearer {}", server.token());
    let headers = [(":path", path), (":authority", "localhost"), ("authorization", &token)];
    let indexed = vec![0x82, 0x87];
    [indexed, headers.map(|(name, value)| literal(name, value)).concat()].concat()
}

/// A connection that floods over HTTP/2.
async fn flooding_http2(server: &Running) -> TlsStream<TcpStream> {
    tls(server, flooding(server).await, b"h2").await
}

/// The frames that the server sends until it closes the connection: their kinds and payloads.
async fn frames(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    let reading = async {
        loop {
            let mut head = [0; 9];
            if stream.read_exact(&mut head).await.is_err() {
                return;
            }
            let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            if stream.read_exact(&mut payload).await.is_err() {
                return;
            }
            frames.push((head[3], payload));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the server closes the connection");
    frames
}

/// The reason with which the server left, if it said one.
fn reason(frames: &[(u8, Vec<u8>)]) -> Option<u32> {
    let (_, payload) = frames.iter().find(|(kind, _)| *kind == GOAWAY)?;
    Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()))
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
