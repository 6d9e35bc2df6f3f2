//! Secrets at rest: envelope encryption, and the receipt without which nothing is opened.
//!
//! A [`KeyEncryptionKey`], which never rests in the database, wraps one [`DataKey`] for each tenant; that seals
//! the tenant's secrets with AES-256-GCM. Associated data ties each secret to its tenant, set, key and property, so
//! that one who can write to the database cannot move a secret to where it may be read. What is sealed opens only
//! with a [`Receipt`]: the proof that the journal already says, durably, who looks.

mod data_key;
mod error;
mod key_encryption_key;
mod keyring;
mod owner;
mod receipt;
mod secrets;

pub use data_key::DataKey;
pub use error::SealError;
pub use key_encryption_key::KeyEncryptionKey;
pub use keyring::{Keyring, WrappedKey};
pub use owner::SecretOwner;
pub use receipt::Receipt;
pub(crate) use secrets::sealed_slots;
pub use secrets::{OpenedSecret, Secret};
