//! The floods. Each is a number of clients that begin at once, and ends by itself.

use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;

use super::client::{Client, Stream, Tally, Told, read};
use crate::fleet;
use crate::options::BoundsOptions;
use crate::requests::DEVICES;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const IMPORT: &str = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities/import";
/// The body that a server takes.
const BODY_BYTES: usize = 4 << 20;
/// How long slow clients are slow.
const SLOW_TIME: Duration = Duration::from_secs(12);
/// The identities of one import.
const IMPORT_ROWS: u64 = 500;
/// The lists of those that import, which are fewer: each registers all of its identities.
const IMPORTS: usize = 24;

/// A flood by its name.
pub(super) struct Flood {
    pub name: &'static str,
    /// Whether it is of a server that speaks TLS.
    pub is_tls: bool,
    pub run: fn(Client, SocketAddr, &BoundsOptions) -> BoxFuture<'static, Result<Tally>>,
}

/// The floods in the order in which a server has them.
pub(super) const FLOODS: [Flood; 13] = [
    Flood {
        name: "connections",
        is_tls: false,
        run: |client, address, options| Box::pin(connections(client, address, options.connections as usize)),
    },
    Flood {
        name: "slow-heads",
        is_tls: false,
        run: |client, address, options| Box::pin(slow_heads(client, address, options.clients as usize)),
    },
    Flood {
        name: "slow-bodies",
        is_tls: false,
        run: |client, address, options| Box::pin(slow_bodies(client, address, options.clients as usize)),
    },
    Flood {
        name: "slow-readers",
        is_tls: false,
        run: |client, address, options| Box::pin(slow_readers(client, address, options.clients as usize)),
    },
    Flood {
        name: "bodies",
        is_tls: false,
        run: |client, address, options| Box::pin(bodies(client, address, options.clients as usize)),
    },
    Flood {
        name: "numbers",
        is_tls: false,
        run: |client, address, options| Box::pin(numbers(client, address, options.clients as usize)),
    },
    Flood {
        name: "bombs",
        is_tls: false,
        run: |client, address, options| Box::pin(bombs(client, address, options.clients as usize)),
    },
    Flood { name: "imports", is_tls: false, run: |client, address, _| Box::pin(imports(client, address)) },
    Flood {
        name: "batches",
        is_tls: false,
        run: |client, address, options| Box::pin(batches(client, address, options.clients as usize)),
    },
    Flood {
        name: "filters",
        is_tls: false,
        run: |client, address, options| Box::pin(filters(client, address, options.clients as usize)),
    },
    Flood {
        name: "exports",
        is_tls: false,
        run: |client, address, options| Box::pin(exports(client, address, options.clients as usize)),
    },
    Flood {
        name: "bulk",
        is_tls: false,
        run: |client, address, options| Box::pin(bulk(client, address, options.clients as usize)),
    },
    Flood {
        name: "tls",
        is_tls: true,
        run: |client, address, options| Box::pin(connections(client, address, options.connections as usize)),
    },
];

/// So many clients at once, and what they were told.
async fn all<F>(count: usize, client: impl Fn(usize) -> F) -> Result<Tally>
where
    F: Future<Output = Told> + Send + 'static,
{
    let mut clients = JoinSet::new();
    (0..count).for_each(|number| {
        clients.spawn(client(number));
    });
    let mut tally = Tally::new();
    while let Some(told) = clients.join_next().await {
        *tally.entry(told?).or_default() += 1;
    }
    Ok(tally)
}

/// The same request of each.
async fn ask_all(client: Client, address: SocketAddr, count: usize, request: Vec<u8>) -> Result<Tally> {
    let request: Arc<[u8]> = request.into();
    all(count, |number| {
        let (client, request) = (client.clone(), request.clone());
        async move { client.ask(address, number, &request).await }
    })
    .await
}

/// Connections that stay open: every other one asks once, the rest say nothing. They come a hundred at a time, as the
/// system keeps only so many that wait.
async fn connections(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    let request = client.request("GET", &format!("{DEVICES}?$top=1"), &[], &[]);
    let (mut tally, mut open) = (Tally::new(), Vec::new());
    for first in (0..count).step_by(100) {
        let mut opening = JoinSet::new();
        for number in first..(first + 100).min(count) {
            let (client, request) = (client.clone(), request.clone());
            opening.spawn(async move {
                let Ok(mut stream) = client.open(address, number).await else { return (None, Told::Closed) };
                match number % 2 {
                    0 => (Some(stream), Told::Open),
                    _ => {
                        let told = client.ask_on(&mut stream, &request).await;
                        (Some(stream), told)
                    }
                }
            });
        }
        while let Some(opened) = opening.join_next().await {
            let (stream, told) = opened?;
            open.extend(stream);
            *tally.entry(told).or_default() += 1;
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    Ok(tally)
}

/// Sends the rest of a request a byte at a time, then says how the connection fares.
async fn drip(mut stream: Box<dyn Stream>, bytes: &[u8]) -> Told {
    let begin = tokio::time::Instant::now();
    for byte in bytes.iter().cycle() {
        if stream.write_all(&[*byte]).await.is_err() || begin.elapsed() > SLOW_TIME {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    match tokio::time::timeout(Duration::from_secs(1), read(&mut stream)).await {
        Ok(told) => told,
        Err(_) => Told::Open,
    }
}

async fn slow_heads(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    all(count, |number| {
        let client = client.clone();
        async move {
            let Ok(mut stream) = client.open(address, number).await else { return Told::Closed };
            let _ = stream.write_all(b"GET /beta/devices HTTP/1.1\r\nx: ").await;
            drip(stream, b"x").await
        }
    })
    .await
}

/// Bodies of the largest size that never come.
async fn slow_bodies(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    let mut head = client.request("POST", DEVICES, &JSON, &vec![b' '; BODY_BYTES]);
    head.truncate(4_000);
    all(count, |number| {
        let (client, head) = (client.clone(), head.clone());
        async move {
            let Ok(mut stream) = client.open(address, number).await else { return Told::Closed };
            let _ = stream.write_all(&head).await;
            drip(stream, b" ").await
        }
    })
    .await
}

/// Clients that ask for a page of a thousand, each another one, and do not fetch it for a while.
async fn slow_readers(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    all(count, |number| {
        let client = client.clone();
        async move {
            let Ok(mut stream) = client.open(address, number).await else { return Told::Closed };
            let path = format!("{DEVICES}?$top=1000&$filter=serialNumber%20ne%20'{number}'");
            if stream.write_all(&client.request("GET", &path, &[], &[])).await.is_err() {
                return Told::Closed;
            }
            tokio::time::sleep(SLOW_TIME).await;
            match tokio::time::timeout(Duration::from_secs(60), read(&mut stream)).await {
                Ok(told) => told,
                Err(_) => Told::Hung,
            }
        }
    })
    .await
}

/// The largest bodies, with one long text in each.
async fn bodies(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    let body = format!("{{\"serialNumber\":\"{}\"}}", "x".repeat(BODY_BYTES - 20));
    let request = client.request("POST", DEVICES, &JSON, body.as_bytes());
    ask_all(client, address, count, request).await
}

/// The largest bodies, with as many values in each as there can be.
async fn numbers(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    let body = format!("{{\"serialNumber\":[0{}]}}", ",0".repeat(BODY_BYTES / 2 - 20));
    let request = client.request("POST", DEVICES, &JSON, body.as_bytes());
    ask_all(client, address, count, request).await
}

/// Bodies of a quarter of a mebibyte that hold 256.
async fn bombs(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&blanks)?;
    }
    let packed = encoder.finish()?;
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let request = client.request("POST", DEVICES, &headers, &packed);
    ask_all(client, address, count, request).await
}

/// Lists of identities with hashes, each of its own.
async fn imports(client: Client, address: SocketAddr) -> Result<Tally> {
    let mut requests = Vec::new();
    for number in 0..IMPORTS as u64 {
        let first = 1_000_000 + number * IMPORT_ROWS;
        let rows: Vec<String> = (first..first + IMPORT_ROWS).map(fleet::identity).collect::<Result<_>>()?;
        let body = format!("{{\"importedWindowsAutopilotDeviceIdentities\":[{}]}}", rows.join(","));
        requests.push(client.request("POST", IMPORT, &JSON, body.as_bytes()));
    }
    all(requests.len(), |number| {
        let (client, request) = (client.clone(), requests.get(number).cloned().unwrap_or_default());
        async move { client.ask(address, number, &request).await }
    })
    .await
}

/// Batches of twenty pages of a thousand, each another one, with all that can be told of each entity.
async fn batches(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    all(count, |number| {
        let client = client.clone();
        let part = |at: usize| {
            format!(
                "{{\"id\":\"{at}\",\"method\":\"GET\",\"url\":\"/deviceManagement/windowsAutopilotDeviceIdentities\
                 ?$top=1000&$count=true&$filter=serialNumber%20ne%20'{number}-{at}'\",\
                 \"headers\":{{\"Accept\":\"application/json;odata.metadata=full\"}}}}"
            )
        };
        let body = format!("{{\"requests\":[{}]}}", (0..20).map(part).collect::<Vec<_>>().join(","));
        let request = client.request("POST", "/beta/$batch", &JSON, body.as_bytes());
        async move { client.ask(address, number, &request).await }
    })
    .await
}

/// The longest filters, of which no part can be left out.
async fn filters(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    all(count, |number| {
        let client = client.clone();
        let mut filter = format!("contains(serialNumber,'{number}')");
        for at in 0.. {
            let more = format!("%20or%20contains(tolower(displayName),'q{at}')");
            if filter.len() + more.len() > 15_000 {
                break;
            }
            filter.push_str(&more);
        }
        let request = client.request("GET", &format!("{DEVICES}?$count=true&$filter={filter}"), &[], &[]);
        async move { client.ask(address, number, &request).await }
    })
    .await
}

/// Everything, page by page, packed.
async fn exports(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    all(count, |number| {
        let client = client.clone();
        async move {
            let mut told = Told::Closed;
            for skip in [0, 1_000, 2_000] {
                let path = format!("{DEVICES}?$top=1000&$skip={skip}&$filter=serialNumber%20ne%20'{number}'");
                let headers =
                    [("accept-encoding", "gzip"), ("accept", "application/json;odata.metadata=full")];
                told = client.ask(address, number, &client.request("GET", &path, &headers, &[])).await;
            }
            told
        }
    })
    .await
}

/// Lines without end, as short as can be, of clients that do not read what becomes of them for a while.
async fn bulk(client: Client, address: SocketAddr, count: usize) -> Result<Tally> {
    let headers = [("content-type", "application/x-ndjson"), ("connection", "close")];
    let request = client.request("POST", "/_/bulk?dryRun=true", &headers, &b"1\n".repeat(30_000));
    let request: Arc<[u8]> = request.into();
    all(count, |number| {
        let (client, request) = (client.clone(), request.clone());
        async move {
            let Ok(stream) = client.open(address, number).await else { return Told::Closed };
            let (mut reader, mut writer) = tokio::io::split(stream);
            let writing = tokio::spawn(async move { writer.write_all(&request).await });
            tokio::time::sleep(Duration::from_secs(3)).await;
            // The first lines; then it has seen enough.
            let mut part = vec![0; 16 << 10];
            let told = tokio::time::timeout(Duration::from_secs(60), reader.read(&mut part)).await;
            writing.abort();
            match told {
                Ok(Ok(count)) if part.get(9..12) == Some(b"200") && count > 0 => Told::Answered(200),
                Ok(_) => Told::Closed,
                Err(_) => Told::Hung,
            }
        }
    })
    .await
}
