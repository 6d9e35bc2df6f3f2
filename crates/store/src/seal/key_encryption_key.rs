//! The key-encryption key: comes from outside (a file, the environment, a credential, a service), never from the database.
//!
//! ```text
//! a wrapped key: format (1) · fingerprint of the key that wrapped it (8) · what that key made of it
//! ```
//! The oldest format has no fingerprint.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::error::SealError;
use super::fingerprint::{FINGERPRINT_LENGTH, FORMAT, KeyFingerprint};
use super::key_service::{KeyService, KeyServiceError};
use super::local_key::LocalKey;

/// The first byte of a key that was wrapped without a fingerprint.
const FORMAT_BARE: u8 = 1;
/// The beginning of the associated data of wrapped keys, which keeps it apart from that of secrets.
const LABEL: &[u8] = b"muster data key";

/// The key that wraps the data keys.
#[derive(Clone)]
pub struct KeyEncryptionKey {
    source: Arc<str>,
    fingerprint: KeyFingerprint,
    keeper: Keeper,
}

/// Who has the key.
#[derive(Clone)]
enum Keeper {
    Local(LocalKey),
    Service(Arc<dyn KeyService>),
}

impl KeyEncryptionKey {
    /// A key from its 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<KeyEncryptionKey, SealError> {
        Ok(KeyEncryptionKey::local(LocalKey::from_bytes(bytes)?))
    }

    /// A key from its text: standard base64 or 64 hexadecimal digits; white space around it is ignored, because
    /// files end with a line feed.
    pub fn parse(text: &str) -> Result<KeyEncryptionKey, SealError> {
        Ok(KeyEncryptionKey::local(LocalKey::parse(text)?))
    }

    /// A new random key.
    pub fn generate() -> Result<KeyEncryptionKey, SealError> {
        Ok(KeyEncryptionKey::local(LocalKey::generate()?))
    }

    fn local(key: LocalKey) -> KeyEncryptionKey {
        let fingerprint = KeyFingerprint::of(key.digest().as_ref());
        KeyEncryptionKey { source: "a key".into(), fingerprint, keeper: Keeper::Local(key) }
    }

    /// The key of a service.
    pub fn of_service(service: Arc<dyn KeyService>) -> KeyEncryptionKey {
        let digest = digest::digest(&digest::SHA256, service.identity().as_bytes());
        let fingerprint = KeyFingerprint::of(digest.as_ref());
        KeyEncryptionKey { source: "a service".into(), fingerprint, keeper: Keeper::Service(service) }
    }

    /// The key, from a place that messages and the database name.
    #[must_use]
    pub fn from_source(self, source: &str) -> KeyEncryptionKey {
        KeyEncryptionKey { source: source.into(), ..self }
    }

    /// The place that it comes from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What tells it from other keys.
    pub fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }

    /// Whether the key has versions of its own, so that it may take its own place.
    pub fn has_versions(&self) -> bool {
        matches!(self.keeper, Keeper::Service(_))
    }

    /// The version of the key that wrapped a key, if it has versions and wrapped it.
    pub(crate) fn version_of(&self, wrapped: &[u8]) -> Option<u32> {
        match &self.keeper {
            Keeper::Local(_) => None,
            Keeper::Service(service) => service.version(wrapped.get(1 + FINGERPRINT_LENGTH..)?),
        }
    }

    /// Wraps a data key of a tenant.
    pub(crate) async fn wrap(&self, tenant: Uuid, version: u32, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let head = [&[FORMAT], self.fingerprint.0.as_slice()].concat();
        let associated_data = associated_data(&head, tenant, version);
        let made = match &self.keeper {
            Keeper::Local(key) => key.wrap(plain, &associated_data)?,
            Keeper::Service(service) => {
                let wrapped = service.wrap(plain, &associated_data).await;
                wrapped.map_err(|error| self.of_service_error(error, tenant, version))?
            }
        };
        Ok([head, made].concat())
    }

    /// Opens a wrapped data key of a tenant. `WrongKey` if another key wrapped it, `DamagedKey` if this one did and it does not
    /// open, or was wrapped for something else.
    pub(crate) async fn unwrap(
        &self,
        tenant: Uuid,
        version: u32,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let damaged = || SealError::DamagedKey { tenant, version };
        if let (Some((&FORMAT_BARE, made)), Keeper::Local(key)) = (wrapped.split_first(), &self.keeper) {
            let plain = key.unwrap(made, &associated_data(&[], tenant, version));
            return plain.ok_or_else(|| self.is_wrong(tenant, None));
        }
        let found = KeyFingerprint::of_wrapped(wrapped).ok_or_else(damaged)?;
        if found != self.fingerprint {
            return Err(self.is_wrong(tenant, Some(found)));
        }
        let (head, made) = wrapped.split_at_checked(1 + FINGERPRINT_LENGTH).ok_or_else(damaged)?;
        let associated_data = associated_data(head, tenant, version);
        match &self.keeper {
            Keeper::Local(key) => key.unwrap(made, &associated_data).ok_or_else(damaged),
            Keeper::Service(service) => {
                let plain = service.unwrap(made, &associated_data).await;
                plain.map_err(|error| self.of_service_error(error, tenant, version))
            }
        }
    }

    /// The error that this key is not the one that wrapped a key.
    pub(crate) fn is_wrong(&self, tenant: Uuid, wanted: Option<KeyFingerprint>) -> SealError {
        let (place, given) = (self.source.as_ref().into(), self.fingerprint);
        SealError::WrongKey { tenant, wanted, place, given }
    }

    fn of_service_error(&self, error: KeyServiceError, tenant: Uuid, version: u32) -> SealError {
        let place = self.source.as_ref().into();
        match error {
            KeyServiceError::Unavailable(reason) => SealError::Unavailable { place, reason },
            KeyServiceError::Refused(reason) => SealError::Refused { place, tenant, version, reason },
        }
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyEncryptionKey(***)")
    }
}

fn associated_data(head: &[u8], tenant: Uuid, version: u32) -> Vec<u8> {
    [LABEL, head, tenant.as_bytes(), &version.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests;
