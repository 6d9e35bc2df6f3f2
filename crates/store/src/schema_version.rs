//! The version of a database's schema: of its fixed tables, and of the layout of the entity sets' tables.

use serde::{Deserialize, Serialize};

use crate::base_migrations;
use crate::error::OpenError;
use crate::migrate::LAYOUT_VERSION;

/// The migration since which the fixed tables know of restores.
const RESTORATIONS: &str = "__restorations";

/// The version of a database's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaVersion {
    /// The number of the newest base migration.
    pub migration: i64,
    /// The version of the layout.
    pub layout: i64,
}

impl SchemaVersion {
    /// Refuses what this program cannot bring back: what is newer than it, or from before there were backups.
    pub(crate) fn check(self, database: &str) -> Result<(), OpenError> {
        let database = database.to_owned();
        let newest = base_migrations::newest();
        if self.migration > newest {
            return Err(OpenError::Newer { database, found: self.migration, known: newest });
        }
        if self.layout > LAYOUT_VERSION {
            return Err(OpenError::Newer { database, found: self.layout, known: LAYOUT_VERSION });
        }
        if self.migration < base_migrations::number_of(RESTORATIONS) {
            let found = self.migration;
            let reason = format!("it has schema version {found}; start this build of muster on it once");
            return Err(OpenError::Other { database, reason });
        }
        Ok(())
    }
}
