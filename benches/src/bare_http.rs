//! Limit A: a hyper server in its own process that answers every request with the same bytes.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::http_client::Answer;

/// Fields that hyper writes itself.
const WRITTEN_BY_HYPER: [&str; 4] = ["connection", "content-length", "date", "transfer-encoding"];

/// The server as seen by whoever started it. Ends when dropped.
pub(crate) struct BareHttp {
    child: Child,
    pub address: SocketAddr,
}

impl BareHttp {
    /// Starts this program again to answer so; the answer is handed over in a file.
    pub fn start(answer: &Answer, file: &Path) -> Result<BareHttp> {
        std::fs::write(file, [answer.head.as_bytes(), &answer.body].concat())?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare-http").arg(file).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the bare HTTP server")?;
        let mut line = String::new();
        let read = child.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut line));
        let address = line.trim().parse();
        let server = BareHttp { child, address: address.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0))) };
        match read {
            Some(Ok(1..)) if server.address.port() != 0 => Ok(server),
            _ => bail!("the bare HTTP server did not start: {line}"),
        }
    }
}

impl Drop for BareHttp {
    fn drop(&mut self) {
        // It holds nothing that could be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until it is killed.
pub(crate) fn run(answer: &Path) -> Result<()> {
    let bytes = std::fs::read(answer).with_context(|| format!("cannot read {}", answer.display()))?;
    let template = Template::parse(&bytes)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(template))
}

async fn serve(template: Template) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let template = template.clone();
        let service = service_fn(move |request| answer(template.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(template: Template, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // A body that breaks off ends the connection, and with it the round.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(template.body));
    *response.status_mut() = template.status;
    *response.headers_mut() = template.headers;
    Ok(response)
}

#[derive(Clone)]
struct Template {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Template {
    fn parse(bytes: &[u8]) -> Result<Template> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("the answer has no head")?;
        let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
        let status = StatusCode::from_bytes(head.as_bytes().get(9..12).unwrap_or_default())?;
        let mut headers = HeaderMap::new();
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            if !WRITTEN_BY_HYPER.contains(&&*name.to_ascii_lowercase()) {
                headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
            }
        }
        let body = Bytes::copy_from_slice(bytes.get(end + 4..).unwrap_or_default());
        Ok(Template { status, headers, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_over() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nrequest-id: a\r\ndate: b\r\n\r\n{}";
        let template = Template::parse(bytes).unwrap();
        assert_eq!((template.status.as_u16(), &template.body[..]), (201, &b"{}"[..]));
        let names: Vec<_> = template.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["request-id"]);
    }
}
