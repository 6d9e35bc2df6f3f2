//! The read connections. Readers never wait for the writer, and see every commit that came before.
//!
//! A short read costs microseconds, and to begin and end its transaction costs as many: locks in the file, which all
//! readers take by turns. So a connection goes on with the snapshot it has until something is committed.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connection, failure};
use crate::ReadError;

/// Connections for reads of microseconds, which run on the caller's thread.
const SHORT: usize = 4;
/// Connections for reads that may take long, each on a thread of its own, so that they never keep short ones out.
const LONG: usize = 4;

/// The pool. Connections are opened when they are first needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    /// How many groups have been committed since the file was opened.
    commits: AtomicU64,
    /// A number of the journal up to which every read sees it.
    newest: AtomicI64,
    short: [Place; SHORT],
    long: [Place; LONG],
    long_turn: Arc<Semaphore>,
}

type Place = Mutex<Option<Reader>>;

#[derive(Debug)]
struct Reader {
    connection: Connection,
    /// How many commits its open transaction is sure to see; None: it has none open.
    snapshot: Option<u64>,
}

impl Readers {
    /// A pool for a file that has been migrated, and whose journal ends with this number.
    pub fn new(path: PathBuf, newest: i64) -> Readers {
        Readers {
            path,
            commits: AtomicU64::new(0),
            newest: AtomicI64::new(newest),
            short: Default::default(),
            long: Default::default(),
            long_turn: Arc::new(Semaphore::new(LONG)),
        }
    }

    /// Runs a short read here and now.
    pub fn short<T>(&self, read: impl FnOnce(&Connection) -> Result<T, ReadError>) -> Result<T, ReadError> {
        // Each thread has a favourite, so that they do not meet while there are enough.
        let favourite = favourite() % SHORT;
        let mut guard = free(&self.short, favourite)
            // All are in use, for microseconds each.
            .unwrap_or_else(|| self.short[favourite].lock().unwrap_or_else(PoisonError::into_inner));
        // Counted before the snapshot is taken, so that it is never taken for newer than it is.
        let commits = self.commits.load(Ordering::Acquire);
        let reader = self.reader(&mut guard)?;
        let outcome = reader.see(commits).and_then(|()| read(&reader.connection));
        // A connection that cannot even end its snapshot is of no more use.
        if outcome.is_err() && reader.end().is_err() {
            *guard = None;
        }
        outcome
    }

    /// Runs a read that may take long on a blocking thread. At most [`LONG`] run at once; others wait for their turn.
    pub async fn long<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let unavailable = |error: &dyn std::fmt::Display| ReadError::Unavailable(error.to_string());
        let turn = Arc::clone(&self.long_turn).acquire_owned().await.map_err(|error| unavailable(&error))?;
        let readers = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut guard = free(&readers.long, 0)
                .unwrap_or_else(|| readers.long[0].lock().unwrap_or_else(PoisonError::into_inner));
            read(&readers.reader(&mut guard)?.connection)
        });
        task.await.map_err(|error| unavailable(&error))?
    }

    /// Says that a group was committed whose last journal entry has this number, before anyone is told of it.
    pub fn committed(&self, newest: Option<i64>) {
        self.commits.fetch_add(1, Ordering::Release);
        // Last: who reads it must not get a snapshot from before.
        self.newest.fetch_max(newest.unwrap_or_default(), Ordering::Release);
    }

    /// A number of the journal up to which every read that begins from now on sees it.
    pub fn newest(&self) -> i64 {
        self.newest.load(Ordering::Acquire)
    }

    /// Ends the snapshots that nobody is using: the log cannot start anew while one needs it.
    pub fn release(&self) {
        for place in &self.short {
            let mut guard = place.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Err(error)) = guard.as_mut().map(Reader::end) {
                tracing::warn!(%error, "a reader could not end its snapshot");
            }
        }
    }

    /// The connection of a place, opened if this is its first use.
    fn reader<'r>(&self, place: &'r mut Option<Reader>) -> Result<&'r mut Reader, ReadError> {
        Ok(match place {
            Some(reader) => reader,
            None => {
                let connection = connection::reader(&self.path).map_err(failure::read)?;
                place.insert(Reader { connection, snapshot: None })
            }
        })
    }
}

impl Reader {
    /// Makes sure that what is read next is a snapshot of at least so many commits.
    fn see(&mut self, commits: u64) -> Result<(), ReadError> {
        if self.snapshot == Some(commits) {
            return Ok(());
        }
        self.end()?;
        self.run("begin")?;
        self.snapshot = Some(commits);
        Ok(())
    }

    /// Ends the snapshot, if there is one.
    fn end(&mut self) -> Result<(), ReadError> {
        self.snapshot = None;
        if self.connection.is_autocommit() { Ok(()) } else { self.run("rollback") }
    }

    fn run(&self, text: &str) -> Result<(), ReadError> {
        let done = self.connection.prepare_cached(text).and_then(|mut statement| statement.raw_execute());
        done.map(|_| ()).map_err(failure::read)
    }
}

/// A place that nobody is using, looked for from `first` on.
fn free(places: &[Place], first: usize) -> Option<MutexGuard<'_, Option<Reader>>> {
    let (before, from) = places.split_at(first.min(places.len()));
    from.iter().chain(before).find_map(|place| match place.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    })
}

/// A number of this thread's own.
fn favourite() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    MINE.with(Cell::get)
}
