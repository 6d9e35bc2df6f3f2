//! What a store has done since it was opened, counted where it is done.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::histogram::{COUNT_BOUNDS, DURATION_BOUNDS_MICROS, Histogram, HistogramCounts};

/// The counts as they grow. Writers add to them, and whoever watches reads.
#[derive(Debug)]
pub(crate) struct StoreFigures {
    /// The units of each commit.
    pub commit_units: Histogram,
    /// The time of each commit, in microseconds.
    pub commit_micros: Histogram,
    /// The commits that failed as a whole.
    pub failed_commits: AtomicU64,
    /// How often SQLite's log was moved into its file.
    pub checkpoints: AtomicU64,
    /// The entities whose secrets were shown, once that is on record.
    pub revealed: AtomicU64,
}

/// The counts at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreCounts {
    /// The units of each commit.
    pub commit_units: HistogramCounts,
    /// The time of each commit, in microseconds.
    pub commit_micros: HistogramCounts,
    /// The commits that failed as a whole.
    pub failed_commits: u64,
    /// How often SQLite's log was moved into its file.
    pub checkpoints: u64,
    /// The entities whose secrets were shown.
    pub revealed: u64,
    /// How connections to the database are used, if there are any.
    pub connections: Option<ConnectionCounts>,
}

/// How connections to the database are used at one moment. SQLite has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionCounts {
    /// The open connections.
    pub open: u64,
    /// Those of them that have something to do.
    pub in_use: u64,
    /// The callers who wait for one.
    pub waiting: u64,
    /// The connections that were made since the database was opened.
    pub opened: u64,
    /// The attempts to make one that failed at all hosts.
    pub failed: u64,
    /// The transactions that were tried again because the database had undone them in favour of others.
    pub retries: u64,
    /// The time of each wait for a connection, in microseconds.
    pub waited_micros: HistogramCounts,
}

/// The jobs of one kind that are not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCount {
    /// The number of the kind.
    pub kind: i16,
    /// How many there are.
    pub count: i64,
    /// When the first of them is, or was, due, in ticks.
    pub first_due: i64,
}

impl Default for StoreFigures {
    fn default() -> StoreFigures {
        StoreFigures {
            commit_units: Histogram::new(&COUNT_BOUNDS),
            commit_micros: Histogram::new(&DURATION_BOUNDS_MICROS),
            failed_commits: AtomicU64::new(0),
            checkpoints: AtomicU64::new(0),
            revealed: AtomicU64::new(0),
        }
    }
}

impl StoreFigures {
    /// The counts now, but those of connections.
    pub fn counts(&self) -> StoreCounts {
        StoreCounts {
            commit_units: self.commit_units.counts(),
            commit_micros: self.commit_micros.counts(),
            failed_commits: self.failed_commits.load(Ordering::Relaxed),
            checkpoints: self.checkpoints.load(Ordering::Relaxed),
            revealed: self.revealed.load(Ordering::Relaxed),
            connections: None,
        }
    }
}
