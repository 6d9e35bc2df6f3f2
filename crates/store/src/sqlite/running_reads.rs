//! The long reads that are under way. One is ended when nobody waits for it any more, or when its snapshot has kept the log
//! from being emptied for too long.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::{Connection, InterruptHandle};

/// The long reads that are under way, by their numbers.
#[derive(Default)]
pub(super) struct RunningReads {
    reads: Mutex<HashMap<u64, RunningRead>>,
    last_number: AtomicU64,
}

struct RunningRead {
    begun: Instant,
    is_ended: bool,
    interrupt: InterruptHandle,
}

/// A read's place among those that are under way, until it is dropped.
pub(super) struct ReadUnderWay<'r> {
    reads: &'r RunningReads,
    number: u64,
}

/// Ends a read when it is dropped, if the read is still under way.
pub(super) struct EndWithCaller<'r> {
    reads: &'r RunningReads,
    pub number: u64,
}

impl RunningReads {
    /// The number of the next read, which goes on no longer than its caller waits.
    pub fn for_caller(&self) -> EndWithCaller<'_> {
        EndWithCaller { reads: self, number: self.last_number.fetch_add(1, Ordering::Relaxed) }
    }

    /// A read begins on a connection.
    pub fn begin(&self, number: u64, connection: &Connection) -> ReadUnderWay<'_> {
        let (begun, interrupt) = (Instant::now(), connection.get_interrupt_handle());
        let read = RunningRead { begun, is_ended: false, interrupt };
        self.reads().insert(number, read);
        ReadUnderWay { reads: self, number }
    }

    /// Ends the reads that were begun by then.
    pub fn end_begun_by(&self, then: Instant) {
        // Under the lock, so that no later read on the same connection is ended instead.
        for read in self.reads().values_mut().filter(|read| read.begun <= then) {
            if !read.is_ended {
                tracing::warn!(
                    seconds = read.begun.elapsed().as_secs(),
                    "a read was ended: the log is too long"
                );
            }
            // Again, if it was between two statements.
            read.interrupt.interrupt();
            read.is_ended = true;
        }
    }

    fn reads(&self) -> MutexGuard<'_, HashMap<u64, RunningRead>> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReadUnderWay<'_> {
    fn drop(&mut self) {
        self.reads.reads().remove(&self.number);
    }
}

impl Drop for EndWithCaller<'_> {
    fn drop(&mut self) {
        if let Some(read) = self.reads.reads().get(&self.number) {
            read.interrupt.interrupt();
        }
    }
}

impl fmt::Debug for RunningReads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RunningReads").field("count", &self.reads().len()).finish()
    }
}
