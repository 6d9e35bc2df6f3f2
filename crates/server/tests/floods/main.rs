//! Clients that take up connections, bytes or time and give nothing back: each is bounded, and others are served meanwhile.
//!
//! Addresses of the loopback network stand for clients: `127.0.0.2` floods, and whoever else comes is served.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod connections;
mod frames;
mod http2;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use server::limits::Limits;
use support::{Running, read};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The bounds of the places, and so of what a flood may hold.
const PLACES: usize = 4;

/// Bounds that a flood reaches soon, and times that pass soon.
fn tight() -> Limits {
    let soon = Duration::from_millis(300);
    Limits {
        connections_per_address: PLACES,
        header_time: soon,
        body_time: soon,
        answer_time: soon,
        handshake_time: soon,
        drain_time: soon,
        ..Limits::default()
    }
}

/// Bounds on connections, and times that do not pass.
fn patient() -> Limits {
    Limits { connections_per_address: PLACES, ..Limits::default() }
}

/// A connection of the client that floods.
async fn flooding(server: &Running) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// Asks as another client over TLS.
async fn assert_others_are_served_over_tls(server: &Running) {
    let mut stream = tls(server, TcpStream::connect(server.address).await.unwrap(), b"http/1.1").await;
    let request = format!("{}Connection: close\r\n\r\n", server.head("GET /beta/books"));
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(read(&mut stream).await.status, 200);
}

async fn tls(server: &Running, stream: TcpStream, protocol: &[u8]) -> TlsStream<TcpStream> {
    let authority = server::dev::DevFolder::at(server.folder.path()).authority_file().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}
