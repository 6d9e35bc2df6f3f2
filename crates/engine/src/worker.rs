//! The worker: does jobs as they come due.
//!
//! A job enters as a call by the service itself, in the tenant whose job it is, with the one permission of its family.
//! Its changes are validated, authorized and journaled like a client's, and committed together with the job's end.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use futures_util::FutureExt;
use futures_util::future::join_all;
use odata::date_time::Ticks;
use odata::edm::PermissionId;
use store::{Change, Job, WriteError};

use crate::authorize::may_update;
use crate::clock::later;
use crate::engine::Engine;
use crate::service_call::service_call;
use crate::{Call, Error, JobRun};

/// The jobs that are begun at once: while some are committed, others are decided. Each may be about many entities.
const JOBS_AT_ONCE_MAX: u32 = 128;
/// The time for which a claimed job is nobody else's. A batch takes milliseconds; this is for a process that ends in the
/// middle of one.
const LEASE: Duration = Duration::from_secs(10);
/// The times that a job is begun before it is given up.
const JOB_ATTEMPTS_MAX: u32 = 12;
/// The wait before the next try is a second, doubled each time, up to this.
const PAUSE_MAX_SECONDS: i64 = 300;
/// The longest time that callers have to themselves after a batch, while they go on writing: as long as the batch took, and
/// the less the later jobs are. Beside that their changes are committed together with those of jobs.
const CALLERS_TIME_MAX: Duration = Duration::from_millis(100);
/// The time without a call for a change after which callers do not write.
const QUIET_TIME: Duration = Duration::from_millis(5);
/// The time in which jobs gather before they are begun: what comes in a burst is done in few commits.
const GATHER_TIME: Duration = Duration::from_millis(50);
/// The time between two looks for jobs that another process left, or wrote and never woke us for.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The wait for a database that does not answer.
const OUTAGE_PAUSE: Duration = Duration::from_secs(1);
/// The time between two looks whether others have done what is due.
const SETTLE_POLL_INTERVAL: Duration = Duration::from_millis(2);

impl Engine {
    /// Does jobs as they come due, prunes the journal, and does what commands say of tenants and keys, until `stop` is ready; then it
    /// finishes what it has begun. An error says why it must not go on.
    pub async fn work(&self, stop: impl Future<Output = ()>) -> Result<(), String> {
        tokio::select! {
            () = self.do_jobs(stop) => {}
            never = self.keep_pruning() => match never {},
            never = self.keep_signing() => match never {},
            never = self.keep_counting() => match never {},
            never = self.follow_tenants() => match never {},
            never = self.keep_removing() => match never {},
            never = self.follow_keys() => match never {},
            outdated = self.follow_neighbours() => return Err(outdated),
        }
        self.sign_all().await;
        Ok(())
    }

    async fn do_jobs(&self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let begin = Instant::now();
            let pause = match self.do_batch().await {
                Ok(0) => self.until_next().await,
                Ok(_) => {
                    let time = begin.elapsed().min(CALLERS_TIME_MAX);
                    self.let_callers_write(self.job_backlog.left_of(time)).await;
                    Duration::ZERO
                }
                Err(error) => {
                    tracing::warn!(%error, "jobs cannot be had");
                    OUTAGE_PAUSE
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = tokio::time::sleep(pause) => {}
                () = self.store.job_written() => tokio::time::sleep(GATHER_TIME).await,
            }
        }
        // Nobody waits for a worker that has ended.
        self.job_backlog.note(Duration::ZERO);
    }

    /// Waits as long as calls for a change keep coming, up to a bound.
    async fn let_callers_write(&self, most: Duration) {
        let end = Instant::now() + most;
        while self.changing.swap(0, Ordering::Relaxed) > 0 && Instant::now() < end {
            tokio::time::sleep(QUIET_TIME).await;
        }
    }

    /// Does all jobs that are due by now, and waits for those that others are doing.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        while self.store.is_job_due(self.clock.now()).await? {
            if self.do_batch().await? == 0 {
                tokio::time::sleep(SETTLE_POLL_INTERVAL).await;
            }
        }
        self.job_backlog.note(Duration::ZERO);
        Ok(())
    }

    /// Does some of the jobs that are due, and says how many.
    async fn do_batch(&self) -> Result<usize, WriteError> {
        let now = self.clock.now();
        let next = self.store.next_job().await?;
        self.job_backlog.note(next.map_or(Duration::ZERO, |due| between(due, now)));
        // A claim is a commit: not without need.
        if next.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let jobs = self.store.claim_jobs(now, LEASE, JOBS_AT_ONCE_MAX).await?;
        let (count, again) = (jobs.len(), jobs.iter().filter(|job| job.attempts > 1).count());
        tracing::debug!(jobs = count, again, "jobs are begun");
        join_all(jobs.iter().map(|job| self.attempt(job))).await;
        Ok(count)
    }

    /// The time until the next job is due, up to the time between two looks.
    async fn until_next(&self) -> Duration {
        let Ok(Some(next)) = self.store.next_job().await else { return POLL_INTERVAL };
        between(self.clock.now(), next).min(POLL_INTERVAL)
    }

    /// Does a job; if it fails, it is put off.
    async fn attempt(&self, job: &Job) {
        let watch = self.job_watch.get().filter(|watch| watch.is_watching());
        let begun = watch.map(|_| (SystemTime::now(), Instant::now()));
        let done = AssertUnwindSafe(self.do_job(job)).catch_unwind().await;
        let failure = match done {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.detail.map_or(error.message, String::from)),
            Err(_) => Some("a defect".to_owned()),
        };
        if let Some((watch, (at, begun))) = watch.zip(begun) {
            watch.ended(JobRun {
                kind: self.handlers.job_name(job.kind),
                tenant: job.tenant,
                request_id: job.request_id,
                attempts: job.attempts,
                begun: at,
                took: begun.elapsed(),
                failure: failure.as_deref(),
            });
        }
        let Some(reason) = failure else { return };
        tracing::warn!(kind = job.kind, tenant = %job.tenant, subject = %job.subject, attempts = job.attempts,
            request_id = %job.request_id, reason, "a job failed");
        let pause = 1_i64.checked_shl(job.attempts.saturating_sub(1)).unwrap_or(PAUSE_MAX_SECONDS);
        let run_at = later(self.clock.now(), pause.clamp(1, PAUSE_MAX_SECONDS));
        let call = call_of(job, None);
        // If this fails too, the lease runs out and another tries.
        let _ = self
            .context(&call, self.clock.now())
            .commit(vec![Change::PutOff { job: job.clone(), run_at }])
            .await;
    }

    async fn do_job(&self, job: &Job) -> Result<(), Error> {
        let Some((permission, worker)) = self.handlers.worker(job.kind) else {
            // A newer Muster wrote it, and will do it.
            return Err(Error::not_implemented(&format!("A job of kind {}", job.kind)));
        };
        let call = call_of(job, Some(permission));
        let context = self.context(&call, self.clock.now());
        if job.attempts > JOB_ATTEMPTS_MAX {
            return worker.give_up(&context, job).await;
        }
        let permit = may_update(context.model(), worker.set(), &call.caller)?;
        worker.work(&context, permit, job).await
    }
}

/// The time from one instant to another; zero if that is no later.
fn between(Ticks(from): Ticks, Ticks(to): Ticks) -> Duration {
    let ticks = to.saturating_sub(from).max(0).unsigned_abs();
    Duration::from_nanos(ticks.saturating_mul(100))
}

/// The call that a job is: by the service, in the request that caused the job.
fn call_of(job: &Job, permission: Option<PermissionId>) -> Call {
    service_call(job.tenant, job.request_id, permission)
}
