//! The keyring: unwraps the tenants' data keys and keeps the ones in use at hand.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use aws_lc_rs::{hmac, rand};
use quick_cache::sync::Cache;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::data_key::DataKey;
use super::error::SealError;
use super::fingerprint::KeyFingerprint;
use super::key_encryption_key::KeyEncryptionKey;
use super::tenant_keys::{TenantKeys, WrappedKey};

/// The largest number of tenants whose keys are kept unwrapped; beyond it, the least used are read and unwrapped again.
const CACHED_KEYS_MAX: usize = 1024;

/// The data keys of the tenants, and the keys that unwrap them: one, and while it is being replaced another.
///
/// It reads and writes no database: `Store` looks a tenant's keys up with [`Keyring::cached`]; else reads the tenant's rows of
/// `tenant_key` and hands them to [`Keyring::admit`]; if there are none, inserts what [`Keyring::create`] returns unless
/// another process was faster, reads again and admits what is there then.
pub struct Keyring {
    held: RwLock<Arc<HeldKeys>>,
    unwrapped: Cache<Uuid, Arc<TenantKeys>>,
    returns: OnceLock<hmac::Key>,
    /// The rotation of data keys that was last seen, and whether it was under way.
    seen: Mutex<(i64, bool)>,
}

/// The key-encryption keys.
#[derive(Clone)]
struct HeldKeys {
    current: KeyEncryptionKey,
    next: Option<KeyEncryptionKey>,
}

impl Keyring {
    /// The tenant, nobody's, whose data key checks the key-encryption key whenever a database is opened.
    pub const CHECK_TENANT: Uuid = Uuid::nil();
    /// The tenant, nobody's, whose keys are the seeds of those that sign checkpoints of the audit.
    pub const AUDIT_TENANT: Uuid = Uuid::max();

    /// Whether a tenant is nobody, so that nothing is sealed under its keys.
    pub fn is_nobody(tenant: Uuid) -> bool {
        tenant == Keyring::CHECK_TENANT || tenant == Keyring::AUDIT_TENANT
    }

    /// A keyring with no data keys yet.
    pub fn new(current: KeyEncryptionKey) -> Keyring {
        let held = RwLock::new(Arc::new(HeldKeys { current, next: None }));
        Keyring {
            held,
            unwrapped: Cache::new(CACHED_KEYS_MAX),
            returns: OnceLock::new(),
            seen: Mutex::default(),
        }
    }

    fn held(&self) -> Arc<HeldKeys> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key-encryption key that wraps new data keys.
    pub fn current(&self) -> KeyEncryptionKey {
        self.held().current.clone()
    }

    /// The key-encryption key of a fingerprint, if it is held.
    pub fn holding(&self, fingerprint: KeyFingerprint) -> Option<KeyEncryptionKey> {
        let held = self.held();
        let keys = [Some(&held.current), held.next.as_ref()];
        keys.into_iter().flatten().find(|key| key.fingerprint() == fingerprint).cloned()
    }

    /// Holds another key-encryption key beside the current one.
    pub fn hold(&self, next: KeyEncryptionKey) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(HeldKeys { next: Some(next), ..HeldKeys::clone(&held) });
    }

    /// Holds the key-encryption key of a fingerprint alone from now on; whether it was held.
    pub fn settle(&self, fingerprint: KeyFingerprint) -> bool {
        let Some(current) = self.holding(fingerprint) else { return false };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(HeldKeys { current, next: None });
        true
    }

    /// The tenant's data keys, if they are at hand.
    pub fn cached(&self, tenant: Uuid) -> Option<Arc<TenantKeys>> {
        self.unwrapped.get(&tenant)
    }

    /// Unwraps the tenant's stored keys and keeps them at hand; None if there are none.
    pub async fn admit(
        &self,
        tenant: Uuid,
        stored: &[WrappedKey],
    ) -> Result<Option<Arc<TenantKeys>>, SealError> {
        let mut keys = Vec::with_capacity(stored.len());
        for key in stored {
            let plain = self.unwrap(tenant, key).await?;
            let damaged = || SealError::DamagedKey { tenant, version: key.version };
            keys.push(DataKey::from_plain(key.version, &plain).ok_or_else(damaged)?);
        }
        let Some(keys) = TenantKeys::new(keys).map(Arc::new) else { return Ok(None) };
        if tenant == Keyring::CHECK_TENANT {
            self.returns.get_or_init(|| keys.newest().returns().clone());
        }
        self.unwrapped.insert(tenant, Arc::clone(&keys));
        Ok(Some(keys))
    }

    /// The bytes of a stored key, by whichever key-encryption key is held.
    pub(crate) async fn unwrap(
        &self,
        tenant: Uuid,
        stored: &WrappedKey,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let held = self.held();
        let wraps = [Some(&stored.wrapped), stored.rewrapped.as_ref()];
        for wrap in wraps.into_iter().flatten() {
            let by = KeyFingerprint::of_wrapped(wrap).and_then(|fingerprint| self.holding(fingerprint));
            if let Some(key) = by {
                return key.unwrap(tenant, stored.version, wrap).await;
            }
        }
        // Wrapped by no key that is held, or without a fingerprint: the error says which.
        held.current.unwrap(tenant, stored.version, &stored.wrapped).await
    }

    /// The seeds of the keys that sign checkpoints, the oldest first.
    pub async fn audit_seeds(&self, stored: &[WrappedKey]) -> Result<Vec<Zeroizing<Vec<u8>>>, SealError> {
        let mut seeds = Vec::with_capacity(stored.len());
        for key in stored {
            seeds.push(self.unwrap(Keyring::AUDIT_TENANT, key).await?);
        }
        Ok(seeds)
    }

    /// Forgets the tenant's data keys, which are no more or no longer all.
    pub fn forget(&self, tenant: Uuid) {
        self.unwrapped.remove(&tenant);
    }

    /// Forgets all data keys: some may have been replaced.
    pub fn forget_all(&self) {
        self.unwrapped.clear();
    }

    /// Whether this is another rotation of data keys, or another stage of it, than when this was last asked.
    pub fn is_new_rotation(&self, number: i64, is_under_way: bool) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *seen, (number, is_under_way)) != (number, is_under_way)
    }

    /// A new key for the tenant, to be inserted unless there is one of this version.
    pub async fn create(&self, tenant: Uuid, version: u32) -> Result<WrappedKey, SealError> {
        let wrapped = self.current().wrap(tenant, version, &DataKey::generate()?).await?;
        Ok(WrappedKey { version, wrapped, rewrapped: None, rotation: 0 })
    }

    /// A seal over what is given to a tenant's client and comes back: half of an HMAC-SHA256 under a key that is
    /// derived from the check tenant's data key for this alone, so that it outlives a rotation.
    pub fn seal_of(&self, tenant: Uuid, content: &[u8]) -> [u8; 16] {
        // Whoever asks before the check tenant's key is here gets a seal that nobody else makes.
        let key = self.returns.get_or_init(nobodys_key);
        let tag = hmac::sign(key, &[tenant.as_bytes(), content].concat());
        let mut seal = [0; 16];
        seal.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        seal
    }
}

/// A key that no other process has.
fn nobodys_key() -> hmac::Key {
    let mut bytes = [0; 32];
    // Without random numbers no data key is made either, and the store does not open.
    let _ = rand::fill(&mut bytes);
    hmac::Key::new(hmac::HMAC_SHA256, &bytes)
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keyring(***)")
    }
}

#[cfg(test)]
mod tests;
