//! Bytes on the wire, for requests that a sound client never makes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::server::TestServer;

/// The longest wait for the next byte.
const PATIENCE: Duration = Duration::from_secs(30);

impl TestServer {
    /// Sends these bytes on a connection of their own and returns all that comes back until the server closes it, so
    /// the request should say `Connection: close`.
    pub fn raw(&self, request: &[u8]) -> String {
        let (_, address) = self.origin().split_once("://").unwrap();
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        match self.is_plain() {
            true => exchange(socket, request),
            false => {
                let name = ServerName::try_from("localhost").unwrap();
                let connection = ClientConnection::new(Arc::new(self.tls_config()), name).unwrap();
                exchange(StreamOwned::new(connection, socket), request)
            }
        }
    }

    fn tls_config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(self.authority_file()).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
    }
}

fn exchange(mut stream: impl Read + Write, request: &[u8]) -> String {
    stream.write_all(request).unwrap();
    stream.flush().unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4_096]);
    // A server may close without saying goodbye in TLS; what came until then is the answer.
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}
