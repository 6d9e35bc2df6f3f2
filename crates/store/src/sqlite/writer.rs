//! The writer: one thread that commits everything that is waiting in one transaction.
//!
//! A commit costs an fsync, which is milliseconds; an insert costs microseconds. While one group is on its way to
//! the disk the next one gathers, so that the disk decides the size of the groups and no unit waits for company.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::apply::{Applier, Failure};
use super::identities::Identities;
use super::readers::Readers;
use super::{beside, connection, failure, trigrams};
use crate::jobs::Claim;
use crate::layout::Layout;
use crate::seal::WrappedKey;
use crate::sql::{PreparedChange, PreparedUnit};
use crate::{Job as ClaimedJob, WriteError};

/// How many units may wait; then callers are told to come back later.
const WAITING: usize = 4_096;
/// How many units are committed together at most.
const GROUP_UNITS: usize = 512;
/// How many bytes are committed together at most, unless one unit alone has more.
const GROUP_BYTES: usize = 8 << 20;
/// How many pages the log may grow by before they are moved into the file.
const LOG_PAGES: i64 = 1_000;
/// How long there must be nothing to do before what is in the log is moved all the same, and what is written indexed.
const IDLE: Duration = Duration::from_secs(1);
/// The same for indexing, if there is enough for a transaction of its own.
const LULL: Duration = Duration::from_millis(10);
/// What is enough, in changes.
const INDEXED_TOGETHER: usize = 256;

/// The caller's end of the queue. When it is dropped the writer finishes what waits, and then itself.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// A piece of work, and who waits for it.
struct Job {
    work: Work,
    reply: oneshot::Sender<Result<Written, WriteError>>,
}

enum Work {
    Unit(Box<PreparedUnit>),
    /// A data key of a tenant that has none yet.
    TenantKey(Uuid, WrappedKey),
    /// A lease of jobs that are due.
    Claim(Claim),
}

/// What a piece of work came to.
#[derive(Debug)]
enum Written {
    /// The sequence number of each change.
    Versions(Vec<i64>),
    /// What was claimed.
    Jobs(Vec<ClaimedJob>),
}

impl Writer {
    /// Starts the thread. `lock` is held until it ends.
    pub fn start(state: State, lock: File) -> std::io::Result<Writer> {
        let (queue, jobs) = sync_channel(WAITING);
        let body = move || {
            state.run(&jobs);
            drop(lock);
        };
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(body)?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Commits a unit; returns when it is on disk.
    pub async fn unit(&self, unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        match self.submit(Work::Unit(Box::new(unit))).await? {
            Written::Versions(versions) => Ok(versions),
            Written::Jobs(_) => Ok(Vec::new()),
        }
    }

    /// Inserts a data key unless the tenant has one of this version.
    pub async fn tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        self.submit(Work::TenantKey(tenant, key)).await.map(|_| ())
    }

    /// Leases jobs.
    pub async fn claim(&self, claim: Claim) -> Result<Vec<ClaimedJob>, WriteError> {
        match self.submit(Work::Claim(claim)).await? {
            Written::Jobs(jobs) => Ok(jobs),
            Written::Versions(_) => Ok(Vec::new()),
        }
    }

    async fn submit(&self, work: Work) -> Result<Written, WriteError> {
        let stopped = || WriteError::Unavailable("the writer has stopped".into());
        let (reply, answer) = oneshot::channel();
        match self.queue.as_ref().ok_or_else(stopped)?.try_send(Job { work, reply }) {
            Ok(()) => answer.await.map_err(|_| stopped())?,
            Err(TrySendError::Full(_)) => Err(WriteError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // It catches its own panics; there is nothing to say about one here.
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
pub(super) struct State {
    pub connection: Connection,
    pub path: PathBuf,
    pub layout: Arc<Layout>,
    pub identities: Arc<Identities>,
    pub readers: Arc<Readers>,
    /// The last sequence number given. Never set back past a commit that failed: it may yet be in the log.
    pub sequence: i64,
}

type Answers = Vec<Result<Written, WriteError>>;

impl State {
    fn run(mut self, jobs: &Receiver<Job>) {
        let mut settled = true;
        // Who knows what the last process left.
        let mut unindexed = INDEXED_TOGETHER;
        loop {
            match jobs.recv_timeout(if unindexed < INDEXED_TOGETHER { IDLE } else { LULL }) {
                Ok(first) => {
                    let group = gather(first, jobs);
                    unindexed = unindexed.saturating_add(group.iter().map(changes).sum());
                    self.commit(group);
                    self.checkpoint(LOG_PAGES);
                    settled = false;
                }
                Err(RecvTimeoutError::Timeout) if unindexed > 0 => {
                    unindexed = if self.index() { INDEXED_TOGETHER } else { 0 };
                    self.checkpoint(LOG_PAGES);
                    settled = false;
                }
                Err(RecvTimeoutError::Timeout) if settled => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.checkpoint(0);
                    settled = true;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.readers.release();
        // Closing the last connection moves the rest of the log; this makes an orderly end of it even if a reader stays.
        let _ = self.connection.query_row("pragma wal_checkpoint(truncate)", (), |_| Ok(()));
    }

    /// Commits a group and answers everyone in it.
    fn commit(&mut self, jobs: Vec<Job>) {
        let written = catch_unwind(AssertUnwindSafe(|| self.write(&jobs)));
        let answers = written.unwrap_or_else(|_| Err(WriteError::Corrupt("a defect in the writer".into())));
        // Also after a failure: who knows what became of the commit.
        self.readers.committed(answers.as_ref().ok().and_then(newest));
        match answers {
            // A caller who has gone away needs no answer.
            Ok(answers) => {
                jobs.into_iter().zip(answers).for_each(|(job, answer)| drop(job.reply.send(answer)))
            }
            Err(error) => {
                tracing::error!(%error, units = jobs.len(), "a group was not committed");
                self.recover();
                jobs.into_iter().for_each(|job| drop(job.reply.send(Err(error.clone()))));
            }
        }
    }

    /// Writes a group in one transaction. An error says that none of it was committed.
    fn write(&mut self, jobs: &[Job]) -> Result<Answers, WriteError> {
        if let Some(answers) = self.transact(jobs, false)? {
            return Ok(answers);
        }
        let answers = self.transact(jobs, true)?;
        answers.ok_or_else(|| WriteError::Corrupt("a unit left traces beyond its savepoint".into()))
    }

    /// Writes a group, with savepoints or hoping that no unit fails halfway; none if one did, and all was undone.
    fn transact(&mut self, jobs: &[Job], savepoints: bool) -> Result<Option<Answers>, WriteError> {
        run(&self.connection, "begin immediate")?;
        let before = self.sequence;
        let mut pending = HashMap::new();
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            let answer = match &job.work {
                Work::Unit(unit) => self.apply(unit, &mut pending, savepoints).map(Written::Versions),
                Work::TenantKey(tenant, key) => {
                    self.insert_key(*tenant, key).map(|()| Written::Versions(Vec::new()))
                }
                Work::Claim(claim) => beside::claim(&self.connection, claim).map(Written::Jobs),
            };
            answers.push(match answer {
                Ok(written) => Ok(written),
                Err(Failure::Unit(error)) => Err(error),
                Err(Failure::Group(error)) => return Err(error),
                Err(Failure::Traces) => {
                    run(&self.connection, "rollback")?;
                    self.sequence = before;
                    return Ok(None);
                }
            });
        }
        run(&self.connection, "commit")?;
        self.identities.remember(pending);
        Ok(Some(answers))
    }

    fn apply(
        &mut self,
        unit: &PreparedUnit,
        pending: &mut HashMap<Uuid, i64>,
        savepoints: bool,
    ) -> Result<Vec<i64>, Failure> {
        let (connection, layout, identities) = (&self.connection, &*self.layout, &*self.identities);
        let sequence = &mut self.sequence;
        Applier { connection, layout, identities, pending, sequence, savepoints }.apply(unit)
    }

    fn insert_key(&self, tenant: Uuid, key: &WrappedKey) -> Result<(), Failure> {
        let text =
            "insert into tenant_key (tenant, version, wrapped) values (?1, ?2, ?3) on conflict do nothing";
        let inserted = self.connection.execute(text, (tenant.as_bytes(), key.version, &key.wrapped));
        inserted.map(|_| ()).map_err(|error| Failure::Group(failure::write(error)))
    }

    /// Indexes some texts; whether there may be more.
    fn index(&mut self) -> bool {
        match trigrams::index_some(&mut self.connection, &self.layout) {
            Ok(indexed) => {
                self.readers.committed(None);
                indexed
            }
            Err(error) => {
                tracing::warn!(%error, "the texts could not be indexed; searches look at them one by one");
                false
            }
        }
    }

    /// Leaves the transaction that failed, with a new connection if the old one will not.
    fn recover(&mut self) {
        if self.connection.is_autocommit() || self.connection.execute_batch("rollback").is_ok() {
            return;
        }
        match connection::writer(&self.path) {
            Ok(connection) => self.connection = connection,
            // The next group fails and tries again.
            Err(error) => tracing::error!(%error, "the database file cannot be opened again"),
        }
    }

    /// Moves the log into the file if it has grown by more than so many pages. Nobody waits for it but the next
    /// group. What readers still need stays for the next time.
    fn checkpoint(&mut self, pages: i64) {
        let waiting = |mode: &str| {
            let mut pragma = self.connection.prepare_cached(&format!("pragma wal_checkpoint({mode})"))?;
            pragma.query_row((), |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
        };
        match waiting("noop") {
            Ok(grown) if grown > pages => {
                // Before, so that all of the log can be moved; after, so that it can then start anew.
                self.readers.release();
                if let Err(error) = waiting("passive") {
                    tracing::warn!(%error, "the log could not be moved into the database file");
                }
                self.readers.release();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the size of the log could not be read"),
        }
    }
}

fn run(connection: &Connection, text: &str) -> Result<(), WriteError> {
    let done = connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
    done.map(|_| ()).map_err(failure::write)
}

/// The largest number among answers.
fn newest(answers: &Answers) -> Option<i64> {
    let versions = |written: &Written| match written {
        Written::Versions(versions) => versions.iter().max().copied(),
        Written::Jobs(_) => None,
    };
    answers.iter().flatten().filter_map(versions).max()
}

/// Everything that waits, within bounds.
fn gather(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let mut bytes = size(&first);
    let mut group = vec![first];
    while group.len() < GROUP_UNITS
        && bytes < GROUP_BYTES
        && let Ok(job) = jobs.try_recv()
    {
        bytes += size(&job);
        group.push(job);
    }
    group
}

/// How many changes a job makes.
fn changes(job: &Job) -> usize {
    match &job.work {
        Work::Unit(unit) => unit.changes.len(),
        Work::TenantKey(..) | Work::Claim(_) => 0,
    }
}

/// About how much a job writes.
fn size(job: &Job) -> usize {
    let Work::Unit(unit) = &job.work else { return 0 };
    let sizes = unit.changes.iter().map(|change| match change {
        PreparedChange::Insert { document, sealed, .. } | PreparedChange::Update { document, sealed, .. } => {
            document.len() + sealed.as_ref().map_or(0, Vec::len)
        }
        PreparedChange::Delete { .. } | PreparedChange::Unchanged { .. } | PreparedChange::Beside(_) => 0,
        PreparedChange::Note { keys, .. } => keys.len() * size_of::<odata::Key>(),
    });
    sizes.sum()
}
