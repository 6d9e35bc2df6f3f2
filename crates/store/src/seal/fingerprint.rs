//! The fingerprint of a key-encryption key, which stands before all that the key wraps.

use std::fmt;

/// The first byte of a key that was wrapped with a fingerprint.
pub(super) const FORMAT: u8 = 2;
/// The length of a fingerprint, in bytes.
pub(super) const FINGERPRINT_LENGTH: usize = 8;

/// What tells one key-encryption key from another, and nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFingerprint(pub(crate) [u8; FINGERPRINT_LENGTH]);

impl KeyFingerprint {
    /// The fingerprint in a digest.
    pub(super) fn of(digest: &[u8]) -> KeyFingerprint {
        let mut fingerprint = [0; FINGERPRINT_LENGTH];
        fingerprint.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
        KeyFingerprint(fingerprint)
    }

    /// The fingerprint in the bytes that a database keeps; none if these are none.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<KeyFingerprint> {
        bytes.try_into().ok().map(KeyFingerprint)
    }

    /// The fingerprint of the key that wrapped a key; none if that is damaged or of the oldest format.
    pub(crate) fn of_wrapped(wrapped: &[u8]) -> Option<KeyFingerprint> {
        let (&format, rest) = wrapped.split_first()?;
        let (fingerprint, _) = rest.split_first_chunk().filter(|_| format == FORMAT)?;
        Some(KeyFingerprint(*fingerprint))
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}
