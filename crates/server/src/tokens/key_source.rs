//! Where an issuer's keys are read from: a file, an address, or what the issuer says of itself. The configuration alone
//! names these places.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::jwks::PublishedKeys;
use crate::innermost::innermost;

/// The time an issuer may take to answer.
const FETCH_TIME_MAX: Duration = Duration::from_secs(5);

/// The most bytes of an issuer's document.
const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// The source of an issuer's keys.
pub enum KeySource {
    /// A JWKS document in a file.
    File(PathBuf),
    /// A JWKS document that the issuer publishes.
    Uri {
        /// The address of the document.
        uri: String,
        /// The client that fetches it.
        client: reqwest::Client,
    },
    /// An OpenID configuration, which names the address of the JWKS document.
    Discovery {
        /// The address of the configuration.
        uri: String,
        /// The name that the issuer must have in it.
        issuer: String,
        /// The client that fetches both.
        client: reqwest::Client,
    },
    /// A key of this server's own, which this function reads or makes.
    Own(Arc<dyn Fn() -> Result<Jwk, String> + Send + Sync>),
}

/// An OpenID configuration (OpenID Connect Discovery 1.0, 3), as far as it matters here.
#[derive(Deserialize)]
struct ProviderMetadata {
    issuer: String,
    jwks_uri: String,
}

impl KeySource {
    /// Whether reading it costs no more than a look at a file.
    pub fn is_local(&self) -> bool {
        matches!(self, KeySource::File(_) | KeySource::Own(_))
    }

    /// The place, for the log.
    pub fn place(&self) -> String {
        match self {
            KeySource::File(path) => path.display().to_string(),
            KeySource::Uri { uri, .. } | KeySource::Discovery { uri, .. } => uri.clone(),
            KeySource::Own(_) => "the dev issuer".to_owned(),
        }
    }

    /// The time that the issuer's server tells, to a second; none if it tells none, or is a file.
    pub async fn told_time(&self) -> Option<Timestamp> {
        let (KeySource::Uri { uri, client } | KeySource::Discovery { uri, client, .. }) = self else {
            return None;
        };
        let asked =
            in_time(async { client.get(uri).send().await.map_err(|error| error.to_string()) }).await.ok()?;
        let date = asked.headers().get(http::header::DATE)?.to_str().ok()?;
        jiff::fmt::rfc2822::parse(date).ok().map(|zoned| zoned.timestamp())
    }

    /// Reads the keys.
    pub async fn read(&self) -> Result<PublishedKeys, String> {
        match self {
            KeySource::File(path) => {
                let text = tokio::fs::read(path).await;
                let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                PublishedKeys::read(&text).map_err(|error| format!("{}: {error}", path.display()))
            }
            KeySource::Uri { uri, client } => in_time(published(client, uri)).await,
            KeySource::Discovery { uri, issuer, client } => {
                in_time(async {
                    let metadata: ProviderMetadata = document(client, uri).await?;
                    if metadata.issuer != *issuer {
                        return Err(format!(
                            "{uri} is of the issuer '{}', not of '{issuer}'",
                            metadata.issuer
                        ));
                    }
                    if !is_safe(&metadata.jwks_uri) {
                        return Err(format!("{uri} names a 'jwks_uri' that is not an https URL"));
                    }
                    published(client, &metadata.jwks_uri).await
                })
                .await
            }
            KeySource::Own(key) => {
                let key = Arc::clone(key);
                // A key takes a tenth of a second or more to make.
                let key = tokio::task::spawn_blocking(move || key()).await;
                let key = key.map_err(|error| error.to_string())??;
                let mut keys = PublishedKeys::default();
                keys.add(serde_json::to_value(key).map_err(|error| error.to_string())?);
                Ok(keys)
            }
        }
    }
}

/// Whether nobody on the way can change what is fetched from an address.
pub fn is_safe(uri: &str) -> bool {
    let is_local = |url: &Url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    Url::parse(uri).is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_local(&url)))
}

/// The client that fetches keys. It goes where it is sent, and no further.
pub fn client() -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(|error| format!("cannot make HTTPS requests: {error}"))
}

async fn in_time<T>(reading: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let read = tokio::time::timeout(FETCH_TIME_MAX, reading).await;
    read.unwrap_or_else(|_| Err("the issuer did not answer in time".to_owned()))
}

async fn published(client: &reqwest::Client, uri: &str) -> Result<PublishedKeys, String> {
    let text = fetch(client, uri).await?;
    PublishedKeys::read(&text).map_err(|error| format!("{uri}: {error}"))
}

async fn document<T: DeserializeOwned>(client: &reqwest::Client, uri: &str) -> Result<T, String> {
    let text = fetch(client, uri).await?;
    serde_json::from_slice(&text).map_err(|error| format!("{uri} is not an OpenID configuration: {error}"))
}

async fn fetch(client: &reqwest::Client, uri: &str) -> Result<Vec<u8>, String> {
    let failed = |error: reqwest::Error| format!("{uri}: {}", innermost(&error));
    let response = client.get(uri).send().await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(format!("{uri}: the issuer answered {}", response.status()));
    }
    let mut response = response;
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if text.len() + chunk.len() > DOCUMENT_BYTES_MAX {
            return Err(format!("{uri}: the document is larger than 1 MiB"));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{KeySource, client};

    /// "error sending request" alone sends an operator nowhere.
    #[tokio::test]
    async fn an_issuer_that_cannot_be_reached_says_why() {
        crate::tls::install();
        let address = {
            let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            nobody.local_addr().unwrap()
        };
        let uri = format!("http://{address}/keys");
        let source = KeySource::Uri { uri: uri.clone(), client: client().unwrap() };
        let told = source.read().await.err().expect("nobody listens there");
        assert!(told.starts_with(&format!("{uri}: Connection refused")), "{told}");
    }
}
