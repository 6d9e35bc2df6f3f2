//! What is put off: the writes and jobs that wait to be done. For whoever watches over the server.

use odata::date_time::Ticks;

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
