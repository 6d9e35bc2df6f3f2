//! The database that is copied: one of two.

use std::path::Path;

use super::inspected::Inspected;
use super::progress::Tell;
use crate::database::Database;
use crate::postgres::PostgresSource;
use crate::sqlite::SqliteSource;

/// The database that is copied.
pub(super) enum BackupSource {
    Sqlite(SqliteSource),
    Postgres(Box<PostgresSource>),
}

impl BackupSource {
    /// Opens a database, be it beside a server, and looks whether it can be backed up.
    pub async fn open(database: &Database) -> Result<BackupSource, String> {
        match database {
            Database::Sqlite(path) => SqliteSource::open(path).map(BackupSource::Sqlite),
            Database::Postgres(url) => Ok(BackupSource::Postgres(Box::new(PostgresSource::open(url).await?))),
        }
    }

    /// Copies it into a folder, as one transaction sees it; gives what is found in it, and the names of the files.
    pub async fn copy(self, folder: &Path, tell: Tell<'_>) -> Result<(Inspected, Vec<String>), String> {
        match self {
            BackupSource::Sqlite(sqlite) => sqlite.copy(folder, tell),
            BackupSource::Postgres(mut postgres) => postgres.copy(folder, tell).await,
        }
    }
}
