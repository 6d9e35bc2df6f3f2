//! Floods of connections, and those of HTTP/1 that are slow

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{PATIENCE, Running, read};
use crate::{PLACES, assert_others_are_served_over_tls, flooding, patient, tight};

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
