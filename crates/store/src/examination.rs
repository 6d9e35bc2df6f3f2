//! What an examination of a database finds.

use crate::database_server::DatabaseServer;
use crate::schema_version::SchemaVersion;
use crate::seal::{KeyEncryptionKey, Keyring, WrappedKey};

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// The version that the database has.
    pub version: SchemaVersion,
    /// What is wrong with it, a line each.
    pub damage: Vec<String>,
    /// The time by the database's own clock, in seconds since 1970; none if it has no other than this machine's.
    pub seconds: Option<f64>,
    /// Whether it takes no writes, as a standby.
    pub is_standby: bool,
    /// What a server says of itself, if there is one.
    pub server: Option<DatabaseServer>,
    pub(crate) check_keys: Vec<WrappedKey>,
}

impl Examination {
    /// Whether the database opens with a key-encryption key: an error says why not, and `false` that it cannot be told yet.
    pub async fn fits(&self, key: KeyEncryptionKey) -> Result<bool, String> {
        let admitted = Keyring::new(key).admit(Keyring::CHECK_TENANT, &self.check_keys).await;
        admitted.map(|keys| keys.is_some()).map_err(|error| error.to_string())
    }
}
