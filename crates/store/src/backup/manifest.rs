//! What must be known of a backup to restore it.

use serde::{Deserialize, Serialize};

use crate::database::Database;
use crate::schema_version::SchemaVersion;

/// The file's name in a backup.
pub(super) const NAME: &str = "manifest.json";
/// The version of the format, raised when an older program could not read a backup.
pub(super) const FORMAT: u32 = 1;
/// The most bytes that a manifest may have.
pub(super) const BYTES_MAX: u64 = 1 << 20;

/// What must be known of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The version of the program that took it.
    pub build: String,
    /// When it was begun: what was acknowledged before is in it.
    pub taken_at: String,
    /// The kind of database that it is of.
    pub database: DatabaseKind,
    /// The version of the database's schema.
    pub schema: SchemaVersion,
    /// The fingerprint of the key-encryption key that opens the secrets in it.
    pub key_fingerprint: String,
    /// The files of the copy.
    pub files: Vec<BackupFile>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupFile {
    /// Its name in the folder.
    pub name: String,
    /// Its length, by which a part that is cut off shows.
    pub bytes: u64,
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// SQLite: the copy is a file.
    Sqlite,
    /// PostgreSQL: the copy is a script, and a file for each table.
    Postgres,
}

impl DatabaseKind {
    /// The kind of a database.
    pub(super) fn of(database: &Database) -> DatabaseKind {
        match database {
            Database::Sqlite(_) => DatabaseKind::Sqlite,
            Database::Postgres(_) => DatabaseKind::Postgres,
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            DatabaseKind::Sqlite => "SQLite",
            DatabaseKind::Postgres => "PostgreSQL",
        }
    }
}

impl Manifest {
    /// The bytes of the copy.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Reads a manifest of a format that is known.
    pub(super) fn read(text: &[u8]) -> Result<Manifest, String> {
        /// The one part that every format has.
        #[derive(Deserialize)]
        struct FormatNumber {
            format: u32,
        }
        let unreadable = |error: serde_json::Error| format!("{NAME} cannot be read: {error}");
        let FormatNumber { format } = serde_json::from_slice(text).map_err(unreadable)?;
        if format > FORMAT {
            return Err(format!(
                "the backup has format {format}, this program knows up to {FORMAT}; run a newer muster"
            ));
        }
        serde_json::from_slice(text).map_err(unreadable)
    }
}
