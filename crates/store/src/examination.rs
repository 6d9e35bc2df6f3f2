//! What an examination of a database finds.

use crate::base_migrations;
use crate::migrate::LAYOUT_VERSION;
use crate::seal::{KeyEncryptionKey, Keyring, WrappedKey};

/// The version of what a database holds: the tables of the store's own, and how the model's are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaVersion {
    /// The number of the newest base migration.
    pub base: i64,
    /// The version of the layout.
    pub layout: i64,
}

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
    pub(crate) check_keys: Vec<WrappedKey>,
}

impl SchemaVersion {
    /// The version that this program brings a database to.
    pub fn known() -> SchemaVersion {
        let runner = base_migrations::sqlite().ok();
        let newest = runner.and_then(|runner| {
            runner.get_migrations().iter().map(|migration| i64::from(migration.version())).max()
        });
        SchemaVersion { base: newest.unwrap_or_default(), layout: LAYOUT_VERSION }
    }

    /// Whether keys rest in such a database as this program reads them.
    pub(crate) fn has_todays_keys(self) -> bool {
        self.base >= SchemaVersion::known().base
    }
}

impl Examination {
    /// Whether the database opens with a key-encryption key: an error says why not, and `false` that it cannot be told yet.
    pub async fn fits(&self, key: KeyEncryptionKey) -> Result<bool, String> {
        let admitted = Keyring::new(key).admit(Keyring::CHECK_TENANT, &self.check_keys).await;
        admitted.map(|keys| keys.is_some()).map_err(|error| error.to_string())
    }
}
