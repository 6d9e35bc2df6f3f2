//! The data key: seals one tenant's secrets; rests in the database wrapped by the key-encryption key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::error::SealError;
use super::key_encryption_key::{KEY_LENGTH, KeyEncryptionKey};

/// The first byte of a wrapped key, for the day the format changes.
const FORMAT: u8 = 1;
/// The beginning of the associated data of wrapped keys, which keeps it apart from that of secrets.
const LABEL: &[u8] = b"muster data key";

/// The key of one tenant. The library wipes it from memory when dropped.
///
/// Nonces are random 96-bit numbers, drawn by the library with every use: good for 2^32 secrets of a tenant.
pub struct DataKey {
    version: u32,
    key: RandomizedNonceKey,
}

impl DataKey {
    /// Makes a key for a tenant and returns it as it is to rest: wrapped.
    pub(super) fn create(
        key_encryption_key: &KeyEncryptionKey,
        tenant: Uuid,
        version: u32,
    ) -> Result<Vec<u8>, SealError> {
        // Room for the tag, so that appending it does not move the key and leave a copy behind.
        let mut key = Zeroizing::new(Vec::with_capacity(KEY_LENGTH + AES_256_GCM.tag_len()));
        key.resize(KEY_LENGTH, 0);
        rand::fill(&mut key).map_err(|_| SealError::Cipher)?;
        let cipher = cipher(key_encryption_key.bytes())?;
        let nonce = cipher
            .seal_in_place_append_tag(Aad::from(associated_data(tenant, version)), &mut *key)
            .map_err(|_| SealError::Cipher)?;
        Ok([&[FORMAT], nonce.as_ref().as_slice(), key.as_slice()].concat())
    }

    /// Opens a wrapped key; fails with `WrongKey` if it was wrapped by another one, or for another tenant.
    pub(super) fn unwrap(
        key_encryption_key: &KeyEncryptionKey,
        tenant: Uuid,
        version: u32,
        wrapped: &[u8],
    ) -> Result<DataKey, SealError> {
        let plain = DataKey::unwrap_bytes(key_encryption_key, tenant, version, wrapped)?;
        Ok(DataKey { version, key: cipher(&plain).map_err(|_| SealError::WrongKey { tenant })? })
    }

    /// The bytes of a wrapped key.
    pub(super) fn unwrap_bytes(
        key_encryption_key: &KeyEncryptionKey,
        tenant: Uuid,
        version: u32,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let wrong = || SealError::WrongKey { tenant };
        let (nonce, sealed) = match wrapped.split_first() {
            Some((&FORMAT, rest)) => rest.split_at_checked(NONCE_LEN).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut key = Zeroizing::new(sealed.to_vec());
        let plain = cipher(key_encryption_key.bytes())?
            .open_in_place(nonce, Aad::from(associated_data(tenant, version)), &mut key)
            .map_err(|_| wrong())?
            .len();
        key.truncate(plain);
        Ok(key)
    }

    /// The number of the key among those of the tenant.
    pub fn version(&self) -> u32 {
        self.version
    }

    pub(super) fn cipher(&self) -> &RandomizedNonceKey {
        &self.key
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DataKey(version {}, ***)", self.version)
    }
}

fn cipher(key: &[u8]) -> Result<RandomizedNonceKey, SealError> {
    RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| SealError::Cipher)
}

fn associated_data(tenant: Uuid, version: u32) -> Vec<u8> {
    [LABEL, tenant.as_bytes(), &version.to_be_bytes()].concat()
}
