//! The callers' end of the writer's queue.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use odata::date_time::Ticks;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::load::WriterGauges;
use super::queued_write::{QueuedWrite, WriteOutcome, WriteRequest};
use super::thread::WriterThread;
use crate::error::WriteError;
use crate::jobs::{Job, JobClaim};
use crate::seal::WrappedKey;
use crate::sql::PreparedUnit;
use crate::sqlite::resealing::Resealing;

/// The largest number of writes that may wait; beyond it callers are told to come back later.
pub(super) const WAITING_MAX: usize = 4_096;

/// The callers' end of the queue. When it is dropped the writer finishes what waits, and then itself.
#[derive(Debug)]
pub(in crate::sqlite) struct SqliteWriter {
    pub(super) queue: Option<SyncSender<QueuedWrite>>,
    pub(super) thread: Option<JoinHandle<()>>,
    pub(in crate::sqlite) gauges: Arc<WriterGauges>,
}

impl SqliteWriter {
    /// No writer: another process has the file.
    pub fn none() -> SqliteWriter {
        SqliteWriter { queue: None, thread: None, gauges: Arc::default() }
    }

    /// Starts the thread. `lock` is held until it ends.
    pub fn start(
        writer_thread: WriterThread,
        lock: File,
        gauges: Arc<WriterGauges>,
    ) -> std::io::Result<SqliteWriter> {
        let (queue, writes) = sync_channel(WAITING_MAX);
        let body = move || {
            writer_thread.run(&writes);
            drop(lock);
        };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(body)?;
        Ok(SqliteWriter { queue: Some(queue), thread: Some(thread), gauges })
    }

    /// Commits a unit; returns when it is on disk.
    pub async fn unit(&self, unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        match self.submit(WriteRequest::Unit(Box::new(unit))).await? {
            WriteOutcome::Versions(versions) => Ok(versions),
            other => Err(unlike("a unit", &other)),
        }
    }

    /// Inserts a data key unless the tenant has one of this version.
    pub async fn tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        match self.submit(WriteRequest::TenantKey(tenant, key)).await? {
            WriteOutcome::Kept => Ok(()),
            other => Err(unlike("a tenant's key", &other)),
        }
    }

    /// Writes secrets that were sealed anew.
    pub async fn reseal(&self, resealing: Resealing) -> Result<(), WriteError> {
        match self.submit(WriteRequest::Reseal(resealing)).await? {
            WriteOutcome::Kept => Ok(()),
            other => Err(unlike("secrets", &other)),
        }
    }

    /// Leases jobs that are due.
    pub async fn claim(&self, claim: JobClaim) -> Result<Vec<Job>, WriteError> {
        match self.submit(WriteRequest::Claim(claim)).await? {
            WriteOutcome::Jobs(jobs) => Ok(jobs),
            other => Err(unlike("a claim", &other)),
        }
    }

    /// Prunes some entries of a tenant's journal; whether there may be more.
    pub async fn prune(&self, tenant: Uuid, before: Ticks) -> Result<bool, WriteError> {
        match self.submit(WriteRequest::Prune(tenant, before)).await? {
            WriteOutcome::Pruned(may_be_more) => Ok(may_be_more),
            other => Err(unlike("the end of old entries", &other)),
        }
    }

    /// Ends some of what a tenant has beside its entities and its journal; whether there may be more.
    pub async fn forget(&self, tenant: Uuid) -> Result<bool, WriteError> {
        match self.submit(WriteRequest::Forget(tenant)).await? {
            WriteOutcome::Pruned(may_be_more) => Ok(may_be_more),
            other => Err(unlike("the end of a tenant", &other)),
        }
    }

    async fn submit(&self, request: WriteRequest) -> Result<WriteOutcome, WriteError> {
        let stopped = || WriteError::Unavailable("the writer has stopped".into());
        let (reply, outcome) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        // Before it is there, so that the writer never takes what is not counted.
        self.gauges.units_waiting.fetch_add(1, Ordering::Relaxed);
        let refused = match queue.try_send(QueuedWrite { request, reply }) {
            Ok(()) => return outcome.await.map_err(|_| stopped())?,
            Err(TrySendError::Full(_)) => WriteError::Busy,
            Err(TrySendError::Disconnected(_)) => stopped(),
        };
        self.gauges.units_waiting.fetch_sub(1, Ordering::Relaxed);
        Err(refused)
    }
}

impl Drop for SqliteWriter {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // It catches its own panics; there is nothing to say about one here.
            let _ = thread.join();
        }
    }
}

/// The error of an outcome that belongs to another kind of write.
fn unlike(write: &str, outcome: &WriteOutcome) -> WriteError {
    WriteError::Corrupt(format!("the writer answered {write} with {outcome:?}"))
}
