//! The bound of jobs that are put off: while those that are due are late, callers who cause more of them wait.
//!
//! Jobs are done in the order in which they are due, so what the first of them is late by is the work that lies before the
//! last.

use std::time::Duration;

use odata::date_time::Ticks;
use store::Change;
use tokio::sync::watch;

use crate::clock::later;

/// The work that may be put off.
const LATENESS_MAX: Duration = Duration::from_secs(1);
/// The time within which a job is due that counts: what is for later waits for its time, not for the worker.
const SOON_SECONDS: i64 = 3_600;

/// How late jobs are, as the worker saw it last.
#[derive(Debug)]
pub(crate) struct JobBacklog {
    lateness: watch::Sender<Duration>,
}

impl JobBacklog {
    /// Nothing is late.
    pub fn new() -> JobBacklog {
        JobBacklog { lateness: watch::Sender::new(Duration::ZERO) }
    }

    /// The job that was due first is late by so much.
    pub fn note(&self, lateness: Duration) {
        self.lateness.send_replace(lateness);
    }

    /// Whether callers who cause jobs wait.
    pub fn is_full(&self) -> bool {
        *self.lateness.borrow() >= LATENESS_MAX
    }

    /// What is left of a time that is given to callers: all of it if nothing is late, and nothing at the bound.
    pub fn left_of(&self, time: Duration) -> Duration {
        let late = self.lateness.borrow().div_duration_f64(LATENESS_MAX);
        time.mul_f64((1.0 - late).max(0.0))
    }

    /// Waits until the jobs among some changes may be put off, if there are any. A call's own time ends this, too.
    pub async fn room_for(&self, changes: &[Change], now: Ticks) {
        let is_soon = |change: &Change| match change {
            Change::Enqueue(job) => job.run_at <= later(now, SOON_SECONDS),
            _ => false,
        };
        if changes.iter().any(is_soon) {
            self.room().await;
        }
    }

    async fn room(&self) {
        let mut lateness = self.lateness.subscribe();
        // It lives as long as this does.
        let _ = lateness.wait_for(|lateness| *lateness < LATENESS_MAX).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt;
    use odata::date_time::Ticks;
    use store::{Change, NewJob};

    use super::{JobBacklog, LATENESS_MAX, SOON_SECONDS};
    use crate::clock::later;

    #[tokio::test]
    async fn callers_wait_while_jobs_are_late() {
        let backlog = JobBacklog::new();
        let almost = LATENESS_MAX - Duration::from_millis(1);
        for (lateness, is_full) in
            [(Duration::ZERO, false), (LATENESS_MAX, true), (almost, false), (Duration::MAX, true)]
        {
            backlog.note(lateness);
            assert_eq!(backlog.is_full(), is_full, "{lateness:?}");
            assert_eq!(backlog.room().now_or_never().is_none(), is_full, "{lateness:?}");
        }
        let (_, ()) = tokio::join!(backlog.room(), async { backlog.note(almost) });
    }

    #[tokio::test]
    async fn only_who_causes_a_job_soon_waits() {
        let backlog = JobBacklog::new();
        backlog.note(LATENESS_MAX);
        let now = Ticks(7);
        let job = |seconds| {
            let (subject, content) = (odata::Key::parse("a"), Box::default());
            Change::Enqueue(NewJob { kind: 1, subject, content, run_at: later(now, seconds) })
        };
        let no_job = || Change::Unchanged { set: odata::edm::SetId(0), since: 0 };
        for (changes, waits) in [
            (vec![], false),
            (vec![no_job()], false),
            (vec![job(SOON_SECONDS + 1)], false),
            (vec![no_job(), job(0)], true),
            (vec![job(SOON_SECONDS)], true),
        ] {
            let room = backlog.room_for(&changes, now).now_or_never();
            assert_eq!(room.is_none(), waits, "{changes:?}");
        }
    }

    #[test]
    fn callers_have_the_less_time_the_later_jobs_are() {
        let backlog = JobBacklog::new();
        let time = Duration::from_millis(800);
        for (lateness_millis, left_millis) in [(0, 800), (250, 600), (1_000, 0), (9_000, 0)] {
            backlog.note(Duration::from_millis(lateness_millis));
            assert_eq!(backlog.left_of(time), Duration::from_millis(left_millis), "{lateness_millis}");
        }
    }
}
