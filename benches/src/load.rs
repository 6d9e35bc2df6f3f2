//! The load generator: prebuilt requests over keep-alive connections, on one thread, as little work as will do.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::random::Random;
use crate::round::Round;

/// How long one answer may take; a server that hangs must not hang the benchmark.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);
/// What is read at once.
const BUFFER: usize = 64 << 10;
/// The longest head of a response.
const HEAD_MAX: usize = 16 << 10;

/// Requests as they go over the wire.
#[derive(Clone)]
pub(crate) struct Requests {
    authorization: String,
    texts: Vec<Request>,
}

#[derive(Clone)]
struct Request {
    bytes: Vec<u8>,
    /// Where random text is filled in each time, and how much.
    hole: Option<(usize, usize)>,
}

impl Requests {
    pub fn new(token: &str) -> Requests {
        Requests { authorization: format!("Bearer {token}"), texts: Vec::new() }
    }

    pub fn add(&mut self, method: &str, path: &str, body: &str) {
        let bytes = request(method, path, &self.authorization, body);
        self.texts.push(Request { bytes, hole: None });
    }

    /// Adds a request in whose body random text follows `before`.
    pub fn add_with_hole(&mut self, method: &str, path: &str, body: &str, before: &str, length: usize) {
        let bytes = request(method, path, &self.authorization, body);
        let at = body.find(before).map(|at| bytes.len() - body.len() + at + before.len());
        self.texts.push(Request { bytes, hole: at.map(|at| (at, length)) });
    }

    /// The bytes of the first one.
    pub fn first(&self) -> &[u8] {
        self.texts.first().map(|request| &*request.bytes).unwrap_or_default()
    }
}

/// A request's bytes.
pub(crate) fn request(method: &str, path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {authorization}\r\naccept: application/json\r\n"
    );
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// Asks for a while on so many connections. Any answer but a success ends it.
pub(crate) fn run(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    time: Duration,
) -> Result<Round> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ready = Vec::new();
        for number in 0..connections {
            let own = requests.texts.iter().skip(number % requests.texts.len().max(1)).step_by(connections);
            ready.push(Connection::open(address, own.cloned().collect(), number).await?);
        }
        let begin = Instant::now();
        let tasks: Vec<_> =
            ready.into_iter().map(|connection| tokio::spawn(connection.ask(begin + time))).collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        Ok(Round::from(latencies, begin.elapsed()))
    })
}

struct Connection {
    stream: TcpStream,
    requests: Vec<Request>,
    random: Random,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr, requests: Vec<Request>, number: usize) -> Result<Connection> {
        let stream = TcpStream::connect(address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        // Other text in each round and connection, so that no two devices have the same serial number.
        let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
        let random = Random::new(u64::try_from(moment & u128::from(u64::MAX))? ^ number as u64);
        Ok(Connection { stream, requests, random, buffer: vec![0; BUFFER] })
    }

    async fn ask(mut self, until: Instant) -> Result<Vec<Duration>> {
        let mut latencies = Vec::with_capacity(1 << 12);
        let count = self.requests.len();
        let mut next = self.random.below(count);
        while Instant::now() < until {
            let Some(request) = self.requests.get_mut(next) else { bail!("there is nothing to ask for") };
            next = (next + 1) % count;
            if let Some((at, length)) = request.hole
                && let Some(hole) = request.bytes.get_mut(at..at + length)
            {
                self.random.fill(hole);
            }
            let begin = Instant::now();
            self.stream.write_all(&request.bytes).await?;
            let answer = read_answer(&mut self.stream, &mut self.buffer);
            tokio::time::timeout(ANSWER_TIME_MAX, answer).await.context("no answer came")??;
            latencies.push(begin.elapsed());
        }
        Ok(latencies)
    }
}

/// Reads a successful answer to its end.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
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
    while left > 0 {
        let most = left.min(buffer.len());
        let count = stream.read(buffer.get_mut(..most).unwrap_or_default()).await?;
        if count == 0 {
            bail!("the server closed the connection in a body");
        }
        left -= count;
    }
    Ok(())
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
    fn a_hole_is_in_the_body() {
        let mut requests = Requests::new("t");
        requests.add_with_hole("POST", "/a", "{\"b\":\"0000\"}", "\"b\":\"", 4);
        let Request { bytes, hole } = &requests.texts[0];
        let (at, length) = hole.unwrap();
        assert_eq!(&bytes[at..at + length], b"0000");
        assert!(bytes.starts_with(b"POST /a HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\n"));
    }

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
}
