//! The progress of what takes long when a database is opened, as the log tells it.

use std::time::{Duration, Instant};

/// The time between two lines of the log.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// The rows of a table that have been carried over.
pub(crate) struct CarryOverProgress<'t> {
    table: &'t str,
    rows: i64,
    told: Instant,
}

impl CarryOverProgress<'_> {
    /// The progress of a table of which no row has been carried over yet.
    pub fn of(table: &str) -> CarryOverProgress<'_> {
        CarryOverProgress { table, rows: 0, told: Instant::now() }
    }

    /// Adds rows that have been carried over.
    pub fn add(&mut self, rows: i64) {
        self.rows += rows;
        if self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            tracing::info!(table = self.table, rows = self.rows, "rows are carried over to the new layout");
        }
    }
}
