//! The data keys of one tenant: one, and while values are sealed anew the one before it.

use std::sync::Arc;

use uuid::Uuid;

use super::data_key::DataKey;
use super::fingerprint::KeyFingerprint;

/// A data key as it rests in the table `tenant_key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The version of the key.
    pub version: u32,
    /// The wrapped bytes; worthless without the key-encryption key.
    pub wrapped: Vec<u8>,
    /// The key as the next key-encryption key has wrapped it.
    pub rewrapped: Option<Vec<u8>>,
    /// The rotation of data keys during which it was made.
    pub rotation: i64,
}

/// A wrapped data key, and what takes the place of what it is wrapped to.
#[derive(Clone, Debug)]
pub(crate) struct Rewrap {
    pub tenant: Uuid,
    pub key: WrappedKey,
    pub wrapped: Vec<u8>,
}

impl WrappedKey {
    /// The fingerprint of the key-encryption key that wrapped it; nothing if it has none.
    pub(crate) fn wrapped_by(&self) -> Vec<u8> {
        KeyFingerprint::of_wrapped(&self.wrapped).map_or_else(Vec::new, |fingerprint| fingerprint.0.to_vec())
    }
}

/// The unwrapped data keys of a tenant, of which there is at least one.
#[derive(Debug)]
pub struct TenantKeys {
    newest: Arc<DataKey>,
    former: Vec<Arc<DataKey>>,
}

impl TenantKeys {
    /// The keys; none if there are none.
    pub(super) fn new(mut keys: Vec<DataKey>) -> Option<TenantKeys> {
        keys.sort_by_key(DataKey::version);
        let newest = Arc::new(keys.pop()?);
        Some(TenantKeys { newest, former: keys.into_iter().map(Arc::new).collect() })
    }

    /// The key that seals.
    pub fn newest(&self) -> &Arc<DataKey> {
        &self.newest
    }

    /// The key of a version.
    pub fn of(&self, version: u32) -> Option<&Arc<DataKey>> {
        self.former.iter().chain([&self.newest]).find(|key| key.version() == version)
    }
}
