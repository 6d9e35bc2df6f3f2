//! What is found of a database before it is copied, and of the copy.

use crate::schema_version::SchemaVersion;
use crate::seal::KeyFingerprint;

/// What a backup must say of a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inspected {
    pub schema: SchemaVersion,
    /// The fingerprint of the key-encryption key that it has.
    pub key: KeyFingerprint,
}

impl Inspected {
    /// What a database of a schema says: the fingerprint of its key, if it has one.
    pub fn read(schema: SchemaVersion, key: Option<Vec<u8>>) -> Result<Inspected, String> {
        let key = key.and_then(|key| KeyFingerprint::from_bytes(&key));
        let key = key.ok_or("no server was ever started on it, so that there is nothing to back up")?;
        Ok(Inspected { schema, key })
    }
}
