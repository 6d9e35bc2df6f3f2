//! What the database says of the key-encryption key, and of rotations.

use crate::error::ReadError;
use crate::seal::KeyFingerprint;

/// The state of the keys of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// The number of the key-encryption key among those that the database has had.
    pub version: i64,
    /// The key-encryption key that wraps the data keys.
    pub current: NamedKey,
    /// The key-encryption key that is to take its place.
    pub next: Option<NamedKey>,
    /// The number of rotations of data keys that were begun.
    pub rotation: i64,
    /// Whether the last of them is under way.
    pub is_resealing: bool,
}

/// A key-encryption key as the database names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// What tells it from other keys.
    pub fingerprint: KeyFingerprint,
    /// The place that it comes from.
    pub source: Box<str>,
}

/// The columns of the state: version, fingerprint, source, those of the next key, rotation, whether it is under way.
pub(crate) type KeyStateRow = (i64, Vec<u8>, String, Option<Vec<u8>>, Option<String>, i64, i64);

impl KeyState {
    /// Reads the row of a database.
    pub(crate) fn read(row: KeyStateRow) -> Result<KeyState, ReadError> {
        let (version, fingerprint, source, next, next_source, rotation, resealing) = row;
        let named = |fingerprint: &[u8], source: String| {
            let fingerprint = KeyFingerprint::from_bytes(fingerprint);
            let fingerprint =
                fingerprint.ok_or_else(|| ReadError::Corrupt("the fingerprint of a key".into()));
            Ok::<_, ReadError>(NamedKey { fingerprint: fingerprint?, source: source.into() })
        };
        Ok(KeyState {
            version,
            current: named(&fingerprint, source)?,
            next: next.map(|next| named(&next, next_source.unwrap_or_default())).transpose()?,
            rotation,
            is_resealing: resealing != 0,
        })
    }
}
