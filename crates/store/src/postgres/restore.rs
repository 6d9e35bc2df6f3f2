//! Restoring the database: in one transaction, behind a mark that keeps servers from starting meanwhile.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::SinkExt;

use super::backup::SCRIPT_FILE;
use super::connection::{Connection, Parameters};
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;
use super::value::column;
use crate::backup::{Backup, CopyProgress, CopyStep, Tell};
use crate::restoration::Restoration;
use crate::sql::{backup as texts, restoration as marks, transaction};

const BUFFER_BYTES: usize = 256 << 10;

/// Restores into a schema that has no table.
pub(crate) async fn restore(
    url: &str,
    backup: &Backup,
    restoration: &Restoration,
    tell: Tell<'_>,
) -> Result<(), String> {
    let config = Arc::new(ConnectionConfig::find(url).await.map_err(message)?);
    let connection = Connection::open(&config, texts::SETTINGS).await.map_err(message)?;
    let there = connection.query(&marks::ANY_TABLE.into(), &[]).await.map_err(message)?;
    if let Some(row) = there.first() {
        let table: String = column(row, 0).map_err(message)?;
        return Err(format!("there is a table {table}; a restore never replaces a database"));
    }
    connection.run(marks::MARK_UNFINISHED).await.map_err(message)?;
    let filled = fill(&connection, backup, restoration, tell).await;
    if filled.is_err() {
        // If this fails too, the mark stays: another restore takes it away.
        let _ = connection.run(transaction::ROLLBACK).await;
        let _ = connection.run(marks::UNMARK_UNFINISHED).await;
    }
    filled
}

/// Runs the script. The mark goes first, so that only one restore is at work; nobody sees that before the end.
async fn fill(
    connection: &Connection,
    backup: &Backup,
    restoration: &Restoration,
    tell: Tell<'_>,
) -> Result<(), String> {
    connection.begin().await.map_err(message)?;
    connection.run(marks::UNMARK_UNFINISHED).await.map_err(message)?;
    let path = backup.folder.join(SCRIPT_FILE);
    let script = std::fs::read_to_string(&path);
    let script = script.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let (mut bytes, bytes_total) = (0, backup.manifest.bytes());
    for line in script.lines() {
        let Some((copy, file)) = texts::read_copy_line(line) else {
            connection.run(line).await.map_err(message)?;
            continue;
        };
        if !backup.manifest.files.iter().any(|known| known.name == file) {
            return Err(format!("{SCRIPT_FILE} names {file}, which is no file of the backup"));
        }
        copy_in(connection, &copy, &backup.folder.join(file), |more| {
            bytes += more;
            tell(CopyProgress { step: CopyStep::Restoring, bytes, bytes_total });
        })
        .await?;
    }
    let Restoration { sequence, at, taken_at, digest } = restoration;
    let values: Parameters<'_> = &[sequence, &at.0, &taken_at.0, digest];
    connection.execute(marks::INSERT.postgres(), values).await.map_err(message)?;
    connection.run(texts::ANALYZE).await.map_err(message)?;
    connection.run(transaction::COMMIT).await.map_err(message)
}

/// Copies a file into a table.
async fn copy_in(
    connection: &Connection,
    copy: &str,
    path: &Path,
    mut tell: impl FnMut(u64),
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let mut file = File::open(path).map_err(failed)?;
    let mut rows = pin!(connection.copy_in(copy).await.map_err(message)?);
    loop {
        let mut part = vec![0; BUFFER_BYTES];
        let read = file.read(&mut part).map_err(failed)?;
        if read == 0 {
            break;
        }
        part.truncate(read);
        rows.send(Bytes::from(part)).await.map_err(|error| message(error.into()))?;
        tell(read as u64);
    }
    rows.finish().await.map(|_| ()).map_err(|error| message(error.into()))
}

fn message(error: PostgresError) -> String {
    error.message().to_owned()
}
