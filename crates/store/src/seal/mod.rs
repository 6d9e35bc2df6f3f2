//! Secrets at rest: envelope encryption, and the receipt without which nothing is opened.
//!
//! A [`KeyEncryptionKey`], which never rests in the database, wraps one [`DataKey`] for each tenant; that seals
//! the tenant's secrets with AES-256-GCM. Associated data ties each secret to its tenant, set, key and property, so
//! that one who can write to the database cannot move a secret to where it may be read. What is sealed opens only
//! with a [`Receipt`]: the proof that the journal already says, durably, who looks.

mod data_key;
mod key_encryption_key;
mod keyring;
mod receipt;
mod secrets;

use odata::Key;
use uuid::Uuid;

pub use data_key::DataKey;
pub use key_encryption_key::KeyEncryptionKey;
pub use keyring::{Keyring, WrappedKey};
pub use receipt::Receipt;
pub(crate) use secrets::sealed_slots;
pub use secrets::{OpenedSecret, Secret};

/// Where secrets belong: their entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Whose.
    pub tenant: Uuid,
    /// The path of the entity's set.
    pub set: &'a str,
    /// The entity.
    pub key: &'a Key,
}

/// A key or a secret was refused. No message holds any part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text or bytes given as key-encryption key are not one.
    #[error("a key-encryption key is 32 bytes, written as standard base64 or as 64 hexadecimal digits")]
    NotAKey,
    /// The database was made with another key-encryption key (or its data key was tampered with).
    #[error(
        "the key-encryption key does not open the data key of tenant {tenant}: give the key that this database was created with"
    )]
    WrongKey {
        /// Whose data key; the nil tenant's is the check value of the whole database.
        tenant: Uuid,
    },
    /// Sealed under a data key that was not found.
    #[error(
        "the secrets of {set}('{key}') are sealed with version {version} of the tenant's data key, which is not there"
    )]
    NoSuchVersion {
        /// Where.
        set: Box<str>,
        /// Whose secrets.
        key: Key,
        /// The version they name.
        version: u32,
    },
    /// Not what was sealed for this tenant, set, entity and property.
    #[error("the secrets of {set}('{key}') are damaged, or were sealed for something else")]
    Damaged {
        /// Where.
        set: Box<str>,
        /// Whose secrets.
        key: Key,
    },
    /// The journal does not say that these secrets are being shown.
    #[error("the secrets of {set}('{key}') may not be opened: the receipt does not cover them")]
    NoReceipt {
        /// Where.
        set: Box<str>,
        /// Whose secrets.
        key: Key,
    },
    /// More or longer secrets than the format takes.
    #[error("the secrets of {set}('{key}') exceed what can be sealed: {limit}")]
    TooLarge {
        /// Where.
        set: Box<str>,
        /// Whose secrets.
        key: Key,
        /// Which bound.
        limit: &'static str,
    },
    /// The cipher or the source of randomness failed: nothing a caller could have done.
    #[error("the cryptographic library failed")]
    Cipher,
}

/// The length of AES-256 keys, in bytes.
const KEY_LENGTH: usize = 32;
