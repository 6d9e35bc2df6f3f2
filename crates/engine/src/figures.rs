//! What there is to watch: calls, commits, jobs, and what is put off.

use store::{Backlog, StoreCounts};

use crate::Error;
use crate::call_figures::OperationCalls;
use crate::engine::Engine;
use crate::state_counts::StateFigures;

/// The figures at one moment.
#[derive(Clone, Debug)]
pub struct EngineFigures {
    /// The operations that were called.
    pub calls: Vec<OperationCalls>,
    /// What the store has done.
    pub store: StoreCounts,
    /// What is put off.
    pub backlog: Backlog,
    /// The age of the oldest job that is due, in seconds by the clock of the calls; 0 if none is.
    pub oldest_job_seconds: f64,
    /// The jobs that are not done, by kind.
    pub jobs: Vec<JobFigures>,
    /// What the sink of the audit lacks; none if there is no sink.
    pub audit: Option<AuditFigures>,
    /// The entities of one set by their state; none before they were counted.
    pub states: Option<StateFigures>,
}

/// What the sink of the audit lacks.
#[derive(Clone, Copy, Debug)]
pub struct AuditFigures {
    /// The records, counted up to ten thousand.
    pub records: i64,
    /// The age of the oldest of them in seconds; 0 if it lacks none.
    pub oldest_seconds: f64,
}

/// The jobs of a kind.
#[derive(Clone, Debug)]
pub struct JobFigures {
    /// The event that ends such a job, or the number of the kind.
    pub kind: String,
    /// How many there are.
    pub count: i64,
    /// For how many seconds the first of them has been due; below zero if it is not due yet.
    pub late_seconds: f64,
}

impl Engine {
    /// The figures now.
    pub async fn figures(&self) -> Result<EngineFigures, Error> {
        let now = self.clock.now();
        let since = |due: i64| (now.0 - due) as f64 / 1e7;
        let backlog = self.store.backlog(now).await?;
        let jobs = self.store.job_counts().await?.into_iter().map(|job| JobFigures {
            kind: self.handlers.job_name(job.kind),
            count: job.count,
            late_seconds: since(job.first_due),
        });
        let audit = self.sink_backlog().await?.map(|sink| AuditFigures {
            records: sink.lag.records,
            oldest_seconds: sink.lag.oldest.map_or(0.0, |oldest| since(oldest.0).max(0.0)),
        });
        Ok(EngineFigures {
            audit,
            states: self.state_figures(),
            calls: self.calls.told(self.model()),
            store: self.store.counts(),
            oldest_job_seconds: backlog.oldest_job.map_or(0.0, |due| since(due.0).max(0.0)),
            backlog,
            jobs: jobs.collect(),
        })
    }
}
