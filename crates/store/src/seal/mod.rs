//! Secrets at rest: envelope encryption, and the receipt without which nothing is opened.
//!
//! A [`KeyEncryptionKey`], which never rests in the database, wraps the [`DataKey`] of each tenant; that seals
//! the tenant's secrets with AES-256-GCM. Associated data ties each secret to its tenant, set, key, property and version of the
//! data key, so that one who can write to the database cannot move a secret to where it may be read. What is sealed opens only
//! with a [`Receipt`]: the proof that the journal already says, durably, who looks.

mod data_key;
mod error;
mod fingerprint;
mod key_encryption_key;
mod key_service;
mod keyring;
mod local_key;
mod open_key;
mod owner;
mod receipt;
mod secrets;
mod tenant_keys;

pub use data_key::DataKey;
pub use error::SealError;
pub use fingerprint::KeyFingerprint;
pub use key_encryption_key::KeyEncryptionKey;
pub use key_service::{KeyService, KeyServiceError};
pub use keyring::Keyring;
pub use open_key::OpenKey;
pub use owner::SecretOwner;
pub use receipt::Receipt;
pub use secrets::{OpenedSecret, Secret};
pub(crate) use secrets::{sealed_slots, sealed_version};
pub(crate) use tenant_keys::Rewrap;
pub use tenant_keys::{TenantKeys, WrappedKey};
