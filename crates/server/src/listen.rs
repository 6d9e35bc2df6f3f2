//! Where connections come in: a bounded number of them, until the server is told to stop.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::watch;

use crate::connection::{self, ConnectionResponder};
use crate::connection_bounds::ConnectionBounds;
use crate::http_figures::HttpFigures;
use crate::limits::Limits;
use crate::origin::{Edge, Peer, Scheme};
use crate::serve::Responder;
use crate::startup_error::StartupError;
use crate::tls::Tls;

/// The pause after the system refused to hand over a connection, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound address on which connections are accepted.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    /// What is counted of connections and requests.
    pub figures: Arc<HttpFigures>,
    /// The places of connections.
    pub bounds: Arc<ConnectionBounds>,
}

impl Listener {
    /// Binds `HOST:PORT`. Without TLS only a loopback address is taken: tokens and secrets pass here.
    pub async fn bind(address: &str, tls: Option<Tls>) -> Result<Listener, StartupError> {
        let addresses: Vec<SocketAddr> = match lookup_host(address).await {
            Ok(addresses) => addresses.collect(),
            Err(error) => {
                return Err(StartupError::Misused(format!(
                    "cannot listen on '{address}': {error}; give --listen HOST:PORT, such as 127.0.0.1:8443"
                )));
            }
        };
        if tls.is_none() && !addresses.iter().all(|address| address.ip().is_loopback()) {
            return Err(StartupError::Misused(format!(
                "--plain-http speaks on a loopback address only, and '{address}' is none; \
                 leave it out, or listen on 127.0.0.1 behind a TLS proxy"
            )));
        }
        let bound = async {
            let socket = TcpListener::bind(addresses.as_slice()).await?;
            let address = socket.local_addr()?;
            Ok::<_, std::io::Error>((socket, address))
        };
        let (socket, bound_address) = bound.await.map_err(|error| {
            StartupError::Failed(format!(
                "cannot listen on {address}: {error}; stop what listens there, or choose another --listen"
            ))
        })?;
        Ok(Listener { socket, address: bound_address, tls, figures: Arc::default(), bounds: Arc::default() })
    }

    /// The scheme by which clients reach the address.
    pub fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::Https } else { Scheme::Http }
    }

    /// The origin, with the real port: `https://127.0.0.1:8443`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme().as_str(), self.address)
    }

    /// The origin for clients on this machine: who listens on all addresses is reached on the loopback one.
    pub fn local_origin(&self) -> String {
        let host = match self.address.ip() {
            ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        format!("{}://{}", self.scheme().as_str(), SocketAddr::new(host, self.port()))
    }

    /// The port that was bound, also where the system picked it.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Accepts connections until `stop` is done; then lets requests that are under way finish, within their bound.
    pub async fn serve(
        self,
        responder: Responder,
        limits: &Limits,
        edge: &Edge,
        stop: impl Future<Output = ()>,
    ) {
        tracing::info!(origin = self.origin(), "accepting connections");
        self.bounds.resize(limits);
        let (stopping, stopped) = watch::channel(false);
        let accepting = self.accept(responder, (limits, edge), stopped);
        tokio::select! {
            () = accepting => {}
            () = stop => {}
        }
        tracing::info!("stopping");
        drop(self.socket);
        // A send fails only if nobody listens, which is what we wait for.
        let _ = stopping.send(true);
        if tokio::time::timeout(limits.drain_time, self.bounds.emptied()).await.is_err() {
            let open = self.bounds.taken();
            tracing::warn!(connections = open, "gave up on connections that did not finish in time");
        }
    }

    async fn accept(
        &self,
        responder: Responder,
        (limits, edge): (&Limits, &Edge),
        stopped: watch::Receiver<bool>,
    ) {
        while let Some(place) = self.bounds.take().await {
            let (stream, peer): (TcpStream, SocketAddr) = match self.socket.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(address_place) = self.bounds.of_addresses.take(peer.ip(), edge) else {
                self.figures.refused_connections.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(address = %peer.ip(), "closed a connection more than an address may have");
                continue;
            };
            // Fails only on a connection that is gone, which shows soon enough.
            let _ = stream.set_nodelay(true);
            let (responder, tls) = (Arc::clone(&responder), self.tls.as_ref().map(Tls::acceptor));
            let responder = ConnectionResponder { responder, peer: Peer(peer.ip()) };
            let (limits, stopped) = (limits.clone(), stopped.clone());
            let figures = Arc::clone(&self.figures);
            figures.connections.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                connection::serve(stream, tls, responder, &limits, stopped).await;
                figures.connections.fetch_sub(1, Ordering::Relaxed);
                drop((place, address_place));
            });
        }
    }
}
