//! TLS to a receiver of syslog: who it must be, and what is shown to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsConnector;

use super::AuditTable;
use crate::startup_error::StartupError;

/// The connector that the table describes.
pub(super) fn connector(table: &AuditTable) -> Result<TlsConnector, StartupError> {
    let Some(ca) = &table.syslog_ca else {
        let message =
            "audit.syslog with tls:// needs audit.syslog_ca, the authority of its certificate in PEM";
        return Err(StartupError::Misused(message.to_owned()));
    };
    let own = match (&table.syslog_certificate, &table.syslog_key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => {
            let message = "audit.syslog_certificate and audit.syslog_key belong together; one is missing";
            return Err(StartupError::Misused(message.to_owned()));
        }
    };
    let mut roots = RootCertStore::empty();
    for authority in certificates("syslog_ca", ca)? {
        roots.add(authority).map_err(|error| unusable("syslog_ca", ca, &error))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StartupError::Failed(error.to_string()))?
        .with_root_certificates(roots);
    let configuration = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates("syslog_certificate", certificate)?;
            let private =
                PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("syslog_key", key, &error))?;
            let made = builder.with_client_auth_cert(chain, private);
            made.map_err(|error| unusable("syslog_certificate", certificate, &error))?
        }
    };
    Ok(TlsConnector::from(Arc::new(configuration)))
}

fn certificates(name: &str, path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, StartupError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|error| unusable(name, path, &error))
}

fn unusable(name: &str, path: &Path, error: &dyn std::fmt::Display) -> StartupError {
    StartupError::Misused(format!("audit.{name} = '{}' is unusable: {error}", path.display()))
}
