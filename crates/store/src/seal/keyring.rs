//! The keyring: unwraps the tenants' data keys and keeps the ones in use at hand.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use quick_cache::sync::Cache;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::data_key::DataKey;
use super::error::SealError;
use super::key_encryption_key::KeyEncryptionKey;

/// The largest number of tenants whose keys are kept unwrapped; beyond it, the least used are read and unwrapped again.
const CACHED_KEYS_MAX: usize = 1024;
/// The version of a tenant's first key.
const FIRST_VERSION: u32 = 1;

/// A data key as it rests in the table `tenant_key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// The version of the key.
    pub version: u32,
    /// The wrapped bytes; worthless without the key-encryption key.
    pub wrapped: Vec<u8>,
}

/// The data keys of the tenants.
///
/// It does no I/O: `Store` looks a key up with [`Keyring::cached`]; else reads the tenant's rows of `tenant_key` and
/// hands them to [`Keyring::admit`]; if there are none, inserts what [`Keyring::create`] returns unless another
/// process was faster, reads again and admits what is there then.
pub struct Keyring {
    key_encryption_key: KeyEncryptionKey,
    unwrapped: Cache<Uuid, Arc<DataKey>>,
}

impl Keyring {
    /// The tenant, nobody's, whose data key checks the key-encryption key whenever a database is opened.
    pub const CHECK_TENANT: Uuid = Uuid::nil();
    /// The tenant, nobody's, whose keys are the seeds of those that sign checkpoints of the audit.
    pub const AUDIT_TENANT: Uuid = Uuid::max();

    /// A keyring with no keys yet.
    pub fn new(key_encryption_key: KeyEncryptionKey) -> Keyring {
        Keyring { key_encryption_key, unwrapped: Cache::new(CACHED_KEYS_MAX) }
    }

    /// The tenant's data key, if it is at hand.
    pub fn cached(&self, tenant: Uuid) -> Option<Arc<DataKey>> {
        self.unwrapped.get(&tenant)
    }

    /// Unwraps the newest of the tenant's stored keys and keeps it at hand; None if there is none.
    pub fn admit(&self, tenant: Uuid, stored: &[WrappedKey]) -> Result<Option<Arc<DataKey>>, SealError> {
        let Some(newest) = stored.iter().max_by_key(|key| key.version) else { return Ok(None) };
        let key = DataKey::unwrap(&self.key_encryption_key, tenant, newest.version, &newest.wrapped)?;
        let key = Arc::new(key);
        self.unwrapped.insert(tenant, Arc::clone(&key));
        Ok(Some(key))
    }

    /// The seeds of the keys that sign checkpoints, the oldest first.
    pub fn audit_seeds(&self, stored: &[WrappedKey]) -> Result<Vec<Zeroizing<Vec<u8>>>, SealError> {
        let of = (&self.key_encryption_key, Keyring::AUDIT_TENANT);
        let mut stored: Vec<&WrappedKey> = stored.iter().collect();
        stored.sort_by_key(|key| key.version);
        stored.iter().map(|key| DataKey::unwrap_bytes(of.0, of.1, key.version, &key.wrapped)).collect()
    }

    /// Forgets the tenant's data key, which is no more.
    pub fn forget(&self, tenant: Uuid) {
        self.unwrapped.remove(&tenant);
    }

    /// A new first key for the tenant, to be inserted unless there is one.
    pub fn create(&self, tenant: Uuid) -> Result<WrappedKey, SealError> {
        let wrapped = DataKey::create(&self.key_encryption_key, tenant, FIRST_VERSION)?;
        Ok(WrappedKey { version: FIRST_VERSION, wrapped })
    }

    /// A seal over what is given to a tenant's client and comes back: half of an HMAC-SHA256 under a key that is
    /// derived from the key-encryption key for this alone.
    pub fn seal_of(&self, tenant: Uuid, content: &[u8]) -> [u8; 16] {
        let root = hmac::Key::new(hmac::HMAC_SHA256, self.key_encryption_key.bytes());
        let derived = hmac::sign(&root, b"muster: what comes back from clients");
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        let tag = hmac::sign(&key, &[tenant.as_bytes(), content].concat());
        let mut seal = [0; 16];
        seal.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        seal
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keyring(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyEncryptionKey, Keyring, SealError, Uuid, WrappedKey};

    const TENANT: Uuid = Uuid::from_u128(1);

    fn keyring() -> Keyring {
        Keyring::new(KeyEncryptionKey::generate().unwrap())
    }

    #[test]
    fn a_stored_key_is_admitted_and_kept() {
        let keyring = keyring();
        assert!(keyring.cached(TENANT).is_none());
        assert!(keyring.admit(TENANT, &[]).unwrap().is_none());
        let created = keyring.create(TENANT).unwrap();
        assert_eq!(keyring.admit(TENANT, &[created]).unwrap().unwrap().version(), 1);
        assert!(keyring.cached(TENANT).is_some());
        assert!(keyring.cached(Uuid::nil()).is_none());
    }

    #[test]
    fn a_key_wrapped_by_another_one_or_for_another_tenant_or_version_is_refused() {
        let keyring = keyring();
        let created = keyring.create(TENANT).unwrap();
        let version_two = WrappedKey { version: 2, ..created.clone() };
        let cases = [
            (super::tests::keyring(), TENANT, &created, "another key-encryption key"),
            (Keyring::new(keyring.key_encryption_key.clone()), Uuid::nil(), &created, "another tenant"),
            (Keyring::new(keyring.key_encryption_key.clone()), TENANT, &version_two, "another version"),
        ];
        for (keyring, tenant, stored, case) in cases {
            let error = keyring.admit(tenant, std::slice::from_ref(stored)).err();
            assert_eq!(error, Some(SealError::WrongKey { tenant }), "{case}");
            assert!(keyring.cached(tenant).is_none(), "{case}");
        }
    }

    #[test]
    fn a_wrapped_key_with_any_byte_changed_or_missing_is_refused() {
        let keyring = keyring();
        let created = keyring.create(TENANT).unwrap();
        for at in 0..created.wrapped.len() {
            let mut changed = created.clone();
            changed.wrapped[at] ^= 1;
            assert!(keyring.admit(TENANT, &[changed]).is_err(), "byte {at} changed");
            let mut cut = created.clone();
            cut.wrapped.truncate(at);
            assert!(keyring.admit(TENANT, &[cut]).is_err(), "cut after {at} bytes");
        }
    }

    #[test]
    fn debug_shows_stars() {
        let keyring = keyring();
        let created = keyring.create(TENANT).unwrap();
        let data_key = keyring.admit(TENANT, &[created]).unwrap().unwrap();
        assert_eq!(format!("{keyring:?} {data_key:?}"), "Keyring(***) DataKey(version 1, ***)");
    }
}
