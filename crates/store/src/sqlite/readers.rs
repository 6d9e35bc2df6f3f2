//! The read connections. Readers never wait for the writer, and see every commit that came before.
//!
//! A short read costs microseconds, and to begin and end its transaction costs as many: locks in the file, which all
//! readers take by turns. So a connection goes on with the snapshot it has until something is committed.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection;
use super::error::read_error;
use super::running_reads::RunningReads;
use crate::error::ReadError;
use crate::sql::transaction;

/// The number of connections for reads of microseconds, which run on the caller's thread.
const SHORT_READERS: usize = 4;
/// The number of connections for reads that may take long, each on a thread of its own, so that they never keep short
/// ones out.
const LONG_READERS: usize = 4;

/// The pool. Connections are opened when they are first needed.
#[derive(Debug)]
pub(super) struct SqliteReaders {
    path: PathBuf,
    /// The number of groups that have been committed since the file was opened.
    commits: AtomicU64,
    /// A sequence number up to which every read sees the journal.
    newest: AtomicI64,
    /// Whether another process writes the file, so that nobody says when something was committed.
    is_beside: bool,
    short: [PooledReader; SHORT_READERS],
    long: [PooledReader; LONG_READERS],
    long_turn: Arc<Semaphore>,
    running: RunningReads,
}

/// A reader of the pool, opened when it is first used.
type PooledReader = Mutex<Option<SqliteReader>>;

#[derive(Debug)]
struct SqliteReader {
    connection: Connection,
    /// The number of commits that its open transaction is sure to see; None if it has none open.
    snapshot: Option<u64>,
}

impl SqliteReaders {
    /// A pool for a file that has been migrated, and whose journal ends with this number.
    pub fn new(path: PathBuf, newest: i64) -> SqliteReaders {
        SqliteReaders {
            path,
            commits: AtomicU64::new(0),
            newest: AtomicI64::new(newest),
            is_beside: false,
            short: Default::default(),
            long: Default::default(),
            long_turn: Arc::new(Semaphore::new(LONG_READERS)),
            running: RunningReads::default(),
        }
    }

    /// A pool for a file that another process writes.
    pub fn beside(path: PathBuf, newest: i64) -> SqliteReaders {
        SqliteReaders { is_beside: true, ..SqliteReaders::new(path, newest) }
    }

    /// Runs a short read on the caller's thread.
    pub fn short<T>(&self, read: impl FnOnce(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        // Each thread has a favourite, so that they do not meet while there are enough.
        let favourite = favourite() % SHORT_READERS;
        let mut guard = free(&self.short, favourite)
            // All are in use, for microseconds each.
            .unwrap_or_else(|| self.short[favourite].lock().unwrap_or_else(PoisonError::into_inner));
        // Counted before the snapshot is taken, so that it is never taken for newer than it is.
        let commits = self.commits.load(Ordering::Acquire);
        let reader = self.reader(&mut guard, connection::SHORT_CACHE_KIB)?;
        let outcome = reader.see(commits).and_then(|()| read(&reader.connection));
        // A connection that cannot even end its snapshot is of no more use.
        if (outcome.is_err() || self.is_beside) && reader.end().is_err() {
            *guard = None;
        }
        outcome
    }

    /// Runs a read that may take long on a blocking thread. At most [`LONG_READERS`] run at once; others wait for their
    /// turn. It ends with whoever waits for it, and may be ended by [`SqliteReaders::end_begun_by`].
    pub async fn long<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let unavailable = |error: &dyn std::fmt::Display| ReadError::Unavailable(error.to_string());
        let turn = Arc::clone(&self.long_turn).acquire_owned().await.map_err(|error| unavailable(&error))?;
        let readers = Arc::clone(self);
        let caller = self.running.for_caller();
        let number = caller.number;
        let task = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut guard = free(&readers.long, 0)
                .unwrap_or_else(|| readers.long[0].lock().unwrap_or_else(PoisonError::into_inner));
            let connection = &readers.reader(&mut guard, connection::LONG_CACHE_KIB)?.connection;
            let _under_way = readers.running.begin(number, connection);
            read(connection)
        });
        task.await.map_err(|error| unavailable(&error))?
    }

    /// Says that a group was committed whose last journal entry has this number, before anyone is told of it.
    pub fn committed(&self, newest: Option<i64>) {
        self.commits.fetch_add(1, Ordering::Release);
        // Last: who reads it must not get a snapshot from before.
        if let Some(newest) = newest {
            self.newest.fetch_max(newest, Ordering::Release);
        }
    }

    /// A sequence number up to which every read that begins from now on sees the journal.
    pub fn newest(&self) -> i64 {
        self.newest.load(Ordering::Acquire)
    }

    /// Ends the snapshots that nobody is using: the log cannot start anew while one needs it.
    pub fn release(&self) {
        for reader in &self.short {
            let mut guard = reader.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Err(error)) = guard.as_mut().map(SqliteReader::end) {
                tracing::warn!(%error, "a reader could not end its snapshot");
            }
        }
    }

    /// Ends the long reads that were begun by then: the log cannot start anew while one needs it.
    pub fn end_begun_by(&self, then: Instant) {
        self.running.end_begun_by(then);
    }

    /// The reader, opened if this is its first use.
    fn reader<'r>(
        &self,
        pooled: &'r mut Option<SqliteReader>,
        cache_kib: i64,
    ) -> Result<&'r mut SqliteReader, ReadError> {
        Ok(match pooled {
            Some(reader) => reader,
            None => {
                let connection = connection::reader(&self.path, cache_kib).map_err(read_error)?;
                pooled.insert(SqliteReader { connection, snapshot: None })
            }
        })
    }
}

impl SqliteReader {
    /// Makes sure that what is read next is a snapshot of at least so many commits.
    fn see(&mut self, commits: u64) -> Result<(), ReadError> {
        if self.snapshot == Some(commits) {
            return Ok(());
        }
        self.end()?;
        self.run(transaction::BEGIN)?;
        self.snapshot = Some(commits);
        Ok(())
    }

    /// Ends the snapshot, if there is one.
    fn end(&mut self) -> Result<(), ReadError> {
        self.snapshot = None;
        if self.connection.is_autocommit() { Ok(()) } else { self.run(transaction::ROLLBACK) }
    }

    fn run(&self, text: &str) -> Result<(), ReadError> {
        let done = self.connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
        done.map(|_| ()).map_err(read_error)
    }
}

/// A reader that nobody is using, looked for from `first` on.
fn free(readers: &[PooledReader], first: usize) -> Option<MutexGuard<'_, Option<SqliteReader>>> {
    let (before, from) = readers.split_at(first.min(readers.len()));
    from.iter().chain(before).find_map(|reader| match reader.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    })
}

/// A number that this thread alone has.
fn favourite() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    MINE.with(Cell::get)
}
