//! One request at a time, with its whole answer: for seeding, and to record what Muster answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};

use crate::load::content_length;

/// The longest line of a head.
const LINE_MAX: u64 = 16 << 10;

/// A response of the server.
pub(crate) struct Answer {
    /// Status line and fields, as they came, with the empty line.
    pub head: String,
    pub body: Vec<u8>,
}

/// A kept connection.
pub(crate) struct HttpClient {
    stream: BufReader<TcpStream>,
}

impl HttpClient {
    pub fn connect(address: SocketAddr) -> Result<HttpClient> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(HttpClient { stream: BufReader::new(stream) })
    }

    /// Sends a request and reads its answer, which must be a success.
    pub fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        let Answer { head, body } = self.send(request)?;
        if !head.starts_with("HTTP/1.1 2") {
            let request = String::from_utf8_lossy(request);
            bail!(
                "{}\nanswered: {head}{}",
                request.lines().next().unwrap_or_default(),
                String::from_utf8_lossy(&body)
            );
        }
        Ok(Answer { head, body })
    }

    /// Sends a request and reads its answer, whatever it says.
    pub fn send(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if (&mut self.stream).take(LINE_MAX).read_line(&mut head)? == 0 {
                bail!("the server closed the connection after: {head}");
            }
        }
        let mut body = vec![0; content_length(&head).unwrap_or_default()];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { head, body })
    }
}
