//! TLS to a receiver of syslog: who it must be, and what is shown to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsConnector;

use super::table::AuditTable;
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use store::audit::AuditRecord;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use uuid::Uuid;

    use crate::audit_sink::{AuditTable, ConfiguredSink};
    use crate::dev::certificates;
    use crate::tls::{ClientCertificates, Tls, TlsContent};
    use engine::AuditSink;

    /// An authority's certificate, and a certificate of its with the key, in files.
    struct Identity {
        folder: tempfile::TempDir,
        content: TlsContent,
    }

    impl Identity {
        fn new() -> Identity {
            let (authority_key, key) = (certificates::key().unwrap(), certificates::key().unwrap());
            let authority = certificates::authority(&authority_key).unwrap();
            let certificate = certificates::server(&key, &authority_key).unwrap();
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in [("ca.pem", &authority), ("own.pem", &certificate), ("own.key", &key)] {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            let client_ca = Some((authority.into_bytes(), ClientCertificates::Optional));
            Identity {
                folder,
                content: TlsContent { certificate: certificate.into(), key: key.into(), client_ca },
            }
        }

        fn path(&self) -> &Path {
            self.folder.path()
        }
    }

    #[tokio::test]
    async fn only_the_receiver_of_the_authority_is_told() {
        crate::tls::install();
        let (receiver, stranger) = (Identity::new(), Identity::new());
        let tls = Tls::of(&receiver.content).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let record = AuditRecord { sequence: 7, record: "{}".into(), link: [0; 64].into() };
        for (case, ca, is_told) in [("its own", &receiver, true), ("another", &stranger, false)] {
            let table = AuditTable {
                syslog: Some(format!("tls://localhost:{}", address.port())),
                syslog_ca: Some(ca.path().join("ca.pem")),
                ..AuditTable::default()
            };
            let sink = ConfiguredSink::of(&table).unwrap().unwrap();
            let serving = async {
                let (stream, _) = listener.accept().await.unwrap();
                let mut text = Vec::new();
                if let Ok(mut stream) = tls.acceptor().accept(stream).await {
                    let _ = stream.read_to_end(&mut text).await;
                    let _ = stream.shutdown().await;
                }
                text
            };
            let records = std::slice::from_ref(&record);
            let (delivered, text) = tokio::join!(sink.deliver(Uuid::nil(), records), serving);
            assert_eq!(delivered.is_ok(), is_told, "{case}: {delivered:?}");
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.contains("\"sequence\":7"), is_told, "{case}: {text}");
        }
    }
}
