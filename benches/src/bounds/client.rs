//! A client of a flood: it comes from an address of its own, sends what it likes, and says what it was told.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use memchr::memmem;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;

use crate::load::content_length;
use crate::muster::Program;

/// The time after which a client has waited in vain.
const PATIENCE: Duration = Duration::from_secs(90);
/// The connections that come from one address.
const CONNECTIONS_EACH: usize = 1_000;
/// What a batch says of a request that was told to come back later.
const REFUSED_IN_BATCH: &[u8] = b"\"status\":503,";
/// The longest head of an answer.
const HEAD_MAX: usize = 64 << 10;

/// What a client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    /// An answer that is no failure of the server.
    Answered(u16),
    /// A batch of which some requests were told to come back later.
    AnsweredInPart,
    /// Come back later, and when.
    Later(u16),
    /// A failure of the server.
    Failure(u16),
    /// 503 or 429, and not when to come back.
    RefusedWithoutWord,
    /// The connection was closed without an answer.
    Closed,
    /// The connection was open as long as it was wanted.
    Open,
    /// Nothing, for longer than anything may take.
    Hung,
}

impl Told {
    /// Whether nobody may be told so.
    pub(crate) fn is_bad(&self) -> bool {
        matches!(self, Told::Failure(_) | Told::Hung | Told::RefusedWithoutWord)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Answered(status) => write!(formatter, "{status}:"),
            Told::AnsweredInPart => formatter.write_str("200 but for some:"),
            Told::Later(status) => write!(formatter, "{status} with Retry-After:"),
            Told::Failure(status) => write!(formatter, "FAILURE {status}:"),
            Told::RefusedWithoutWord => formatter.write_str("503 WITHOUT Retry-After:"),
            Told::Closed => formatter.write_str("closed:"),
            Told::Open => formatter.write_str("kept open:"),
            Told::Hung => formatter.write_str("HUNG:"),
        }
    }
}

/// What became of the clients of a flood: how many were told what.
pub(crate) type Tally = BTreeMap<Told, usize>;

/// A connection of either kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A client that floods the server, with its token and its trust.
#[derive(Clone)]
pub(crate) struct Client {
    tls: Option<TlsConnector>,
    authorization: Arc<str>,
}

impl Client {
    /// A client of a server that is about to be started; its data folder is made.
    pub(crate) fn of(program: &Program) -> Result<Client> {
        // `muster token` makes the folder's keys, and the server uses them.
        let first = program.start()?;
        let authorization = format!("Bearer {}", program.token()?).into();
        first.stop()?;
        let tls = match program.is_tls {
            false => None,
            true => {
                let mut roots = RootCertStore::empty();
                let authority = program.data.join("ca.pem");
                let authority = CertificateDer::from_pem_file(&authority);
                roots.add(authority.map_err(|error| anyhow::anyhow!("no authority: {error}"))?)?;
                let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
                let builder = ClientConfig::builder_with_provider(provider);
                let builder = builder.with_safe_default_protocol_versions()?;
                Some(TlsConnector::from(Arc::new(
                    builder.with_root_certificates(roots).with_no_client_auth(),
                )))
            }
        };
        Ok(Client { tls, authorization })
    }

    /// Opens a connection. So many come from each address.
    pub(crate) async fn open(&self, address: SocketAddr, number: usize) -> Result<Box<dyn Stream>> {
        let socket = TcpSocket::new_v4()?;
        let source = u8::try_from(number / CONNECTIONS_EACH + 2).context("too many clients")?;
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 1, source), 0)))?;
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(match &self.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(ServerName::try_from("localhost")?, stream).await?),
        })
    }

    /// The bytes of a request.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\n",
            self.authorization
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        [head.as_bytes(), body].concat()
    }

    /// Opens a connection, sends a request, and reads the answer.
    pub(crate) async fn ask(&self, address: SocketAddr, number: usize, request: &[u8]) -> Told {
        match tokio::time::timeout(PATIENCE, self.open(address, number)).await {
            Err(_) => Told::Hung,
            Ok(Err(_)) => Told::Closed,
            Ok(Ok(mut stream)) => self.ask_on(&mut stream, request).await,
        }
    }

    /// Sends a request and reads the answer to its end. It may come before the request is sent.
    pub(crate) async fn ask_on(&self, stream: &mut Box<dyn Stream>, request: &[u8]) -> Told {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let exchange = async {
            let reading = read(&mut reader);
            tokio::pin!(reading);
            tokio::select! {
                told = &mut reading => told,
                _ = writer.write_all(request) => reading.await,
            }
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap_or(Told::Hung)
    }
}

/// Reads an answer to its end.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Told {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    let end = loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return Told::Closed,
            Ok(count) => bytes.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if bytes.len() > HEAD_MAX {
            return Told::Closed;
        }
    };
    let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_lowercase();
    let mut left = match content_length(&head) {
        Some(length) => (end + length).saturating_sub(bytes.len()),
        None if head.contains("transfer-encoding") => usize::MAX,
        None => 0,
    };
    let has_refused = |part: &[u8]| memmem::find(part, REFUSED_IN_BATCH).is_some();
    let mut is_in_part = has_refused(&bytes);
    let mut last = bytes;
    while left > 0 && !(left > HEAD_MAX << 20 && last.ends_with(b"0\r\n\r\n")) {
        match stream.read(&mut buffer).await {
            // An answer that breaks off is none.
            Ok(0) | Err(_) => return Told::Closed,
            Ok(count) => {
                last = buffer.get(..count).unwrap_or_default().to_vec();
                left = left.saturating_sub(count);
                is_in_part |= has_refused(&last);
            }
        }
    }
    match told(&head) {
        Told::Answered(200) if is_in_part => Told::AnsweredInPart,
        told => told,
    }
}

fn told(head: &str) -> Told {
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    match (status, head.contains("\r\nretry-after: ")) {
        (503 | 429, true) => Told::Later(status),
        (503 | 429, false) => Told::RefusedWithoutWord,
        (500.. | 0, _) => Told::Failure(status),
        _ => Told::Answered(status),
    }
}
