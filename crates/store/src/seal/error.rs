//! Errors of sealing and opening.

use odata::Key;
use uuid::Uuid;

use super::fingerprint::KeyFingerprint;

/// The reason why a key or a secret was refused. No message holds any part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text or bytes given as key-encryption key are none.
    #[error("a key-encryption key is 32 bytes, written as standard base64 or as 64 hexadecimal digits")]
    NotAKey,
    /// Another key-encryption key wrapped the data keys.
    #[error(
        "the key-encryption key {place} (fingerprint {given}) is not the one that wrapped the data key of tenant {tenant}{}; \
         give the key that this database has",
        .wanted.map_or_else(String::new, |wanted| format!(" (fingerprint {wanted})"))
    )]
    WrongKey {
        /// The tenant of the data key; the nil tenant's is the check value of the whole database.
        tenant: Uuid,
        /// The fingerprint of the key that it takes, if that is known.
        wanted: Option<KeyFingerprint>,
        /// The place that the given key comes from.
        place: Box<str>,
        /// The fingerprint of the given key.
        given: KeyFingerprint,
    },
    /// The key-encryption key is the right one, and the wrapped key does not open.
    #[error(
        "version {version} of the data key of tenant {tenant} is damaged, or is another's; restore it from a backup"
    )]
    DamagedKey {
        /// The tenant of the data key.
        tenant: Uuid,
        /// The version of the data key.
        version: u32,
    },
    /// The service that has the key-encryption key cannot be had.
    #[error("the key-encryption key {place} cannot be had: {reason}")]
    Unavailable {
        /// The place of the key.
        place: Box<str>,
        /// The reason, in one line.
        reason: String,
    },
    /// The service that has the key-encryption key refuses a data key.
    #[error("{place} refuses version {version} of the data key of tenant {tenant}: {reason}")]
    Refused {
        /// The place of the key.
        place: Box<str>,
        /// The tenant of the data key.
        tenant: Uuid,
        /// The version of the data key.
        version: u32,
        /// The reason, in one line.
        reason: String,
    },
    /// The secrets are sealed under a data key that was not found.
    #[error(
        "the secrets of {set}('{key}') are sealed with version {version} of the tenant's data key, which is not there"
    )]
    NoSuchVersion {
        /// The path of the entity's set.
        set: Box<str>,
        /// The key of the entity.
        key: Key,
        /// The version that the secrets name.
        version: u32,
    },
    /// The bytes are not what was sealed for this tenant, set, entity and property.
    #[error("the secrets of {set}('{key}') are damaged, or were sealed for something else")]
    Damaged {
        /// The path of the entity's set.
        set: Box<str>,
        /// The key of the entity.
        key: Key,
    },
    /// The journal does not say that these secrets are being shown.
    #[error("the secrets of {set}('{key}') may not be opened: the receipt does not cover them")]
    NoReceipt {
        /// The path of the entity's set.
        set: Box<str>,
        /// The key of the entity.
        key: Key,
    },
    /// The secrets are more or longer than the format takes.
    #[error("the secrets of {set}('{key}') exceed what can be sealed: {limit}")]
    TooLarge {
        /// The path of the entity's set.
        set: Box<str>,
        /// The key of the entity.
        key: Key,
        /// The bound that is exceeded.
        limit: &'static str,
    },
    /// The cipher or the source of randomness failed: nothing a caller could have done.
    #[error("the cryptographic library failed")]
    Cipher,
}
