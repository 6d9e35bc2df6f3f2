//! What is put off: the writes and jobs that wait to be done. For whoever watches over the server.

use odata::date_time::Ticks;

use crate::backend::Backend;
use crate::error::ReadError;
use crate::store::Store;

/// What is put off, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The units that wait to be written by this process.
    pub units_waiting: usize,
    /// The pages of SQLite's log that are not in the file yet; 0 on PostgreSQL.
    pub log_pages: i64,
    /// The jobs that are due and not done, counted up to ten thousand.
    pub jobs_due: i64,
    /// The time at which the longest due of them was.
    pub oldest_job: Option<Ticks>,
}

impl Store {
    /// What is put off by a time.
    pub async fn backlog(&self, due: Ticks) -> Result<Backlog, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.backlog(due),
            Backend::Postgres(postgres) => postgres.backlog(due).await,
        }
    }

    /// Says that a caller's call reads: writers leave readers room.
    pub fn note_reader(&self) {
        if let Backend::Sqlite(sqlite) = &self.backend {
            sqlite.note_reader();
        }
    }
}
