//! Who is told of each job that was done, or failed: the traces of the server.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

/// A job that was done, or failed.
#[derive(Clone, Debug)]
pub struct JobRun<'a> {
    /// The event that ends such a job, or the number of the kind.
    pub kind: String,
    /// The tenant whose job it is.
    pub tenant: Uuid,
    /// The request that caused it.
    pub request_id: Uuid,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was begun this time.
    pub begun: SystemTime,
    /// The time that it took.
    pub took: Duration,
    /// Why it failed; none if it was done.
    pub failure: Option<&'a str>,
}

/// Who is told of jobs.
pub trait WatchJobs: Send + Sync {
    /// Whether anything is to be told now; without that, nothing is measured.
    fn is_watching(&self) -> bool;

    /// A job was done, or failed.
    fn ended(&self, run: JobRun<'_>);
}
