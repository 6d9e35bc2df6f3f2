//! An issuer's public keys: read from where they are, kept while that fails, read again when one is missing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The least time between two readings: tokens with invented keys must not make us ask without end.
const REFRESH_GAP_MIN: Duration = Duration::from_secs(5);

/// The time an issuer may take to answer.
const FETCH_TIME_MAX: Duration = Duration::from_secs(5);

/// The most keys, and bytes, of an issuer's document.
const KEYS_MAX: usize = 100;
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
    /// A key of this server's own, which this function reads or makes.
    Own(Arc<dyn Fn() -> Result<Jwk, String> + Send + Sync>),
}

/// The keys of one issuer.
pub struct KeySet {
    source: KeySource,
    current: ArcSwap<KeySnapshot>,
    /// The instant of the last reading. Whoever holds the lock reads; the others wait for it and find its result.
    last_read: Mutex<Option<Instant>>,
}

/// The keys as last read.
#[derive(Default)]
struct KeySnapshot {
    /// The number of the reading, which grows with every change; a token that was verified in another generation is
    /// verified anew.
    generation: u64,
    by_id: BTreeMap<String, VerificationKey>,
}

/// A key with which tokens are verified.
#[derive(Clone)]
struct VerificationKey {
    /// The modulus and exponent, by which a change of the key shows.
    components: (String, String),
    decoding: Arc<DecodingKey>,
}

impl KeySet {
    /// Names a source of keys, which are not read yet.
    pub fn new(source: KeySource) -> KeySet {
        KeySet { source, current: ArcSwap::default(), last_read: Mutex::new(None) }
    }

    /// Whether the keys come from a file that may change.
    pub fn is_file(&self) -> bool {
        matches!(self.source, KeySource::File(_))
    }

    /// The number of the reading whose keys hold now.
    pub fn generation(&self) -> u64 {
        self.current.load().generation
    }

    /// The key of this name, and its generation. If it is missing the keys are read again, at most once in a while.
    pub async fn find(&self, id: &str) -> Option<(Arc<DecodingKey>, u64)> {
        if let Some(found) = self.find_now(id) {
            return Some(found);
        }
        self.refresh().await;
        self.find_now(id)
    }

    fn find_now(&self, id: &str) -> Option<(Arc<DecodingKey>, u64)> {
        let keys = self.current.load();
        keys.by_id.get(id).map(|key| (Arc::clone(&key.decoding), keys.generation))
    }

    /// Reads the keys, unless that was done a moment ago. If it fails, the old ones stay.
    pub async fn refresh(&self) {
        let mut last_read = self.last_read.lock().await;
        if last_read.is_some_and(|last_read| last_read.elapsed() < REFRESH_GAP_MIN) {
            return;
        }
        // Set before reading: a client that hangs up while we read must not open the gap.
        *last_read = Some(Instant::now());
        match self.read().await {
            Ok(by_id) => self.replace(by_id),
            Err(reason) => tracing::warn!(reason, "an issuer's keys could not be read; the old ones stay"),
        }
    }

    fn replace(&self, by_id: BTreeMap<String, VerificationKey>) {
        let current = self.current.load();
        let same = current.by_id.len() == by_id.len()
            && current.by_id.iter().zip(&by_id).all(|(a, b)| a.0 == b.0 && a.1.components == b.1.components);
        if !same {
            let generation = current.generation + 1;
            self.current.store(Arc::new(KeySnapshot { generation, by_id }));
        }
    }

    async fn read(&self) -> Result<BTreeMap<String, VerificationKey>, String> {
        match &self.source {
            KeySource::File(path) => {
                let text = tokio::fs::read(path).await;
                let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                parse(&text).map_err(|error| format!("{}: {error}", path.display()))
            }
            KeySource::Uri { uri, client } => {
                let fetched = tokio::time::timeout(FETCH_TIME_MAX, fetch(client, uri)).await;
                let text = fetched.unwrap_or_else(|_| Err("no answer in time".to_owned()));
                text.and_then(|text| parse(&text)).map_err(|error| format!("{uri}: {error}"))
            }
            KeySource::Own(key) => {
                let key = Arc::clone(key);
                // A key takes a tenth of a second or more to make.
                let key = tokio::task::spawn_blocking(move || key()).await;
                let key = key.map_err(|error| error.to_string())??;
                Ok(usable(key).into_iter().collect())
            }
        }
    }
}

async fn fetch(client: &reqwest::Client, uri: &str) -> Result<Vec<u8>, String> {
    let response = client.get(uri).send().await.and_then(reqwest::Response::error_for_status);
    let mut response = response.map_err(|error| error.without_url().to_string())?;
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        if text.len() + chunk.len() > DOCUMENT_BYTES_MAX {
            return Err("the document is larger than 1 MiB".to_owned());
        }
        text.extend_from_slice(&chunk);
    }
    Ok(text)
}

/// The keys of a JWKS document with which RS256 tokens can be signed; others are left out.
fn parse(text: &[u8]) -> Result<BTreeMap<String, VerificationKey>, String> {
    let set: JwkSet =
        serde_json::from_slice(text).map_err(|error| format!("not a JWKS document: {error}"))?;
    if set.keys.len() > KEYS_MAX {
        return Err(format!("more than {KEYS_MAX} keys"));
    }
    Ok(set.keys.into_iter().filter_map(usable).collect())
}

fn usable(jwk: Jwk) -> Option<(String, VerificationKey)> {
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let fits = common.key_algorithm.as_ref().is_none_or(|algorithm| *algorithm == KeyAlgorithm::RS256);
    let AlgorithmParameters::RSA(rsa) = &jwk.algorithm else { return None };
    if !signs || !fits {
        return None;
    }
    let decoding = Arc::new(DecodingKey::from_jwk(&jwk).ok()?);
    Some((common.key_id.clone()?, VerificationKey { components: (rsa.n.clone(), rsa.e.clone()), decoding }))
}
