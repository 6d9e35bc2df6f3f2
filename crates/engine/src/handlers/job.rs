//! The kinds of jobs and who does them. A job is work that is done later: a row, written in the transaction that causes
//! the work, and removed in the one that does it.

use futures_util::future::BoxFuture;
use odata::Key;
use odata::date_time::Ticks;
use odata::edm::{PermissionId, SetId};
use store::{Change, Job, NewJob};

use crate::Error;
use crate::authorize::Permit;
use crate::context::Context;

/// A kind of job. Kinds are declared by the family of sets that they belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobKind {
    /// The number that stands for the kind in the database. It never changes its meaning.
    pub number: i16,
    /// The event by which a client of the clock knows the end of such a job, if clients may wait for it.
    pub event: Option<ClockEvent>,
}

/// An event that the clock can be turned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockEvent {
    /// The word before the colon in `{"until":"restored:<id>"}`.
    pub name: &'static str,
    /// Whether the event ends the entity it is about, so that a missing entity may have had it.
    pub ends_entity: bool,
}

/// The kinds of jobs of a family of sets.
#[derive(Clone, Copy, Debug)]
pub struct JobFamily {
    /// The application permission with which the service does these jobs.
    pub permission: &'static str,
    /// The kinds of jobs that the family's sets cause.
    pub kinds: &'static [JobKind],
}

impl JobKind {
    /// The change that writes a job of this kind.
    pub fn job(self, subject: Key, content: &[u8], run_at: Ticks) -> Change {
        Change::Enqueue(NewJob { kind: self.number, subject, content: content.into(), run_at })
    }
}

/// The worker of a kind of job. It commits the changes that the job comes to together with the job's end
/// ([`Change::Finish`], or [`Change::PutOff`] for a job that recurs): with [`Context::change`], which decides again if others
/// were faster. A job may be begun twice, so nothing may hang on its being done once.
pub trait JobWorker: Send + Sync {
    /// The set whose entities the service must be allowed to change.
    fn set(&self) -> SetId;

    /// Does one job.
    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// The subject of the job that is about an entity, if it is about others as well.
    fn subject(&self, entity: &Key) -> Key {
        entity.clone()
    }

    /// Whether a job that is about other entities as well has still to do something about this one.
    fn is_awaited<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _subject: &'a Key,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async { Ok(false) })
    }

    /// Ends a job that failed too often. It takes no permit: a job that is not allowed must end too.
    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { Ok(context.commit(vec![Change::Finish(job.clone())]).await.map(|_| ())?) })
    }
}

/// A declared kind of job with its worker.
pub(crate) struct RegisteredJob {
    pub(crate) kind: JobKind,
    pub(crate) permission: PermissionId,
    /// The worker; none until it is registered.
    pub(crate) worker: Option<Box<dyn JobWorker>>,
}
