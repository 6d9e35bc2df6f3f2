//! The load generator: requests over keep-alive connections, on one thread, as little work as will do.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::random::Random;
use crate::requests::Requests;
use crate::round::Round;

/// How long one answer may take; a server that hangs must not hang the benchmark.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);
/// What is read at once.
const BUFFER: usize = 64 << 10;
/// The longest head of a response.
const HEAD_MAX: usize = 16 << 10;

/// When a load ends.
#[derive(Clone, Copy)]
pub(crate) enum End {
    After(Duration),
    /// When the collection has so many devices: for a load of creates, which keeps their ids.
    Devices(u64),
}

/// How fast it went, how much was done, and the devices that were created if they were counted.
pub(crate) struct Loaded {
    pub round: Round,
    pub requests: usize,
    pub ids: Vec<Uuid>,
}

/// Asks on so many connections, each the next when it has the answer. Any answer but a success ends it.
pub(crate) async fn run(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    end: End,
) -> Result<Loaded> {
    run_at(address, requests, connections, end, None).await
}

/// Asks on so many connections, together so often in a second at most.
pub(crate) async fn run_at(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    end: End,
    rate: Option<f64>,
) -> Result<Loaded> {
    let requests = requests.clone();
    let interval = rate.map(|rate| Duration::from_secs_f64(connections as f64 / rate));
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(run_here(address, &requests, connections, end, interval))
    };
    tokio::task::spawn_blocking(work).await?
}

async fn run_here(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    end: End,
    interval: Option<Duration>,
) -> Result<Loaded> {
    let mut ready = Vec::new();
    for number in 0..connections {
        ready.push(Connection::open(address, requests.clone(), number, interval).await?);
    }
    let begin = Instant::now();
    let tasks: Vec<_> =
        ready.into_iter().map(|connection| tokio::spawn(connection.ask(begin, end))).collect();
    let (mut latencies, mut ids) = (Vec::new(), Vec::new());
    for task in tasks {
        let asked = task.await??;
        latencies.extend(asked.0);
        ids.extend(asked.1);
    }
    Ok(Loaded { requests: latencies.len(), round: Round::from(latencies, begin.elapsed()), ids })
}

struct Connection {
    stream: TcpStream,
    requests: Requests,
    random: Random,
    buffer: Vec<u8>,
    /// The time from one request to the next; one that is late does not put off the others.
    interval: Option<Duration>,
}

impl Connection {
    async fn open(
        address: SocketAddr,
        requests: Requests,
        number: usize,
        interval: Option<Duration>,
    ) -> Result<Connection> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        // Other devices in each round and connection.
        let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        let random = Random::new(u64::try_from(moment & u128::from(u64::MAX))? ^ number as u64);
        Ok(Connection { stream, requests, random, buffer: vec![0; BUFFER], interval })
    }

    async fn ask(mut self, start: Instant, end: End) -> Result<(Vec<Duration>, Vec<Uuid>)> {
        let (mut latencies, mut ids) = (Vec::with_capacity(1 << 12), Vec::new());
        while match end {
            // Once in any case: a busy machine may begin late.
            End::After(time) => latencies.is_empty() || start.elapsed() < time,
            End::Devices(count) => self.requests.fleet.made() < count,
        } {
            if let Some(interval) = self.interval {
                let next = start + interval.mul_f64(latencies.len() as f64);
                tokio::time::sleep_until(next.into()).await;
            }
            let request = self.requests.next(&mut self.random)?;
            let begin = Instant::now();
            self.stream.write_all(&request).await?;
            let answer = read_answer(&mut self.stream, &mut self.buffer);
            let body = tokio::time::timeout(ANSWER_TIME_MAX, answer).await.context("no answer")??;
            latencies.push(begin.elapsed());
            if matches!(end, End::Devices(_)) {
                ids.push(created_id(body)?);
            }
        }
        Ok((latencies, ids))
    }
}

/// The id of a device that was created.
fn created_id(body: &[u8]) -> Result<Uuid> {
    const BEFORE: &[u8] = b"\"id\":\"";
    let at = body.windows(BEFORE.len()).position(|window| window == BEFORE);
    let id = at.and_then(|at| body.get(at + BEFORE.len()..at + BEFORE.len() + 36));
    Ok(Uuid::try_parse_ascii(id.context("the created device has no id")?)?)
}

/// Reads a successful answer to its end; the part of it that came with its head.
async fn read_answer<'b>(stream: &mut TcpStream, buffer: &'b mut [u8]) -> Result<&'b [u8]> {
    let mut filled = 0;
    let (head, status) = loop {
        let count = stream.read(buffer.get_mut(filled..).unwrap_or_default()).await?;
        if count == 0 {
            bail!("the server closed the connection");
        }
        // The end of the head may have come in two parts.
        let from = filled.saturating_sub(3);
        filled += count;
        let read = buffer.get(..filled).unwrap_or_default();
        if let Some(at) = read.get(from..).and_then(|new| new.windows(4).position(|four| four == b"\r\n\r\n"))
        {
            break (from + at + 4, read.get(9..12).unwrap_or_default());
        }
        if filled > HEAD_MAX {
            bail!("the head of the response is too long");
        }
    };
    let head_text = std::str::from_utf8(buffer.get(..head).unwrap_or_default())?;
    if !status.starts_with(b"2") {
        let read = String::from_utf8_lossy(buffer.get(..filled).unwrap_or_default());
        bail!("the server answered {read}");
    }
    let mut left = match content_length(head_text) {
        Some(length) => (head + length).saturating_sub(filled),
        None if status == b"204" => 0,
        None => bail!("the response says no content-length:\n{head_text}"),
    };
    if left == 0 {
        return Ok(buffer.get(head..filled).unwrap_or_default());
    }
    while left > 0 {
        let most = left.min(buffer.len());
        let count = stream.read(buffer.get_mut(..most).unwrap_or_default()).await?;
        if count == 0 {
            bail!("the server closed the connection in a body");
        }
        left -= count;
    }
    Ok(&[])
}

/// What a head says the length of the body is.
pub(crate) fn content_length(head: &str) -> Option<usize> {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next()?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_found_in_any_case() {
        for (head, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", Some(12)),
            ("HTTP/1.1 200 OK\r\na: b\r\ncontent-length:3\r\n\r\n", Some(3)),
            ("HTTP/1.1 204 No Content\r\n\r\n", None),
        ] {
            assert_eq!(content_length(head), expected, "{head}");
        }
    }

    #[test]
    fn an_id_is_found_in_what_was_created() {
        let id = Uuid::from_u128(7);
        let body = format!("{{\"@odata.context\":\"a\",\"id\":\"{id}\",\"groupTag\":\"b\"}}");
        assert_eq!(created_id(body.as_bytes()).unwrap(), id);
        assert!(created_id(b"{}").is_err());
    }
}
