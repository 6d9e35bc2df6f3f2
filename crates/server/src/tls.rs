//! TLS as the server speaks it: rustls on aws-lc-rs, TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN. Its files may change
//! while it runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;

use crate::startup_error::StartupError;

/// The protocols that clients choose from, best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The interval at which the files are looked at.
const FILES_INTERVAL: Duration = Duration::from_secs(5);

/// The table `[tls]`: the server's own certificate, and those that it asks of clients.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The chain of certificates, the server's first, in PEM.
    pub certificate: PathBuf,
    /// The private key of the certificate, in PEM.
    pub key: PathBuf,
    /// The authorities whose certificates clients show, in PEM. Without it, clients are not asked for any.
    pub client_ca: Option<PathBuf>,
    /// Whether a client must have a certificate.
    #[serde(default, deserialize_with = "domain::word")]
    pub client_certificates: ClientCertificates,
}

/// Whether a client must have a certificate, where authorities are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificates {
    /// No connection without one.
    #[default]
    Required,
    /// One that is shown must be valid.
    Optional,
}

/// The content of the files.
#[derive(Default, PartialEq, Eq)]
pub struct TlsContent {
    /// The chain of certificates, in PEM.
    pub certificate: Vec<u8>,
    /// The private key, in PEM.
    pub key: Vec<u8>,
    /// The authorities of clients in PEM, and whether clients must show a certificate.
    pub client_ca: Option<(Vec<u8>, ClientCertificates)>,
}

/// The TLS configuration of the connections to come.
#[derive(Clone)]
pub struct Tls {
    current: Arc<ArcSwap<ServerConfig>>,
    /// The files that it is of, if it is of any.
    files: Arc<ArcSwapOption<TlsFiles>>,
}

/// Makes aws-lc-rs the cryptography of every TLS connection of the process.
pub fn install() {
    // Fails only if one is installed, which is then the same.
    let _ = CryptoProvider::install_default(aws_lc_rs::default_provider());
}

impl Tls {
    /// The configuration that this content makes.
    pub fn of(content: &TlsContent) -> Result<Tls, String> {
        Ok(Tls { current: Arc::new(ArcSwap::new(configuration(content)?)), files: Arc::default() })
    }

    /// The configuration of the files that the operator names.
    pub fn from_files(files: &TlsFiles) -> Result<Tls, StartupError> {
        let content = files.read().map_err(StartupError::Misused)?;
        let tls = Tls::of(&content).map_err(|error| {
            StartupError::Misused(format!(
                "tls.certificate = '{}' and tls.key = '{}' do not make a certificate: {error}; both must be PEM",
                files.certificate.display(),
                files.key.display()
            ))
        })?;
        tls.files.store(Some(Arc::new(files.clone())));
        Ok(tls)
    }

    /// Accepts the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }

    /// Takes up what changes in the files, for as long as the server runs.
    pub async fn follow(self) {
        let read = |files: &TlsFiles| files.read().unwrap_or_default();
        let mut content = self.files.load_full().map(|files| read(&files)).unwrap_or_default();
        loop {
            tokio::time::sleep(FILES_INTERVAL).await;
            if let Some(files) = self.files.load_full() {
                self.renew(&files, &mut content);
            }
        }
    }

    /// Goes on as another one does, with its files.
    pub fn replace(&self, other: &Tls) {
        self.files.store(other.files.load_full());
        self.current.store(other.current.load_full());
    }

    /// Takes up what has changed in the files. If they do not fit together, as when only one of them has been replaced yet,
    /// the configuration stays as it was.
    pub fn renew(&self, files: &TlsFiles, content: &mut TlsContent) {
        let renewed = files.read().and_then(|found| match found == *content {
            true => Ok(None),
            false => configuration(&found).map(|configuration| Some((found, configuration))),
        });
        match renewed {
            Ok(None) => {}
            Ok(Some((found, configuration))) => {
                tracing::info!(file = %files.certificate.display(), "the certificate was renewed");
                self.current.store(configuration);
                *content = found;
            }
            Err(reason) => tracing::warn!(reason, "the certificate stays as it was"),
        }
    }
}

impl TlsFiles {
    /// Reads the files.
    pub fn read(&self) -> Result<TlsContent, String> {
        let read = |name: &str, path: &Path| {
            let text = std::fs::read(path);
            text.map_err(|error| format!("cannot read tls.{name} = '{}': {error}", path.display()))
        };
        let authorities = self.client_ca.as_ref().map(|path| read("client_ca", path)).transpose()?;
        Ok(TlsContent {
            certificate: read("certificate", &self.certificate)?,
            key: read("key", &self.key)?,
            client_ca: authorities.map(|authorities| (authorities, self.client_certificates)),
        })
    }
}

fn configuration(content: &TlsContent) -> Result<Arc<ServerConfig>, String> {
    let key = PrivateKeyDer::from_pem_slice(&content.key).map_err(|error| error.to_string())?;
    let chain = certificates(&content.certificate)?;
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match &content.client_ca {
        None => builder.with_no_client_auth(),
        Some((authorities, wanted)) => {
            builder.with_client_cert_verifier(client_verifier(authorities, *wanted)?)
        }
    };
    let mut configuration = builder.with_single_cert(chain, key).map_err(|error| error.to_string())?;
    configuration.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(Arc::new(configuration))
}

fn client_verifier(
    authorities: &[u8],
    wanted: ClientCertificates,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(authorities)? {
        roots.add(authority).map_err(|error| format!("tls.client_ca: {error}"))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match wanted {
        ClientCertificates::Required => builder,
        ClientCertificates::Optional => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|error| format!("tls.client_ca: {error}"))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
