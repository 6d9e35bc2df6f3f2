//! The dev folder: each thing in it is made when it is first asked for, and then stays.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use engine::Clock;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use zeroize::Zeroizing;

use super::{certificates, files, trust};
use crate::tokens::issue::SigningKey;
use crate::tokens::keys::KeySource;

/// The base URL if no server has noted another.
const ORIGIN_DEFAULT: &str = "https://127.0.0.1:8443";
/// The advice for a file that does not say how far the clock was turned.
const TURN_BACK: &str = "delete it to go back to the system's time";

/// The folder of a server in dev mode.
#[derive(Clone, Debug)]
pub struct DevFolder {
    path: PathBuf,
}

impl DevFolder {
    /// Names the folder at this path, which need not exist.
    pub fn at(path: &Path) -> DevFolder {
        DevFolder { path: path.to_owned() }
    }

    /// The file with the CA's certificate.
    pub fn authority_file(&self) -> Result<PathBuf, String> {
        self.authority()?;
        Ok(self.path.join("ca.pem"))
    }

    /// The file with the certificates that a client of this server trusts: the CA's, and those of the system.
    pub fn trust_file(&self) -> Result<PathBuf, String> {
        let (_, authority) = self.authority()?;
        let file = self.path.join("ca-bundle.pem");
        files::replace(&file, &trust::bundle(&authority))
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        Ok(file)
    }

    /// The server's certificate with the CA's, and its key, in PEM.
    pub fn server_certificate(&self) -> Result<(String, String), String> {
        let (authority_key, authority) = self.authority()?;
        let key = self.made("server-key.pem", &["server.pem"], certificates::key)?;
        let certificate = self.made("server.pem", &[], || certificates::server(&key, &authority_key))?;
        Ok((certificate + &authority, key))
    }

    /// The CA's key and certificate, in PEM.
    fn authority(&self) -> Result<(String, String), String> {
        let key = self.made("ca-key.pem", &["ca.pem", "server.pem"], certificates::key)?;
        let certificate = self.made("ca.pem", &[], || certificates::authority(&key))?;
        Ok((key, certificate))
    }

    /// The dev issuer's key. RSA takes a tenth of a second or more to make.
    pub fn signing_key(&self) -> Result<SigningKey, String> {
        let pem = self.made("token-key.pem", &[], || {
            let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
            Ok(key.map_err(|error| error.to_string())?.serialize_pem())
        })?;
        SigningKey::from_pem(pem.as_bytes())
            .map_err(|error| format!("{} is no RSA key: {error}; delete it", self.shown("token-key.pem")))
    }

    /// The source of the dev issuer's public key.
    pub fn key_source(&self) -> KeySource {
        let folder = self.clone();
        KeySource::Own(Arc::new(move || folder.signing_key().map(|key| key.jwk)))
    }

    /// The secret that every client of the dev issuer must know.
    pub fn client_secret(&self) -> Result<String, String> {
        let path = self.path.join("dev-client-secret");
        let text = files::read_or_make(&path, || Ok(BASE64URL_NOPAD.encode(&random()?)))?;
        Ok(text.trim().to_owned())
    }

    /// The source of the key that wraps the tenants' data keys. Without it, what is sealed stays sealed.
    pub fn key_encryption_key(&self) -> Result<String, String> {
        let path = self.path.join("secrets.key");
        let make = || Ok(BASE64.encode(&random()?));
        drop(Zeroizing::new(files::read_or_make(&path, make)?));
        Ok(format!("file:{}", path.display()))
    }

    /// Whether there is such a key already.
    pub fn has_key_encryption_key(&self) -> bool {
        self.path.join("secrets.key").exists()
    }

    /// Notes where the server listens, for `muster env`.
    pub fn note_origin(&self, origin: &str) -> Result<(), String> {
        files::replace(&self.path.join("origin"), origin)
            .map_err(|error| format!("cannot write {}: {error}", self.shown("origin")))
    }

    /// The origin at which the server listens, or last did.
    pub fn origin(&self) -> String {
        std::fs::read_to_string(self.path.join("origin")).unwrap_or_else(|_| ORIGIN_DEFAULT.to_owned())
    }

    /// The clock, turned on as far as it was when the server last ran.
    pub fn clock(&self) -> Result<Clock, String> {
        let file = self.path.join("clock");
        let ahead = read_turned(&file)?.unwrap_or(0);
        let broken =
            format!("{} holds no span of time that a clock can be turned by; {TURN_BACK}", file.display());
        let keep = move |ahead: i64| {
            // Another server on the same folder may have turned its own farther.
            let farthest = read_turned(&file)?.unwrap_or(0).max(ahead);
            files::replace(&file, &format!("{farthest}\n"))
                .map_err(|error| format!("cannot write {}: {error}", file.display()))
        };
        Clock::turned(ahead, Box::new(keep)).ok_or(broken)
    }

    /// A file in PEM. One that a power cut left empty or cut off is made anew, and so are those that follow from it.
    fn made(
        &self,
        name: &str,
        following: &[&str],
        make: impl FnOnce() -> Result<String, String>,
    ) -> Result<String, String> {
        let path = self.path.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|text| !is_whole_pem(&text)) {
            for broken in following.iter().copied().chain([name]) {
                // Another process may have been faster.
                let _ = std::fs::remove_file(self.path.join(broken));
            }
        }
        files::read_or_make(&path, make)
    }

    fn shown(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }
}

/// The time that a file says the clock was turned on, in ticks of 100 ns; none if there is no file.
fn read_turned(file: &Path) -> Result<Option<i64>, String> {
    let shown = file.display();
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {shown}: {error}; {TURN_BACK}")),
        Ok(text) => {
            let ahead = text.trim().parse().map_err(|_| {
                format!(
                    "{shown} does not say by how many ticks of 100 ns the clock was turned on; {TURN_BACK}"
                )
            });
            ahead.map(Some)
        }
    }
}

/// Whether a text in PEM has its end.
fn is_whole_pem(text: &str) -> bool {
    let last = text.trim_end().lines().next_back();
    last.is_some_and(|line| line.starts_with("-----END ") && line.ends_with("-----"))
}

fn random() -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| "the system has no random numbers".to_owned())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::DevFolder;

    #[test]
    fn what_a_power_cut_left_empty_or_cut_off_is_made_anew() {
        for name in ["token-key.pem", "ca-key.pem", "ca.pem", "server-key.pem", "server.pem"] {
            for is_empty in [true, false] {
                let folder = tempfile::tempdir().unwrap();
                let dev = DevFolder::at(folder.path());
                let key = || dev.signing_key().map(|key| key.jwk.common.key_id);
                let first = key().unwrap();
                dev.server_certificate().unwrap();
                let file = folder.path().join(name);
                let text = std::fs::read_to_string(&file).unwrap();
                std::fs::write(&file, if is_empty { "" } else { &text[..text.len() / 2] }).unwrap();
                let (chain, server_key) = dev.server_certificate().unwrap();
                let content = crate::tls::TlsContent {
                    certificate: chain.into(),
                    key: server_key.into(),
                    client_ca: None,
                };
                crate::tls::install();
                assert!(crate::tls::Tls::of(&content).is_ok(), "{name}: key and certificate fit together");
                assert_eq!(key().unwrap() == first, name != "token-key.pem", "{name}");
                assert!(std::fs::read_to_string(&file).unwrap().ends_with("-----\n"), "{name} is whole");
            }
        }
    }
}
