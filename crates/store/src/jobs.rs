//! Work to be done later: rows, written in the transaction that causes the work and removed in the one that does it.
//!
//! A claim leases jobs; each claim counts the job's fence, and only with the last fence can it be ended or put off. So
//! what a job does takes effect once, however often and by however many processes it is tried.

use std::time::{Duration, SystemTime};

use odata::Key;
use odata::date_time::Ticks;
use uuid::Uuid;

/// A job to be written. At most one of a kind is there for a subject: another one takes its place, and is due when the
/// earlier of both was; whoever has a claim on the old one can end it no more.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// What is to be done: a number that never changes its meaning.
    pub kind: i16,
    /// To which entity.
    pub subject: Key,
    /// What else is to be known.
    pub content: Box<[u8]>,
    /// When, by the context's clock.
    pub run_at: Ticks,
}

/// A claimed job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Whose data it is about.
    pub tenant: Uuid,
    /// What is to be done.
    pub kind: i16,
    /// To which entity.
    pub subject: Key,
    /// What else is to be known.
    pub content: Box<[u8]>,
    /// When it was due.
    pub run_at: Ticks,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// The request that caused it.
    pub request_id: Uuid,
    /// Counts the claims.
    pub fence: i64,
}

/// A wish for jobs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// What is due by then, by the context's clock.
    pub due: Ticks,
    /// The process that claims.
    pub owner: Uuid,
    /// Now and the end of the lease, in milliseconds since 1970. By the system's clock: the context's can be turned.
    pub now: i64,
    pub until: i64,
    /// How many at most.
    pub limit: u32,
}

impl Claim {
    pub fn new(due: Ticks, owner: Uuid, lease: Duration, limit: u32) -> Claim {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let milliseconds = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let now = milliseconds(since_1970);
        Claim { due, owner, now, until: now.saturating_add(milliseconds(lease)), limit }
    }
}

/// A job's row, as the databases give it.
pub(crate) struct JobRow {
    pub tenant: Uuid,
    pub kind: i16,
    pub subject: Vec<u8>,
    pub content: Vec<u8>,
    pub run_at: i64,
    pub attempts: i32,
    pub request_id: Uuid,
    pub fence: i64,
}

impl JobRow {
    /// The job; none if its subject never was a key.
    pub fn job(self) -> Option<Job> {
        Some(Job {
            tenant: self.tenant,
            kind: self.kind,
            subject: Key::from_bytes(&self.subject)?,
            content: self.content.into(),
            run_at: Ticks(self.run_at),
            attempts: u32::try_from(self.attempts).unwrap_or_default(),
            request_id: self.request_id,
            fence: self.fence,
        })
    }
}
