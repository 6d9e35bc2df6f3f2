//! The version of a database's schema: of its fixed tables, and of the layout of the entity sets' tables.

use serde::{Deserialize, Serialize};

use crate::base_migrations;
use crate::builds;
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
        let wanted = builds::wanted(None);
        if self.migration > migration {
            return Err(OpenError::Newer { database, found: self.migration, known: migration, wanted });
        }
        if self.layout > layout {
            return Err(OpenError::Newer { database, found: self.layout, known: layout, wanted });
        }
        if self.migration < base_migrations::number_of(RESTORATIONS) {
            let found = self.migration;
            let reason = format!("it has schema version {found}; start this build of muster on it once");
            return Err(OpenError::Other { database, reason });
        }
        Ok(())
    }

    /// Why this program must not go on with a database of this version, which `newest` was the last version of Muster to
    /// open; none if no newer one has.
    pub(crate) fn outdated(self, newest: Option<String>) -> Option<String> {
        let known = SchemaVersion::known();
        let is_newer = self.migration > known.migration || self.layout > known.layout;
        let is_other = newest.as_ref().is_some_and(|newest| newest != builds::VERSION);
        (is_newer || is_other).then(|| {
            let wanted = builds::wanted(newest);
            format!("a newer muster has opened the database, and this server has ended; run {wanted}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SchemaVersion;
    use crate::builds;

    #[test]
    fn a_server_ends_when_anything_is_newer() {
        let known = SchemaVersion::known();
        let ours = || Some(builds::VERSION.to_owned());
        assert_eq!(known.outdated(ours()), None);
        let migration = SchemaVersion { migration: known.migration + 1, ..known };
        let layout = SchemaVersion { layout: known.layout + 1, ..known };
        for (found, newest, wanted) in [
            (migration, ours(), "run a newer muster"),
            (layout, ours(), "run a newer muster"),
            (known, Some("99.0".to_owned()), "run muster 99.0 or a newer one"),
        ] {
            assert!(found.outdated(newest).is_some_and(|why| why.contains(wanted)), "{wanted}");
        }
    }
}
