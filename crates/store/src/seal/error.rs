//! Errors of sealing and opening.

use odata::Key;
use uuid::Uuid;

/// The reason why a key or a secret was refused. No message holds any part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text or bytes given as key-encryption key are none.
    #[error("a key-encryption key is 32 bytes, written as standard base64 or as 64 hexadecimal digits")]
    NotAKey,
    /// The database was made with another key-encryption key (or its data key was tampered with).
    #[error(
        "the key-encryption key does not open the data key of tenant {tenant}: give the key that this database was created with"
    )]
    WrongKey {
        /// The tenant of the data key; the nil tenant's is the check value of the whole database.
        tenant: Uuid,
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
