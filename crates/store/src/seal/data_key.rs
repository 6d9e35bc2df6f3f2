//! The data key: seals one tenant's secrets; rests in the database wrapped by the key-encryption key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use super::error::SealError;
use super::local_key::KEY_LENGTH;

/// The key of one tenant. The library wipes it from memory when dropped.
///
/// Nonces are random 96-bit numbers, drawn by the library with every use: good for 2^32 secrets of a tenant.
pub struct DataKey {
    version: u32,
    key: RandomizedNonceKey,
    returns: hmac::Key,
}

impl DataKey {
    /// The bytes of a new key.
    pub(super) fn generate() -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut plain = Zeroizing::new(vec![0; KEY_LENGTH]);
        rand::fill(&mut plain).map_err(|_| SealError::Cipher)?;
        Ok(plain)
    }

    /// A key from its bytes; none if there are more or fewer of them.
    pub(super) fn from_plain(version: u32, plain: &[u8]) -> Option<DataKey> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, plain).ok()?;
        let root = hmac::Key::new(hmac::HMAC_SHA256, plain);
        let derived = hmac::sign(&root, b"muster: what comes back from clients");
        Some(DataKey { version, key, returns: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) })
    }

    /// The number of the key among those of the tenant.
    pub fn version(&self) -> u32 {
        self.version
    }

    pub(super) fn cipher(&self) -> &RandomizedNonceKey {
        &self.key
    }

    /// The key that is derived from this one for what is given to clients and comes back.
    pub(super) fn returns(&self) -> &hmac::Key {
        &self.returns
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DataKey(version {}, ***)", self.version)
    }
}
