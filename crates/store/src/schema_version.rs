//! The version of a database's schema: of its fixed tables, and of the layout of the entity sets' tables.

use serde::{Deserialize, Serialize};

use crate::base_migrations;
use crate::error::OpenError;
use crate::migrate::LAYOUT_VERSION;

/// The migration since which the fixed tables know of restores.
const RESTORATIONS: &str = "__restorations";
/// The migration since which keys rest as they do now.
const KEYS: &str = "__keys";

/// The version of a database's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaVersion {
    /// The number of the newest base migration.
    pub migration: i64,
    /// The version of the layout.
    pub layout: i64,
}

impl SchemaVersion {
    /// The version that this program brings a database to.
    pub fn known() -> SchemaVersion {
        SchemaVersion { migration: base_migrations::newest(), layout: LAYOUT_VERSION }
    }

    /// Whether keys rest in such a database as this program reads them.
    pub(crate) fn has_todays_keys(self) -> bool {
        self.migration >= base_migrations::number_of(KEYS)
    }

    /// Refuses what this program cannot bring back: what is newer than it, or from before there were backups.
    pub(crate) fn check(self, database: &str) -> Result<(), OpenError> {
        let database = database.to_owned();
        let SchemaVersion { migration, layout } = SchemaVersion::known();
        if self.migration > migration {
            return Err(OpenError::Newer { database, found: self.migration, known: migration });
        }
        if self.layout > layout {
            return Err(OpenError::Newer { database, found: self.layout, known: layout });
        }
        if self.migration < base_migrations::number_of(RESTORATIONS) {
            let found = self.migration;
            let reason = format!("it has schema version {found}; start this build of muster on it once");
            return Err(OpenError::Other { database, reason });
        }
        Ok(())
    }
}
