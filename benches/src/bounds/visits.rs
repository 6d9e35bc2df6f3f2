//! What the clients of a flood do, and what they were told.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use super::client::{Stream, Told, read};
use super::requests;
use super::visitor::Visitor;

/// How long slow clients are slow.
const SLOW_TIME: Duration = Duration::from_secs(12);
/// How long those that stay do so when all have come.
const STAY_TIME: Duration = Duration::from_secs(3);
/// The time after which a slow client has waited in vain.
const PATIENCE: Duration = Duration::from_secs(60);

impl Visitor {
    async fn open(&self) -> Option<Box<dyn Stream>> {
        let _opening = self.opening.acquire().await.ok()?;
        self.client.open(self.address, self.number).await.ok()
    }

    async fn ask(&self, request: &[u8]) -> Told {
        self.client.ask(self.address, self.number, request).await
    }
}

/// Asks what all ask.
pub(super) async fn ask(visitor: Visitor) -> Told {
    visitor.ask(&visitor.request).await
}

/// Opens a connection that stays open. Every other client asks once, the rest say nothing.
pub(super) async fn stay(visitor: Visitor) -> Told {
    let mut stream = visitor.open().await;
    let told = match &mut stream {
        None => Told::Closed,
        Some(_) if visitor.number.is_multiple_of(2) => Told::Open,
        Some(stream) => visitor.client.ask_on(stream, &visitor.request).await,
    };
    visitor.meeting.wait().await;
    sleep(STAY_TIME).await;
    told
}

/// Sends the rest of a request a byte at a time, then says how the connection fares.
pub(super) async fn drip(visitor: Visitor) -> Told {
    let Some(mut stream) = visitor.open().await else { return Told::Closed };
    let _ = stream.write_all(&visitor.request).await;
    let begin = Instant::now();
    while begin.elapsed() < SLOW_TIME && stream.write_all(b" ").await.is_ok() {
        sleep(Duration::from_millis(200)).await;
    }
    timeout(Duration::from_secs(1), read(&mut stream)).await.unwrap_or(Told::Open)
}

/// Asks for a page of a thousand, and does not fetch it for a while.
pub(super) async fn read_late(visitor: Visitor) -> Told {
    let Some(mut stream) = visitor.open().await else { return Told::Closed };
    let request = visitor.client.request("GET", &requests::page(visitor.number, 0), &[], &[]);
    if stream.write_all(&request).await.is_err() {
        return Told::Closed;
    }
    sleep(SLOW_TIME).await;
    timeout(PATIENCE, read(&mut stream)).await.unwrap_or(Told::Hung)
}

/// Imports a list of its own.
pub(super) async fn import(visitor: Visitor) -> Told {
    match requests::list(&visitor.client, visitor.number) {
        Ok(request) => visitor.ask(&request).await,
        Err(_) => Told::Closed,
    }
}

/// Asks for a batch of its own.
pub(super) async fn batch(visitor: Visitor) -> Told {
    visitor.ask(&requests::batch(&visitor.client, visitor.number)).await
}

/// Asks with a filter of its own.
pub(super) async fn filter(visitor: Visitor) -> Told {
    visitor.ask(&requests::filter(&visitor.client, visitor.number)).await
}

/// Asks for everything, page by page, packed.
pub(super) async fn export(visitor: Visitor) -> Told {
    let headers = [("accept-encoding", "gzip"), ("accept", "application/json;odata.metadata=full")];
    let mut told = Told::Closed;
    for skip in [0, 1_000, 2_000] {
        let path = requests::page(visitor.number, skip);
        told = visitor.ask(&visitor.client.request("GET", &path, &headers, &[])).await;
    }
    told
}

/// Opens a connection, and when all have one asks for a page of its own.
pub(super) async fn page(visitor: Visitor) -> Told {
    let stream = visitor.open().await;
    visitor.meeting.wait().await;
    let Some(mut stream) = stream else { return Told::Closed };
    let path = requests::page(visitor.number, 0);
    let written = stream.write_all(&visitor.client.request("GET", &path, &[], &[])).await;
    visitor.asked.add_permits(1);
    match written {
        Ok(()) => timeout(PATIENCE, read(&mut stream)).await.unwrap_or(Told::Hung),
        Err(_) => Told::Closed,
    }
}

/// Sends lines without end, and does not read what becomes of them for a while.
pub(super) async fn send_lines(visitor: Visitor) -> Told {
    let Some(stream) = visitor.open().await else { return Told::Closed };
    let (mut reader, mut writer) = tokio::io::split(stream);
    let writing = tokio::spawn(async move { writer.write_all(&visitor.request).await });
    sleep(STAY_TIME).await;
    // The first lines; then it has seen enough.
    let mut part = vec![0; 16 << 10];
    let told = timeout(PATIENCE, reader.read(&mut part)).await;
    writing.abort();
    match told {
        Ok(Ok(count)) if part.get(9..12) == Some(b"200") && count > 0 => Told::Answered(200),
        Ok(_) => Told::Closed,
        Err(_) => Told::Hung,
    }
}
