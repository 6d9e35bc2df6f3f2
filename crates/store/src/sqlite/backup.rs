//! Copying the file into a backup, be it beside the server that has it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::connection::{self, FILE_MODE, LONG_CACHE_KIB};
use crate::backup::{CopyProgress, CopyStep, Inspected, Tell};
use crate::schema_version::SchemaVersion;
use crate::sql::{backup, catalog, key_state};

/// The name of the copy in a backup.
pub(super) const DATABASE_FILE: &str = "muster.db";
/// The time between two looks at how far the copy is.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// The file that is copied.
pub(crate) struct SqliteSource {
    path: PathBuf,
    connection: Connection,
}

impl SqliteSource {
    /// Opens the file, and looks whether it can be backed up.
    pub fn open(path: &Path) -> Result<SqliteSource, String> {
        let connection = connection::reader(path, LONG_CACHE_KIB).map_err(|error| error.to_string())?;
        inspect(&connection, path)?;
        Ok(SqliteSource { path: path.to_owned(), connection })
    }

    /// Writes the copy, without what was deleted, and looks at it once more.
    pub fn copy(&self, folder: &Path, tell: Tell<'_>) -> Result<(Inspected, Vec<String>), String> {
        let to = folder.join(DATABASE_FILE);
        self.vacuum(&to, tell)?;
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", to.display());
        fs::set_permissions(&to, fs::Permissions::from_mode(FILE_MODE)).map_err(|error| failed(&error))?;
        let copy = connection::reader(&to, LONG_CACHE_KIB).map_err(|error| failed(&error))?;
        let found: String =
            copy.query_row(backup::QUICK_CHECK, (), |row| row.get(0)).map_err(|error| failed(&error))?;
        if found != "ok" {
            return Err(format!("the database is damaged: {found}"));
        }
        Ok((inspect(&copy, &self.path)?, vec![DATABASE_FILE.to_owned()]))
    }

    fn vacuum(&self, to: &Path, tell: Tell<'_>) -> Result<(), String> {
        let size = self.connection.query_row(backup::SIZE, (), |row| row.get::<_, i64>(0));
        let bytes_total = u64::try_from(size.map_err(|error| error.to_string())?).unwrap_or(0);
        let look = || {
            let bytes = to.metadata().map_or(0, |file| file.len());
            tell(CopyProgress { step: CopyStep::Copying, bytes, bytes_total });
        };
        let copied = std::thread::scope(|scope| {
            let (done, wait) = channel::<()>();
            scope.spawn(move || {
                while wait.recv_timeout(LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    look();
                }
            });
            let copied = self.connection.execute(backup::VACUUM_INTO, [to.to_string_lossy()]);
            drop(done);
            copied
        });
        copied.map(|_| ()).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => format!("the disk of {} is full", to.display()),
            _ => error.to_string(),
        })
    }
}

/// What the file says of itself, if it is one of Muster's.
fn inspect(connection: &Connection, path: &Path) -> Result<Inspected, String> {
    let error = |error: rusqlite::Error| error.to_string();
    if connection.query_row(catalog::HAS_MIGRATIONS, (), |_| Ok(())).optional().map_err(error)?.is_none() {
        return Err("it is no database of Muster's".to_owned());
    }
    let number = |text: &str| connection.query_row(text, (), |row| row.get(0)).map_err(error);
    let migration = number(catalog::NEWEST_MIGRATION)?;
    let schema = SchemaVersion { migration, layout: number(catalog::LAYOUT_VERSION.sqlite())? };
    // Before the tables are asked that an older one has not.
    schema.check(&path.display().to_string()).map_err(|error| error.to_string())?;
    let key = connection.query_row(key_state::FINGERPRINT.sqlite(), (), |row| row.get(0));
    Inspected::read(schema, key.optional().map_err(error)?)
}
