//! The read connections. Readers never wait for the writer, and see every commit that came before.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    short: [Mutex<Option<Connection>>; SHORT],
    long: [Mutex<Option<Connection>>; LONG],
    long_turn: Arc<Semaphore>,
}

impl Readers {
    /// A pool for a file that has been migrated.
    pub fn new(path: PathBuf) -> Readers {
        Readers {
            path,
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
        self.run(&mut guard, read)
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
            readers.run(&mut guard, read)
        });
        task.await.map_err(|error| unavailable(&error))?
    }

    fn run<T>(
        &self,
        place: &mut Option<Connection>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let connection = match place {
            Some(connection) => connection,
            None => place.insert(connection::reader(&self.path).map_err(failure::read)?),
        };
        read(connection)
    }
}

type Place = Mutex<Option<Connection>>;

/// A place that nobody is using, looked for from `first` on.
fn free(places: &[Place], first: usize) -> Option<MutexGuard<'_, Option<Connection>>> {
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
