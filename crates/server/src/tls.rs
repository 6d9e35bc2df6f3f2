//! TLS as the server speaks it: rustls on aws-lc-rs, TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::startup_error::StartupError;

/// The protocols that clients choose from, best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Makes aws-lc-rs the cryptography of every TLS connection of the process.
pub fn install() {
    // Fails only if one is installed, which is then the same.
    let _ = CryptoProvider::install_default(aws_lc_rs::default_provider());
}

/// The TLS configuration of a chain of certificates and its key, in PEM.
pub fn configuration(chain: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, String> {
    let chain: Vec<CertificateDer> =
        CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| error.to_string())?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| error.to_string())?;
    configuration.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(Arc::new(configuration))
}

/// The TLS configuration of the files that the operator names.
pub fn from_files(chain: &Path, key: &Path) -> Result<Arc<ServerConfig>, StartupError> {
    let read = |name: &str, path: &Path| {
        std::fs::read(path).map_err(|error| {
            StartupError::Misused(format!("cannot read tls.{name} = '{}': {error}", path.display()))
        })
    };
    let (chain_text, key_text) = (read("certificate", chain)?, read("key", key)?);
    configuration(&chain_text, &key_text).map_err(|error| {
        StartupError::Misused(format!(
            "tls.certificate = '{}' and tls.key = '{}' do not make a certificate: {error}; both must be PEM",
            chain.display(),
            key.display()
        ))
    })
}
