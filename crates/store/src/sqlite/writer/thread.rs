//! The writer's thread: commits groups, and in lulls moves the log.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use uuid::Uuid;

use super::group::{gather, newest};
use super::load::WriterLoad;
use super::log::WriteAheadLog;
use super::newest_changes::NewestChanges;
use super::queued_write::{QueuedWrite, WriteOutcome, WriteOutcomes, WriteRequest};
use super::tenant_usage::TenantUsage;
use crate::error::WriteError;
use crate::seal::WrappedKey;
use crate::sql::{PreparedUnit, SqlSchema, audit, session, tenant_keys, transaction};
use crate::sqlite::apply::Applier;
use crate::sqlite::error::{ApplyError, write_error};
use crate::sqlite::identities::Identities;
use crate::sqlite::readers::SqliteReaders;
use crate::sqlite::text_changes::TextChanges;
use crate::sqlite::trigrams::TrigramIndexes;
use crate::sqlite::{connection, retention, side_writes, tenant_records};

/// The time without a write after which the log is moved all the same.
const IDLE_WAIT: Duration = Duration::from_secs(1);

/// The state of the thread.
pub(in crate::sqlite) struct WriterThread {
    pub connection: Connection,
    pub path: PathBuf,
    pub schema: Arc<SqlSchema>,
    pub identities: Arc<Identities>,
    pub readers: Arc<SqliteReaders>,
    pub trigrams: Arc<TrigramIndexes>,
    /// The last sequence number that was given. Never set back past a commit that failed: it may yet be in the log.
    pub sequence: i64,
    /// SQLite's number of what other connections have written, as it was when the sequence was last looked up.
    pub data_version: Option<i64>,
    pub newest_changes: NewestChanges,
    pub usage: TenantUsage,
    pub log: WriteAheadLog,
    pub load: WriterLoad,
}

impl WriterThread {
    pub(super) fn run(mut self, writes: &Receiver<QueuedWrite>) {
        let mut settled = true;
        loop {
            match writes.recv_timeout(IDLE_WAIT) {
                Ok(first) => {
                    let group = gather(first, writes);
                    let units = group.len();
                    self.load.begun(units);
                    let begin = Instant::now();
                    let is_committed = self.commit(group);
                    let took = begin.elapsed();
                    self.load.ended(units, is_committed, took);
                    self.load.set_log_pages(self.log.keep_short(&self.connection, &self.readers));
                    self.load.set_checkpoints(self.log.moves);
                    std::thread::sleep(self.load.rest(took));
                    settled = false;
                }
                Err(RecvTimeoutError::Timeout) if settled => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.log.settle(&self.connection, &self.readers);
                    self.load.set_log_pages(0);
                    settled = true;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.readers.release();
        // Closing the last connection moves the rest of the log; this makes an orderly end of it even if a reader
        // stays.
        let _ = self.connection.query_row(session::CHECKPOINT_ALL, (), |_| Ok(()));
    }

    /// Commits a group and answers everyone in it; whether it was committed.
    pub(super) fn commit(&mut self, writes: Vec<QueuedWrite>) -> bool {
        let outcomes = catch_unwind(AssertUnwindSafe(|| self.write(&writes)));
        self.trigrams.end_group();
        let outcomes = outcomes.unwrap_or_else(|_| Err(WriteError::Corrupt("a defect in the writer".into())));
        // Also after a failure: who knows what became of the commit.
        self.readers.committed(outcomes.as_ref().ok().and_then(newest));
        match outcomes {
            // A caller who has gone away needs no answer.
            Ok(outcomes) => {
                writes.into_iter().zip(outcomes).for_each(|(write, outcome)| drop(write.reply.send(outcome)));
                true
            }
            Err(error) => {
                tracing::error!(%error, units = writes.len(), "a group was not committed");
                self.recover();
                // Not behind the numbers of what failed: no read ever sees them, and every condition would fail.
                self.newest_changes.forget(self.readers.newest());
                self.usage.forget();
                writes.into_iter().for_each(|write| drop(write.reply.send(Err(error.clone()))));
                false
            }
        }
    }

    /// Writes a group in one transaction. An error says that none of it was committed.
    fn write(&mut self, writes: &[QueuedWrite]) -> Result<WriteOutcomes, WriteError> {
        if let Some(outcomes) = self.transact(writes, false)? {
            return Ok(outcomes);
        }
        let outcomes = self.transact(writes, true)?;
        outcomes.ok_or_else(|| WriteError::Corrupt("a unit left traces beyond its savepoint".into()))
    }

    /// Writes a group, with savepoints or hoping that no unit fails halfway; none if one did, and all was undone.
    fn transact(
        &mut self,
        writes: &[QueuedWrite],
        savepoints: bool,
    ) -> Result<Option<WriteOutcomes>, WriteError> {
        run(&self.connection, transaction::BEGIN_IMMEDIATE)?;
        self.follow_others()?;
        self.newest_changes.undo();
        self.usage.undo();
        let before = self.sequence;
        let mut pending = HashMap::new();
        let mut text_changes = self.trigrams.begin_group();
        let mut outcomes = Vec::with_capacity(writes.len());
        for write in writes {
            let outcome = match &write.request {
                WriteRequest::Unit(unit) => {
                    self.apply(unit, &mut pending, &mut text_changes, savepoints).map(WriteOutcome::Versions)
                }
                WriteRequest::TenantKey(tenant, key) => {
                    self.insert_key(*tenant, key).map(|()| WriteOutcome::Kept)
                }
                WriteRequest::Reseal(resealing) => {
                    let (schema, identities) = (&self.schema, &self.identities);
                    resealing.apply(&self.connection, schema, identities).map(|()| WriteOutcome::Kept)
                }
                WriteRequest::Claim(claim) => {
                    side_writes::claim(&self.connection, claim).map(WriteOutcome::Jobs)
                }
                WriteRequest::Prune(tenant, before) => {
                    let identities = &self.identities;
                    let pruned = retention::prune(&self.connection, identities, *tenant, *before);
                    pruned.map(WriteOutcome::Pruned)
                }
                WriteRequest::Forget(tenant) => {
                    let forgotten = tenant_records::forget(&self.connection, &self.identities, *tenant);
                    forgotten.map(WriteOutcome::Pruned)
                }
            };
            outcomes.push(match outcome {
                Ok(outcome) => Ok(outcome),
                Err(ApplyError::Unit(error)) => Err(error),
                Err(ApplyError::Group(error)) => return Err(error),
                Err(ApplyError::Traces) => {
                    run(&self.connection, transaction::ROLLBACK)?;
                    self.sequence = before;
                    return Ok(None);
                }
            });
        }
        self.trigrams.tell(text_changes);
        run(&self.connection, transaction::COMMIT)?;
        self.identities.remember(pending);
        self.newest_changes.commit(self.sequence);
        self.usage.commit();
        Ok(Some(outcomes))
    }

    /// Goes on behind the numbers that commands beside this process have taken for their records of looks.
    fn follow_others(&mut self) -> Result<(), WriteError> {
        let number = |text: &str| {
            let mut statement = self.connection.prepare_cached(text)?;
            statement.query_row((), |row| row.get::<_, i64>(0))
        };
        let data_version = number(session::DATA_VERSION).map_err(write_error)?;
        if self.data_version != Some(data_version) {
            self.sequence = self.sequence.max(number(audit::NEWEST_RECORD).map_err(write_error)?);
            self.data_version = Some(data_version);
        }
        Ok(())
    }

    fn apply(
        &mut self,
        unit: &PreparedUnit,
        pending: &mut HashMap<Uuid, i64>,
        text_changes: &mut TextChanges,
        savepoints: bool,
    ) -> Result<Vec<i64>, ApplyError> {
        let (connection, schema, identities) = (&self.connection, &*self.schema, &*self.identities);
        let (sequence, newest_changes) = (&mut self.sequence, &mut self.newest_changes);
        let usage = &mut self.usage;
        Applier {
            connection,
            schema,
            identities,
            pending,
            sequence,
            newest_changes,
            usage,
            savepoints,
            text_changes,
        }
        .apply(unit)
    }

    fn insert_key(&self, tenant: Uuid, key: &WrappedKey) -> Result<(), ApplyError> {
        let values = (tenant.as_bytes(), key.version, &key.wrapped, key.wrapped_by());
        let inserted = self.connection.execute(tenant_keys::INSERT.sqlite(), values);
        inserted.map(|_| ()).map_err(|error| ApplyError::Group(write_error(error)))
    }

    /// Leaves the transaction that failed, with a new connection if the old one will not.
    fn recover(&mut self) {
        if self.connection.is_autocommit() || self.connection.execute_batch(transaction::ROLLBACK).is_ok() {
            return;
        }
        match connection::writer(&self.path) {
            Ok(connection) => (self.connection, self.data_version) = (connection, None),
            // The next group fails and tries again.
            Err(error) => tracing::error!(%error, "the database file cannot be opened again"),
        }
    }
}

fn run(connection: &Connection, text: &str) -> Result<(), WriteError> {
    let done = connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
    done.map(|_| ()).map_err(write_error)
}
