//! How connections to the database are used, counted where it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::figures::ConnectionCounts;
use crate::histogram::{DURATION_BOUNDS_MICROS, Histogram};

/// The counts as they grow.
#[derive(Debug)]
pub(super) struct ConnectionFigures {
    open: AtomicU64,
    in_use: AtomicU64,
    waiting: AtomicU64,
    opened: AtomicU64,
    failed: AtomicU64,
    retries: AtomicU64,
    waited_micros: Histogram,
}

/// Something that counts for as long as this is there.
#[derive(Debug)]
pub(super) struct GaugeShare {
    figures: Arc<ConnectionFigures>,
    count: fn(&ConnectionFigures) -> &AtomicU64,
}

/// A use of a connection, which may have several at once.
pub(super) struct Use {
    figures: Arc<ConnectionFigures>,
    uses: Arc<AtomicU64>,
}

/// A wait, which is noted with its length when it ends.
pub(super) struct ConnectionWait {
    begin: Instant,
    counted: GaugeShare,
}

impl Default for ConnectionFigures {
    fn default() -> ConnectionFigures {
        ConnectionFigures {
            open: AtomicU64::new(0),
            in_use: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            waited_micros: Histogram::new(&DURATION_BOUNDS_MICROS),
        }
    }
}

impl ConnectionFigures {
    /// A connection was made; it is open until this is dropped.
    pub fn opened(self: &Arc<Self>) -> GaugeShare {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.counted(|figures| &figures.open)
    }

    /// No host let a connection be made.
    pub fn note_failure(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// A transaction is tried again that the database has undone.
    pub fn note_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection with this number of uses has one more until this is dropped.
    pub fn use_of(self: &Arc<Self>, uses: &Arc<AtomicU64>) -> Use {
        if uses.fetch_add(1, Ordering::Relaxed) == 0 {
            self.in_use.fetch_add(1, Ordering::Relaxed);
        }
        Use { figures: Arc::clone(self), uses: Arc::clone(uses) }
    }

    /// Somebody waits for a connection until this is dropped.
    pub fn wait(self: &Arc<Self>) -> ConnectionWait {
        ConnectionWait { begin: Instant::now(), counted: self.counted(|figures| &figures.waiting) }
    }

    /// The counts now.
    pub fn counts(&self) -> ConnectionCounts {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ConnectionCounts {
            open: count(&self.open),
            in_use: count(&self.in_use),
            waiting: count(&self.waiting),
            opened: count(&self.opened),
            failed: count(&self.failed),
            retries: count(&self.retries),
            waited_micros: self.waited_micros.counts(),
        }
    }

    fn counted(self: &Arc<Self>, count: fn(&ConnectionFigures) -> &AtomicU64) -> GaugeShare {
        count(self).fetch_add(1, Ordering::Relaxed);
        GaugeShare { figures: Arc::clone(self), count }
    }
}

impl Drop for GaugeShare {
    fn drop(&mut self) {
        (self.count)(&self.figures).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        if self.uses.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.figures.in_use.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for ConnectionWait {
    fn drop(&mut self) {
        self.counted.figures.waited_micros.note_duration(self.begin.elapsed());
    }
}
