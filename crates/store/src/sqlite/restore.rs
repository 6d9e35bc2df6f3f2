//! Restoring the file: under another name, which nothing opens, until all of it is there.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::backup::DATABASE_FILE;
use super::connection::{self, RESTORING, beside};
use crate::backup::{Backup, CopyProgress, CopyStep, Tell};
use crate::restoration::Restoration;
use crate::sql::{backup as texts, restoration as rows};

/// The ends of the names of a database's files.
const SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];
const BUFFER_BYTES: usize = 1 << 20;

/// Restores into a place where no database is.
pub(crate) fn restore(
    path: &Path,
    backup: &Backup,
    restoration: &Restoration,
    tell: Tell<'_>,
) -> Result<(), String> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let _lock = connection::lock_place(path).map_err(|error| error.to_string())?;
    if let Some(there) = SUFFIXES.map(|suffix| beside(path, suffix)).iter().find(|file| file.exists()) {
        return Err(format!("{} is there; a restore never replaces a database", there.display()));
    }
    let restoring = beside(path, RESTORING);
    let restored = fill(&restoring, backup, restoration, tell).and_then(|()| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let renamed = fs::rename(&restoring, path)
            .and_then(|()| File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all());
        renamed.map_err(|error| error.to_string())
    });
    if restored.is_err() {
        // Whatever this could not remove is removed by the next restore.
        let _ = fs::remove_file(&restoring);
    }
    restored
}

/// Copies the file, and notes the restore in it. What a restore that was killed has left is written over.
fn fill(restoring: &Path, backup: &Backup, restoration: &Restoration, tell: Tell<'_>) -> Result<(), String> {
    copy(restoring, backup, tell).map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    })?;
    note(restoring, restoration).map_err(|error| error.to_string())?;
    File::open(restoring).and_then(|file| file.sync_all()).map_err(|error| error.to_string())
}

fn copy(restoring: &Path, backup: &Backup, tell: Tell<'_>) -> io::Result<()> {
    let mut from = File::open(backup.folder.join(DATABASE_FILE))?;
    let mut to = connection::opened(restoring)?;
    to.set_len(0)?;
    let (mut buffer, mut bytes, bytes_total) = (vec![0; BUFFER_BYTES], 0, backup.manifest.bytes());
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return to.sync_all();
        }
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
        tell(CopyProgress { step: CopyStep::Restoring, bytes, bytes_total });
    }
}

fn note(restoring: &Path, restoration: &Restoration) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(restoring, flags)?;
    connection.query_row(texts::WITHOUT_JOURNAL, (), |_| Ok(()))?;
    let Restoration { sequence, at, taken_at, digest } = restoration;
    connection.execute(rows::INSERT.sqlite(), (sequence, at.0, taken_at.0, digest)).map(|_| ())
}
