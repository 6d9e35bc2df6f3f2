//! What waits at the writer, as others see it, and what readers do, as the writer sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::figures::StoreFigures;
use crate::pacing::Pacing;

/// The numbers that the writer shares with its callers.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct WriterGauges {
    /// The units in the queue.
    pub units_waiting: AtomicUsize,
    /// The pages of the log that are not in the file yet.
    pub log_pages: AtomicI64,
    /// The number of calls that read.
    pub reads: AtomicU64,
    /// What was done since the file was opened.
    pub figures: StoreFigures,
}

/// The writer's own view.
pub(in crate::sqlite) struct WriterLoad {
    gauges: Arc<WriterGauges>,
    pacing: Pacing,
    group: usize,
}

impl WriterLoad {
    /// Nothing has happened yet.
    pub fn new(gauges: Arc<WriterGauges>) -> WriterLoad {
        WriterLoad { gauges, pacing: Pacing::new(Instant::now()), group: 0 }
    }

    /// A group of so many units is begun.
    pub fn begun(&mut self, units: usize) {
        self.group = units;
        self.gauges.units_waiting.fetch_sub(units, Ordering::Relaxed);
    }

    /// A group of so many units was committed, or failed, and took so long.
    pub fn ended(&self, units: usize, is_committed: bool, took: Duration) {
        let figures = &self.gauges.figures;
        match is_committed {
            true => {
                figures.commit_units.note(units as u64);
                figures.commit_micros.note_duration(took);
            }
            false => {
                figures.failed_commits.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The log was moved so often since the file was opened.
    pub fn set_checkpoints(&self, checkpoints: u64) {
        self.gauges.figures.checkpoints.store(checkpoints, Ordering::Relaxed);
    }

    /// The pages of the log that are not in the file yet.
    pub fn set_log_pages(&self, pages: i64) {
        self.gauges.log_pages.store(pages, Ordering::Relaxed);
    }

    /// The rest that the group allows readers, having taken so long.
    pub fn rest(&mut self, took: Duration) -> Duration {
        self.pacing.rest(Instant::now(), self.gauges.reads.load(Ordering::Relaxed), self.group, took)
    }
}
