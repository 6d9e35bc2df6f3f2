//! Connections to the file, and the lock that keeps other processes from it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::function;
use crate::error::OpenError;

/// The largest number of prepared statements kept for each connection: more than a model's tables have fixed ones, and
/// the usual lists.
const STATEMENTS_MAX: usize = 256;
/// The longest wait for a lock inside the file. Only this process is there, so it is all but never waited for.
pub(super) const BUSY_MAX: Duration = Duration::from_secs(1);
/// The size of the writer's page cache. Caches grow to their size as they are used.
const WRITER_CACHE_KIB: i64 = 16_384;
/// The size of the page cache of a reader of single rows, and of one that goes through many. The system's own cache is
/// behind it; the file is not mapped, because a disk's error would then end the process instead of the read.
pub(super) const SHORT_CACHE_KIB: i64 = 4_096;
pub(super) const LONG_CACHE_KIB: i64 = 2_048;
/// The size of a new file's pages. Rows of half a kilobyte fill larger ones a little better, but a change writes one page
/// of each index, however large.
const PAGE_BYTES: i64 = 4_096;
/// The rights of the files that are made here: nobody but their owner reads them. SQLite gives the files beside the
/// database the same rights.
pub(super) const FILE_MODE: u32 = 0o600;
/// The end of the name of a database that is being restored: nothing opens it.
pub(super) const RESTORING: &str = ".restoring";
/// The size to which the log is cut back when it starts anew.
const LOG_BYTES_MAX: i64 = 16 << 20;

/// Opens the file to write.
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Matters only to a file that is being made.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    durable(&connection)?;
    // The log is moved into the file beside the writer, and between groups.
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_MAX, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    function::register(&connection)?;
    Ok(connection)
}

/// Has each commit on disk when it returns.
pub(super) fn durable(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "full")
}

/// Has commits only in their order on disk. The next one that is durable makes all before it so.
pub(super) fn ordered(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "normal")
}

/// Opens the file to move the log into it.
pub(super) fn mover(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    Ok(connection)
}

/// Opens the file to read, with a page cache of some size.
pub(super) fn reader(path: &Path, cache_kib: i64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    function::register(&connection)?;
    // Plans that depend on the values bound would be made again for every query.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Takes the file for this process, making it if it is not there. The lock ends with the returned file.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let lock = lock_place(path)?;
    if !path.exists() && beside(path, RESTORING).exists() {
        return Err(OpenError::Unfinished { database: path.display().to_string() });
    }
    opened(path).map(|_| lock).map_err(|error| other(path, error))
}

/// The path of a file beside the database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Takes the place of the file for this process. The lock ends with the returned file.
pub(super) fn lock_place(path: &Path) -> Result<File, OpenError> {
    let lock_path = beside(path, ".lock");
    let file =
        opened(&lock_path).map_err(|error| other(path, format!("{}: {error}", lock_path.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.display().to_string() }),
        Err(TryLockError::Error(error)) => Err(other(path, format!("{}: {error}", lock_path.display()))),
    }
}

pub(super) fn opened(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(FILE_MODE).open(path)
}

/// The error of a file that cannot be opened for any other reason.
pub(super) fn other(path: &Path, reason: impl std::fmt::Display) -> OpenError {
    OpenError::Other { database: path.display().to_string(), reason: reason.to_string() }
}
