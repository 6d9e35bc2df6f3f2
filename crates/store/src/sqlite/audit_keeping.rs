//! What is kept beside the chains of records, on a connection of its own: neither the writer nor a reader waits for it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use odata::date_time::Ticks;
use rusqlite::{Connection, OptionalExtension, Params, Row};
use uuid::Uuid;

use super::connection;
use super::error::{read_error, write_error};
use crate::audit::{AuditHead, AuditLag, Checkpoint, DeliveryClaim};
use crate::error::{ReadError, WriteError};
use crate::sql::audit as texts;

/// The longest wait for a turn to write, beside a writer that hardly rests.
const TURN_MAX: Duration = Duration::from_secs(10);

/// The signed ends of chains, and how far they were delivered.
#[derive(Clone, Debug)]
pub(crate) struct AuditKeeping(Arc<Mutex<Connection>>);

impl AuditKeeping {
    /// Opens the connection to a file that has been migrated.
    pub(super) fn open(path: &Path) -> rusqlite::Result<AuditKeeping> {
        let connection = connection::writer(path)?;
        connection.busy_timeout(TURN_MAX)?;
        Ok(AuditKeeping(Arc::new(Mutex::new(connection))))
    }

    /// The ends of chains that no checkpoint holds.
    pub async fn unsigned(&self, Ticks(after): Ticks) -> Result<Vec<(Uuid, AuditHead)>, ReadError> {
        let head = |row: &Row<'_>| {
            let head = AuditHead { sequence: row.get(1)?, hash: row.get(2)? };
            Ok((Uuid::from_bytes(row.get(0)?), head))
        };
        self.read(move |connection| all(connection, texts::UNSIGNED.sqlite(), [after], head)).await
    }

    /// A tenant's checkpoints.
    pub async fn checkpoints(&self, tenant: Uuid) -> Result<Vec<Checkpoint>, ReadError> {
        self.read(move |connection| checkpoints(connection, tenant)).await
    }

    /// Keeps a checkpoint; whether it was not there.
    pub async fn add(&self, checkpoint: Checkpoint) -> Result<bool, WriteError> {
        let Checkpoint { tenant, head, at, public_key, signature } = checkpoint;
        let added = move |connection: &Connection| {
            let values = (tenant.as_bytes(), head.sequence, at.0, head.hash, public_key, signature);
            first(connection, texts::ADD_CHECKPOINT.sqlite(), values)
        };
        self.write(added).await.map(|added| added.is_some())
    }

    /// The tenants with records that a sink lacks.
    pub async fn undelivered(&self, sink: String) -> Result<Vec<Uuid>, ReadError> {
        let tenant = |row: &Row<'_>| row.get(0).map(Uuid::from_bytes);
        self.read(move |connection| all(connection, texts::UNDELIVERED.sqlite(), [sink], tenant)).await
    }

    /// What a sink lacks.
    pub async fn lag(&self, sink: String) -> Result<AuditLag, ReadError> {
        let lag = |row: &Row<'_>| {
            Ok(AuditLag { records: row.get(0)?, oldest: row.get::<_, Option<i64>>(1)?.map(Ticks) })
        };
        self.read(move |connection| {
            connection.prepare_cached(texts::COUNT_UNDELIVERED.sqlite())?.query_row([sink], lag)
        })
        .await
    }

    /// Takes the turn to deliver. The file is this process's alone, so a lease of another is one of a process that is gone.
    pub async fn claim(&self, claim: DeliveryClaim) -> Result<Option<i64>, WriteError> {
        let DeliveryClaim { sink, tenant, owner, now_millis: _, until_millis } = claim;
        let claimed = move |connection: &Connection| {
            let values = (sink, tenant.as_bytes(), owner.as_bytes(), i64::MAX, until_millis);
            first(connection, texts::CLAIM_DELIVERY.sqlite(), values)
        };
        self.write(claimed).await
    }

    /// Keeps how far records are delivered; whether the turn was still this process's.
    pub async fn delivered(&self, claim: DeliveryClaim, sequence: i64) -> Result<bool, WriteError> {
        let DeliveryClaim { sink, tenant, owner, now_millis: _, until_millis } = claim;
        let kept = move |connection: &Connection| {
            let values = (sink, tenant.as_bytes(), owner.as_bytes(), sequence, until_millis);
            first(connection, texts::DELIVERED.sqlite(), values)
        };
        self.write(kept).await.map(|kept| kept.is_some())
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let done = self.run(read).await.map_err(ReadError::Unavailable)?;
        done.map_err(read_error)
    }

    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WriteError> {
        let done = self.run(write).await.map_err(WriteError::Unavailable)?;
        done.map_err(write_error)
    }

    /// Does something with the connection where it may wait.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> T + Send + 'static,
    ) -> Result<T, String> {
        let connection = Arc::clone(&self.0);
        let work = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
    }
}

/// A tenant's checkpoints.
pub(super) fn checkpoints(connection: &Connection, tenant: Uuid) -> rusqlite::Result<Vec<Checkpoint>> {
    let checkpoint = |row: &Row<'_>| {
        let head = AuditHead { sequence: row.get(0)?, hash: row.get(2)? };
        let (at, public_key, signature) = (Ticks(row.get(1)?), row.get(3)?, row.get(4)?);
        Ok(Checkpoint { tenant, head, at, public_key, signature })
    };
    all(connection, texts::CHECKPOINTS.sqlite(), (tenant.as_bytes(), 0), checkpoint)
}

fn all<T>(
    connection: &Connection,
    text: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(text)?.query_map(values, read)?.collect()
}

/// The number that a statement yields, if it yields a row. It is committed when its rows have been read to the end.
fn first(connection: &Connection, text: &str, values: impl Params) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(text)?;
    statement.query_row(values, |row| row.get(0)).optional()
}
