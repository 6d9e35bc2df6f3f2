//! Where connections come in: a bounded number of them, until the server is told to stop.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::connection::{self, ConnectionResponder};
use crate::connection_bounds::ConnectionBounds;
use crate::http_figures::HttpFigures;
use crate::limits::Limits;
use crate::origin::{Edge, Peer, Scheme};
use crate::serve::Responder;
use crate::startup_error::StartupError;
use crate::stopping::{Phase, Stopping};
use crate::tls::Tls;

/// The pause after the system refused to hand over a connection, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The time without a new connection after which none waits any more, and the time that this may take.
const REST_PAUSE: Duration = Duration::from_millis(10);
const REST_TIME_MAX: Duration = Duration::from_secs(1);

/// What has ended a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedBy {
    /// A signal; whatever was under way was finished, or has had its time.
    Signal,
    /// A second signal, while something was under way.
    SecondSignal,
}

/// A bound address on which connections are accepted.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    /// What is counted of connections and requests.
    pub figures: Arc<HttpFigures>,
    /// The places of connections.
    pub bounds: Arc<ConnectionBounds>,
    /// How far the end has come.
    pub stopping: Arc<Stopping>,
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
        let (figures, bounds, stopping) = Default::default();
        Ok(Listener { socket, address: bound_address, tls, figures, bounds, stopping })
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

    /// Accepts connections until a signal says stop; then lets requests that are under way finish, within their bound. A second
    /// signal ends that, and is told.
    pub async fn serve(
        self,
        responder: Responder,
        limits: &Limits,
        edge: &Edge,
        signals: &mut mpsc::Receiver<()>,
    ) -> StoppedBy {
        tracing::info!(origin = self.origin(), "accepting connections");
        self.bounds.resize(limits);
        {
            let mut accepting = Box::pin(self.accept(&responder, (limits, edge)));
            tokio::select! {
                () = &mut accepting => {}
                _ = signals.recv() => {}
            }
            tracing::info!("stopping");
            self.stopping.begin(Phase::Leaving);
            let leaving = tokio::time::timeout(limits.stop_delay, &mut accepting);
            if !limits.stop_delay.is_zero() && first(leaving, signals).await.is_none() {
                return StoppedBy::SecondSignal;
            }
            // It may stand in the line for the next place.
            drop(accepting);
            // What the system has taken for us already is ours to answer. Idle connections end meanwhile, and give up their
            // places.
            self.stopping.begin(Phase::Draining);
            let rest = self.accept_rest(&responder, (limits, edge));
            let rest_time = REST_TIME_MAX.min(limits.drain_time / 2);
            if first(tokio::time::timeout(rest_time, rest), signals).await.is_none() {
                return StoppedBy::SecondSignal;
            }
        }
        drop(self.socket);
        let emptied = tokio::time::timeout(limits.drain_time, self.bounds.emptied());
        let Some(emptied) = first(emptied, signals).await else { return StoppedBy::SecondSignal };
        if emptied.is_err() {
            let open = self.bounds.taken();
            tracing::warn!(connections = open, "gave up on connections that did not finish in time");
        }
        StoppedBy::Signal
    }

    async fn accept(&self, responder: &Responder, (limits, edge): (&Limits, &Edge)) {
        while let Some(place) = self.bounds.take().await {
            self.accept_one(responder, (limits, edge), place).await;
        }
    }

    /// Accepts the connections that wait, until none has come for a moment.
    async fn accept_rest(&self, responder: &Responder, (limits, edge): (&Limits, &Edge)) {
        while let Some(place) = self.bounds.take().await {
            let next = self.accept_one(responder, (limits, edge), place);
            if tokio::time::timeout(REST_PAUSE, next).await.is_err() {
                return;
            }
        }
    }

    async fn accept_one(
        &self,
        responder: &Responder,
        (limits, edge): (&Limits, &Edge),
        place: OwnedSemaphorePermit,
    ) {
        let (stream, peer): (TcpStream, SocketAddr) = match self.socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                return tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        };
        let Some(address_place) = self.bounds.of_addresses.take(peer.ip(), edge) else {
            self.figures.refused_connections.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(address = %peer.ip(), "closed a connection more than an address may have");
            return;
        };
        // Fails only on a connection that is gone, which shows soon enough.
        let _ = stream.set_nodelay(true);
        let (responder, tls) = (Arc::clone(responder), self.tls.as_ref().map(Tls::acceptor));
        let (peer, stopping) = (Peer(peer.ip()), Arc::clone(&self.stopping));
        let responder = ConnectionResponder { responder, peer, stopping };
        let (limits, figures) = (limits.clone(), Arc::clone(&self.figures));
        figures.connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            connection::serve(stream, tls, responder, &limits).await;
            figures.connections.fetch_sub(1, Ordering::Relaxed);
            drop((place, address_place));
        });
    }
}

/// The outcome of some work; none if a signal comes first.
async fn first<T>(work: impl Future<Output = T>, signals: &mut mpsc::Receiver<()>) -> Option<T> {
    let signal = async {
        // Nobody who could send another is left: the work goes on.
        if signals.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        outcome = work => Some(outcome),
        () = signal => None,
    }
}
