//! Jobs: work to be done later, as rows that are written in the transaction that causes the work and removed in the
//! one that does it.
//!
//! A claim leases jobs; each claim counts the job's fence, and only with the last fence can it be ended or put off. So
//! what a job does takes effect once, however often and by however many processes it is tried.

use std::time::{Duration, SystemTime};

use odata::Key;
use odata::date_time::Ticks;
use uuid::Uuid;

use crate::error::ReadError;

/// A job to be written. At most one of a kind is there for a subject: another one takes its place, and is due when the
/// earlier of both was; whoever has a claim on the old one can end it no more.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// The number of the kind of work: never changes its meaning.
    pub kind: i16,
    /// The key of the entity that the work is about.
    pub subject: Key,
    /// The parameters of the work, in a form of the kind's own.
    pub content: Box<[u8]>,
    /// The time at which it is due, by the context's clock.
    pub run_at: Ticks,
}

/// A claimed job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The tenant whose data it is about.
    pub tenant: Uuid,
    /// The number of the kind of work.
    pub kind: i16,
    /// The key of the entity that the work is about.
    pub subject: Key,
    /// The parameters of the work, in a form of the kind's own.
    pub content: Box<[u8]>,
    /// The time at which it was due.
    pub run_at: Ticks,
    /// The number of times it was claimed, this time included.
    pub attempts: u32,
    /// The request that caused it.
    pub request_id: Uuid,
    /// The number of the last claim: who has an older one can neither end the job nor put it off.
    pub fence: i64,
}

/// The parameters of a claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobClaim {
    /// The time by which jobs are due, by the context's clock.
    pub due: Ticks,
    /// The process that claims.
    pub owner: Uuid,
    /// The current time in milliseconds since 1970, by the system's clock: the context's can be turned.
    pub now: i64,
    /// The end of the lease, by the same clock.
    pub until: i64,
    /// The largest number of jobs to lease.
    pub limit: u32,
}

impl JobClaim {
    pub fn new(due: Ticks, owner: Uuid, lease: Duration, limit: u32) -> JobClaim {
        let milliseconds = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let now = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since_1970) => milliseconds(since_1970),
            Err(before) => -milliseconds(before.duration()),
        };
        JobClaim { due, owner, now, until: now.saturating_add(milliseconds(lease)), limit }
    }
}

/// A job's row, as the databases give it.
pub(crate) struct JobRow {
    pub tenant: Uuid,
    pub kind: i16,
    pub subject: Vec<u8>,
    pub content: Vec<u8>,
    pub run_at: i64,
    pub attempts: i64,
    pub request_id: Uuid,
    pub fence: i64,
}

impl JobRow {
    /// The job of the row. An error names what of the row was never written by this crate.
    pub fn job(self) -> Result<Job, ReadError> {
        let JobRow { tenant, kind, subject, content, run_at, attempts, request_id, fence } = self;
        let corrupt = |what: String| {
            ReadError::Corrupt(format!(
                "the job of kind {kind} and request {request_id} of tenant {tenant} has {what}"
            ))
        };
        let attempts = u32::try_from(attempts).map_err(|_| corrupt(format!("{attempts} attempts")))?;
        let key = Key::from_bytes(&subject).ok_or_else(|| corrupt(format!("the subject {subject:02x?}")))?;
        let (content, run_at) = (content.into(), Ticks(run_at));
        Ok(Job { tenant, kind, subject: key, content, run_at, attempts, request_id, fence })
    }
}

/// The sound ones of claimed jobs. A damaged job is a defect that is logged; it stays leased, so that it does not hold up
/// the others.
pub(crate) fn sound(claimed: impl Iterator<Item = Result<Job, ReadError>>) -> Vec<Job> {
    let log = |error: &ReadError| tracing::error!(%error, "a claimed job is damaged, and left alone");
    claimed.filter_map(|job| job.inspect_err(log).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_was_never_written_is_named() {
        let row = |subject: &[u8], attempts| JobRow {
            tenant: Uuid::nil(),
            kind: 7,
            subject: subject.into(),
            content: Vec::new(),
            run_at: 0,
            attempts,
            request_id: Uuid::nil(),
            fence: 1,
        };
        let key = Key::parse("a").to_bytes();
        assert_eq!(row(&key, 3).job().map(|job| job.attempts).ok(), Some(3));
        for (subject, attempts, expected) in [
            (&[][..], 1, "the subject []"),
            (&[9, 9], 1, "the subject [09, 09]"),
            (&key, -1, "-1 attempts"),
            (&key, i64::MAX, "9223372036854775807 attempts"),
        ] {
            let error = row(subject, attempts).job().unwrap_err().to_string();
            assert!(error.contains("job of kind 7") && error.ends_with(expected), "{error}");
        }
    }
}
