//! An issuer's public keys: read now and again, kept for a while if that fails, read at once when one is missing.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::jwks::{PublishedKeys, VerificationKey};

pub use super::key_source::KeySource;

/// The least time between two readings for missing keys: tokens with invented keys must not make us ask without end.
const MISSING_GAP_MIN: Duration = Duration::from_secs(30);

/// The time for which keys hold that cannot be read again.
const KEYS_AGE_MAX: Duration = Duration::from_secs(24 * 3600);

/// The interval at which keys are read again without need. Files are cheap to read. What is published is read so often
/// that a key that its issuer took back is refused within five minutes.
const LOCAL_INTERVAL: Duration = Duration::from_secs(10);
const PUBLISHED_INTERVAL: Duration = Duration::from_secs(240);

/// The keys of one issuer.
pub struct KeySet {
    source: KeySource,
    interval: Duration,
    current: ArcSwap<KeySnapshot>,
    /// Whoever holds the lock reads; the others wait for it and find its result.
    readings: Mutex<Readings>,
}

/// When keys were read.
#[derive(Default)]
struct Readings {
    /// The last reading that succeeded.
    last_success: Option<Instant>,
    /// The last reading because a key was missing.
    last_for_missing: Option<Instant>,
}

/// The keys as last read.
#[derive(Default)]
struct KeySnapshot {
    /// The number of the reading, which grows with every change; a token that was verified in another generation is
    /// verified anew.
    generation: u64,
    keys: PublishedKeys,
}

impl KeySet {
    /// Names a source of keys, which are not read yet.
    pub fn new(source: KeySource) -> Arc<KeySet> {
        let interval = if source.is_local() { LOCAL_INTERVAL } else { PUBLISHED_INTERVAL };
        KeySet::read_every(interval, source)
    }

    /// Names a source of keys, and the interval at which to read them again.
    pub fn read_every(interval: Duration, source: KeySource) -> Arc<KeySet> {
        Arc::new(KeySet { source, interval, current: ArcSwap::default(), readings: Mutex::default() })
    }

    /// The source of the keys.
    pub fn source(&self) -> &KeySource {
        &self.source
    }

    /// The number of the reading whose keys hold now; 0 before keys were ever read.
    pub fn generation(&self) -> u64 {
        self.current.load().generation
    }

    /// The key of this name, and its generation. If it is missing the keys are read again, at most once in a while.
    pub async fn find(self: &Arc<Self>, id: &str) -> Option<(Arc<VerificationKey>, u64)> {
        if let Some(found) = self.find_now(id) {
            return Some(found);
        }
        let (keys, id) = (Arc::clone(self), id.to_owned());
        // In a task of its own: a client that hangs up must not break off a reading that others wait for.
        let searching = tokio::spawn(async move { keys.find_anew(&id).await });
        searching.await.ok().flatten()
    }

    fn find_now(&self, id: &str) -> Option<(Arc<VerificationKey>, u64)> {
        let snapshot = self.current.load();
        snapshot.keys.by_id.get(id).map(|key| (Arc::clone(key), snapshot.generation))
    }

    async fn find_anew(&self, id: &str) -> Option<(Arc<VerificationKey>, u64)> {
        let mut readings = self.readings.lock().await;
        // Somebody may have read it while we waited.
        if let Some(found) = self.find_now(id) {
            return Some(found);
        }
        if readings.last_for_missing.is_some_and(|last| last.elapsed() < MISSING_GAP_MIN) {
            return None;
        }
        readings.last_for_missing = Some(Instant::now());
        self.read(&mut readings).await;
        self.find_now(id)
    }

    /// Reads the keys now and again, for as long as the server runs.
    pub async fn keep_fresh(&self) {
        loop {
            // An issuer without keys is about to have some, or somebody is about to notice.
            let has_keys = self.refresh().await && !self.current.load().keys.by_id.is_empty();
            let pause = if has_keys { self.interval } else { self.interval.min(MISSING_GAP_MIN) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Reads the keys; whether that succeeded.
    pub async fn refresh(&self) -> bool {
        self.read(&mut *self.readings.lock().await).await
    }

    async fn read(&self, readings: &mut Readings) -> bool {
        match self.source.read().await {
            Ok(keys) => {
                readings.last_success = Some(Instant::now());
                self.replace(keys);
                true
            }
            Err(reason) => {
                tracing::warn!(
                    reason,
                    "an issuer's keys could not be read; those that it had stay for a day"
                );
                if readings.last_success.is_some_and(|last| last.elapsed() > KEYS_AGE_MAX) {
                    self.replace(PublishedKeys::default());
                }
                false
            }
        }
    }

    fn replace(&self, keys: PublishedKeys) {
        let current = self.current.load();
        // A first reading counts in any case: that there are no keys is known, too.
        if current.generation > 0 && current.keys.is_same(&keys) {
            return;
        }
        let place = self.source.place();
        if keys.by_id.is_empty() {
            tracing::warn!(place, "an issuer has no keys: none of its tokens holds until it has some");
        }
        for key in &keys.left_out {
            tracing::warn!(place, key, "an issuer's key cannot be used and is left out");
        }
        let generation = current.generation + 1;
        self.current.store(Arc::new(KeySnapshot { generation, keys }));
    }
}
