//! TLS to the database: which certificate it must have, and which is shown to it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::parameters::UrlParameters;
use super::verifier::LessStrict;

/// The protocol that PostgreSQL 17 and later expect to be named.
const PROTOCOL: &[u8] = b"postgresql";

/// How much is asked of a connection, as libpq names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsMode {
    /// What is sent can be read on the way.
    Disable,
    /// TLS if the server has it; anybody may be the server.
    Prefer,
    /// TLS; anybody may be the server.
    Require,
    /// TLS, and a certificate of a known authority, for whatever name.
    VerifyCa,
    /// TLS, and a certificate of a known authority for the host's name.
    VerifyFull,
}

/// The parameters about TLS.
#[derive(Clone, Debug)]
pub(super) struct TlsParameters {
    /// The mode that the URL names; without one it follows from the host.
    mode: Option<TlsMode>,
    /// The authorities; without a file, those of the system.
    roots: Option<PathBuf>,
    /// The certificate to show and its key.
    own: Option<(PathBuf, PathBuf)>,
}

impl TlsParameters {
    /// Takes those about TLS from the parameters of a URL.
    pub fn read(parameters: &mut UrlParameters) -> Result<TlsParameters, String> {
        let mode = parameters.take("sslmode")?.map(|mode| match mode.as_str() {
            "disable" => Ok(TlsMode::Disable),
            "prefer" => Ok(TlsMode::Prefer),
            "require" => Ok(TlsMode::Require),
            "verify-ca" => Ok(TlsMode::VerifyCa),
            "verify-full" => Ok(TlsMode::VerifyFull),
            _ => Err("the URL's sslmode is none of disable, prefer, require, verify-ca and verify-full"),
        });
        let roots = parameters.take("sslrootcert")?.filter(|path| path != "system").map(PathBuf::from);
        let own = match (parameters.take("sslcert")?, parameters.take("sslkey")?) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            (None, None) => None,
            _ => return Err("the URL's sslcert and sslkey belong together; one is missing".to_owned()),
        };
        let mode = mode.transpose()?;
        // As libpq has it: who names authorities wants them asked.
        let mode =
            if mode == Some(TlsMode::Require) && roots.is_some() { Some(TlsMode::VerifyCa) } else { mode };
        Ok(TlsParameters { mode, roots, own })
    }

    /// The mode for a host: what leaves this machine is encrypted, and goes to nobody else, unless the URL says otherwise.
    pub fn mode_for(&self, is_local: bool) -> TlsMode {
        self.mode.unwrap_or(if is_local { TlsMode::Disable } else { TlsMode::VerifyFull })
    }

    /// The configuration for a mode. Reads the files.
    pub fn configuration(&self, mode: TlsMode) -> Result<ClientConfig, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let builder = match mode {
            TlsMode::VerifyFull => builder.with_root_certificates(self.roots()?),
            TlsMode::VerifyCa => {
                let roots = Arc::new(self.roots()?);
                let authority = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider));
                let authority = Some(authority.build().map_err(|error| error.to_string())?);
                let verifier = Arc::new(LessStrict { provider, authority });
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
            TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => {
                let verifier = Arc::new(LessStrict { provider, authority: None });
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
        };
        let mut configuration = match &self.own {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                check_private(key)?;
                let chain = certificates("sslcert", certificate)?;
                let private = PrivateKeyDer::from_pem_file(key);
                let private = private.map_err(|error| unusable("sslkey", key, &error))?;
                let made = builder.with_client_auth_cert(chain, private);
                made.map_err(|error| unusable("sslcert", certificate, &error))?
            }
        };
        configuration.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(configuration)
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        match &self.roots {
            Some(path) => {
                for authority in certificates("sslrootcert", path)? {
                    roots.add(authority).map_err(|error| unusable("sslrootcert", path, &error))?;
                }
                if roots.is_empty() {
                    return Err(unusable("sslrootcert", path, &"it holds no certificate in PEM"));
                }
            }
            None => {
                let (taken, _) =
                    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if taken == 0 {
                    return Err("this system has no authorities; name a file as sslrootcert".to_owned());
                }
            }
        }
        Ok(roots)
    }
}

/// Refuses a key that others may read, as libpq does: a group may read one of root's.
fn check_private(key: &Path) -> Result<(), String> {
    let metadata = fs::metadata(key).map_err(|error| unusable("sslkey", key, &error))?;
    let others = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    match metadata.permissions().mode() & others {
        0 => Ok(()),
        _ => Err(unusable(
            "sslkey",
            key,
            &"others may read it; its mode must be 0600, or 0640 if it is root's",
        )),
    }
}

fn certificates(name: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    read.map_err(|error| unusable(name, path, &error))
}

fn unusable(name: &str, path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{name} = '{}' is unusable: {error}", path.display())
}
