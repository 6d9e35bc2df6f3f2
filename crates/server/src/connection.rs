//! One connection: TLS if we speak it, HTTP/1.1 or HTTP/2 as agreed, and an end that loses no answer.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Map};
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::error_body;
use crate::exchanges::{ConnectionEnd, Exchanges};
use crate::framing::{RequestHeads, ScannedStream};
use crate::limits::{HEAD_BYTES_MAX, Limits};
use crate::origin::Peer;
use crate::request_error::RequestError;
use crate::serve::Responder;
use crate::stall_guard::StallGuard;
use crate::stopping::Stopping;

/// The time in which a refused client must have sent some more, and the time and the bytes that it may go on sending, before
/// the connection is cut. A connection that is closed while data is still coming is reset, and the reset can overtake the answer.
const LINGER_PAUSE_MAX: Duration = Duration::from_secs(5);
/// The bytes that are some more: who sends less keeps a place, and has no body to be rid of.
const LINGER_PROGRESS_BYTES_MIN: usize = 16 << 10;
const LINGER_TIME_MAX: Duration = Duration::from_secs(20);
const LINGER_BYTES_MAX: usize = 16 << 20;
/// The time of silence while the server stops: idle clients must not hold it up.
const LINGER_PAUSE_STOPPING_MAX: Duration = Duration::from_millis(100);

/// The bytes of an HTTP/1 connection that are read ahead, or wait to be written: a head, and some more.
const BUFFER_BYTES_MAX: usize = HEAD_BYTES_MAX + (32 << 10);
/// The bytes of bodies that an HTTP/2 client may send before anybody has read any, on a stream and on all: enough for 5 MB a
/// second at a distance of 50 ms.
const WINDOW_BYTES: u32 = 256 << 10;

/// The interval at which a silent HTTP/2 client is asked whether it is still there, and the time it has to answer.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIME_MAX: Duration = Duration::from_secs(20);

/// Serves a connection to its end.
pub async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    responder: ConnectionResponder,
    limits: &Limits,
) {
    let stopping = Arc::clone(&responder.stopping);
    let Some(tls) = tls else {
        if begins(async { stream.peek(&mut [0]).await.map(|count| count > 0) }, &stopping, limits).await {
            let stream = StallGuard::new(stream, limits.answer_time);
            Box::pin(serve_http1(stream, responder, limits)).await;
        }
        return;
    };
    let stream = StallGuard::new(stream, limits.answer_time);
    let handshake = tokio::select! {
        outcome = tokio::time::timeout(limits.handshake_time, tls.accept(stream)) => outcome,
        () = stopping.last_call(limits) => return,
    };
    let mut stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "no agreement on TLS"),
        Err(_) => return tracing::debug!("no agreement on TLS in time"),
    };
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => Box::pin(serve_http2(stream, responder, limits)).await,
        _ => {
            let first = async { stream.fill_buf().await.map(|bytes| !bytes.is_empty()) };
            match begins(first, &stopping, limits).await {
                true => Box::pin(serve_http1(stream, responder, limits)).await,
                false => linger(stream, &stopping).await,
            }
        }
    }
}

/// Whether a client begins to say something. Until then its connection needs nothing of what HTTP takes, which is most.
async fn begins(first: impl Future<Output = io::Result<bool>>, stopping: &Stopping, limits: &Limits) -> bool {
    tokio::select! {
        biased;
        outcome = timeout(limits.header_time, first) => matches!(outcome, Ok(Ok(true))),
        () = stopping.last_call(limits) => false,
    }
}

async fn serve_http1<S>(stream: S, responder: ConnectionResponder, limits: &Limits)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stopping = Arc::clone(&responder.stopping);
    let stream = ScannedStream::new(stream, limits);
    let service = ConnectionService { responder, heads: Some(stream.heads()), exchanges: None };
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        // Clients that shut down their sending side still want the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let outcome = tokio::select! {
        outcome = poll_fn(|context| connection.poll_without_shutdown(context)) => outcome,
        () = stopping.last_call(limits) => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    let too_slow = outcome.as_ref().is_err_and(hyper::Error::is_timeout);
    // The library closes the connection of a client that does not finish its headers without a word; this is it. A
    // client that was only idle gets no answer to what it did not ask.
    if too_slow && !parts.read_buf.is_empty() {
        let _ = stream.write_all(&error_body::unasked(&RequestError::TooSlow)).await;
    }
    drop(parts.read_buf);
    linger(stream, &stopping).await;
}

async fn serve_http2<S>(stream: S, responder: ConnectionResponder, limits: &Limits)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stopping = Arc::clone(&responder.stopping);
    let exchanges = Exchanges::new();
    let service = ConnectionService { responder, heads: None, exchanges: Some(Arc::clone(&exchanges)) };
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIME_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    // How it ends is of no interest: each stream has its own answer.
    tokio::select! {
        _ = connection.as_mut() => {}
        // The client learns which of its requests are still taken, so that none is lost.
        () = stopping.draining() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
        end = exchanges.end(limits) => match end {
            ConnectionEnd::Stalled => tracing::debug!("gave up on a client that takes nothing of an answer"),
            ConnectionEnd::Idle => {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(limits.drain_time, connection).await;
            }
        },
    }
}

/// Says that nothing more will come, then reads on for a while so that the client gets to read the answer.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, stopping: &Stopping) {
    let silence = || async {
        tokio::select! {
            () = sleep(LINGER_PAUSE_MAX) => {}
            () = stopping.draining().then(|()| sleep(LINGER_PAUSE_STOPPING_MAX)) => {}
        }
    };
    let discard = async {
        stream.shutdown().await?;
        let mut buffer = vec![0; 16 << 10];
        let (mut total, mut goes_on) = (0, true);
        while goes_on && total < LINGER_BYTES_MAX {
            let enough = total + LINGER_PROGRESS_BYTES_MIN;
            let some_more = async {
                while total < enough {
                    match stream.read(&mut buffer).await? {
                        0 => return Ok(false),
                        count => total += count,
                    }
                    // What is there already would be read to its end while everybody else waits.
                    yield_now().await;
                }
                Ok::<_, io::Error>(true)
            };
            goes_on = tokio::select! {
                progressed = some_more => progressed?,
                () = silence() => false,
            };
        }
        Ok::<_, io::Error>(())
    };
    // Whatever happens now, the connection is closed.
    let _ = timeout(LINGER_TIME_MAX, discard).await;
}

/// What answers the requests of one connection.
#[derive(Clone)]
pub struct ConnectionResponder {
    /// The responder of all connections.
    pub responder: Responder,
    /// The address at the other end.
    pub peer: Peer,
    /// How far the end of the server has come.
    pub stopping: Arc<Stopping>,
}

/// The responder in the form in which the HTTP library calls it.
#[derive(Clone)]
struct ConnectionService {
    responder: ConnectionResponder,
    /// The heads of an HTTP/1 connection, read along; HTTP/2 tells every length itself.
    heads: Option<RequestHeads>,
    /// The exchanges of an HTTP/2 connection; one of HTTP/1 has one at a time.
    exchanges: Option<Arc<Exchanges>>,
}

impl Service<Request<Incoming>> for ConnectionService {
    type Response = Response;
    type Error = Infallible;
    type Future = Map<BoxFuture<'static, Response>, fn(Response) -> Result<Response, Infallible>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        if let Some(fault) = self.heads.as_ref().and_then(RequestHeads::next_fault) {
            request.extensions_mut().insert(fault);
        }
        let ConnectionResponder { responder, peer, .. } = &self.responder;
        request.extensions_mut().insert(*peer);
        let response = responder(request.map(Body::new));
        let response = match self.exchanges.as_ref().map(Exchanges::begin) {
            Some(exchange) => Box::pin(response.map(|response| exchange.watched(response))),
            None => response,
        };
        response.map(Ok as fn(_) -> _)
    }
}
