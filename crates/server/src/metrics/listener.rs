//! The address on which metrics are read. Plain HTTP, so that it is for a network of one's own: what is told there names
//! no tenant and no caller.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Metrics;
use super::exposition::MEDIA_TYPE;
use crate::graph::Graph;
use crate::request_error::RequestError;
use crate::startup_error::StartupError;

/// The most connections at once: two Prometheus servers, and who looks by hand.
const CONNECTIONS_MAX: usize = 8;
/// The time in which a request must come; then the connection is closed.
const HEAD_TIME_MAX: Duration = Duration::from_secs(75);
/// The time that a whole connection may take.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(3_600);
/// The pause after the system refused to hand over a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The only path.
const PATH: &str = "/metrics";

/// A bound address on which metrics are read.
pub struct MetricsListener {
    socket: TcpListener,
    /// The address, with the real port.
    pub address: SocketAddr,
}

impl MetricsListener {
    /// Binds the address that the setting `metrics.listen` names.
    pub async fn bind(address: &str) -> Result<MetricsListener, StartupError> {
        let bound = async {
            let socket = TcpListener::bind(address).await?;
            let address = socket.local_addr()?;
            Ok::<_, std::io::Error>(MetricsListener { socket, address })
        };
        bound.await.map_err(|error| {
            StartupError::Failed(format!("cannot listen on metrics.listen = '{address}': {error}"))
        })
    }

    /// Answers for as long as the process runs.
    pub async fn serve<G: Graph>(self, metrics: Metrics<G>) {
        let (metrics, places) = (Arc::new(metrics), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
        // The semaphore is never closed.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let Ok((stream, _)) = self.socket.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let metrics = Arc::clone(&metrics);
            tokio::spawn(async move {
                let service = service_fn(|request: http::Request<Incoming>| {
                    let metrics = Arc::clone(&metrics);
                    async move {
                        Ok::<_, Infallible>(answer(&*metrics, request.method(), request.uri().path()).await)
                    }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_TIME_MAX)
                    .serve_connection(TokioIo::new(stream), service);
                // However it ends, there is nothing to do about it.
                let _ = tokio::time::timeout(CONNECTION_TIME_MAX, connection).await;
                drop(place);
            });
        }
    }
}

async fn answer<G: Graph>(metrics: &Metrics<G>, method: &Method, path: &str) -> Response {
    if path != PATH {
        return RequestError::no_such_path(path).into_response();
    }
    if *method != Method::GET {
        return RequestError::NoSuchMethod { method: method.clone(), allow: None }.into_response();
    }
    let mut response = metrics.text().await.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}
