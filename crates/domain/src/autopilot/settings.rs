//! `windowsAutopilotSettings`: the one settings entity and its `sync`.

use std::time::Duration;

use engine::handlers::{Behaviour, Invocation, JobWorker, Names, Operate, StartError};
use engine::{
    Answer, Collection, Context, EntityAddress, Error, ErrorKind, Handlers, Permit, generic, later,
};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::payload::Valid;
use odata::{Key, Record, Value};
use store::{Change, Job};

use crate::MusterSettings;
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};
use crate::autopilot::jobs;

const TYPE: &str = "windowsAutopilotSettings";

/// Registers the settings, their action `sync`, and the jobs that end a sync and tell of the last one.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let set = names.set(TYPE)?;
    let sync = Sync {
        delay_seconds: settings.autopilot.delays.sync_seconds(),
        set,
        triggered_at: names.slot(TYPE, "lastManualSyncTriggerDateTime")?,
        finished_at: names.slot(TYPE, "lastSyncDateTime")?,
        status: names.slot(TYPE, "syncStatus")?,
        in_progress: names.member("windowsAutopilotSyncStatus", "inProgress")?,
        completed: names.member("windowsAutopilotSyncStatus", "completed")?,
        failed: names.member("windowsAutopilotSyncStatus", "failed")?,
    };
    handlers.set(set, sync.clone());
    handlers.job(jobs::SYNC, sync.clone());
    handlers.job(jobs::REFRESH, Refresh { sync: sync.clone(), settings: names.structured(TYPE)? });
    handlers.operation(names.operation("sync", TYPE)?, sync);
    Ok(())
}

/// `sync`: assesses all devices, as a job. One at a time, and not too often.
#[derive(Clone)]
struct Sync {
    /// The seconds from the start of a sync to its end.
    delay_seconds: i64,
    set: SetId,
    triggered_at: u16,
    finished_at: u16,
    status: u16,
    in_progress: Value,
    completed: Value,
    failed: Value,
}

const TICKS_PER_SECOND: i64 = 10_000_000;
/// The time between two syncs, as documented: "429 within 10 minutes of the last one".
const INTERVAL_SECONDS: i64 = 600;

impl Operate for Sync {
    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let now = context.now;
            if context.store.job_due(context.tenant(), jobs::SYNC.number, &address.key).await?.is_some() {
                return Err(Error::new(ErrorKind::Conflict, "A sync is running already."));
            }
            let change = |record: &Record| {
                if let Some(Value::DateTimeOffset(last)) = record.get(self.triggered_at) {
                    refuse_if_recent(*last, now)?;
                }
                let mut next = record.clone();
                next.set(self.triggered_at, Value::DateTimeOffset(now));
                next.set(self.status, self.in_progress.clone());
                Ok(next)
            };
            generic::changed(context, address, false, change).await?;
            Ok(Answer::no_content())
        })
    }
}

impl Behaviour for Sync {
    fn beside_update(
        &self,
        context: &Context<'_>,
        address: &EntityAddress,
        _before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let key = &address.key;
        // Only who starts one does so now.
        let is_start = after.record().get(self.triggered_at) == Some(&Value::DateTimeOffset(context.now));
        let seconds = self.delay_seconds;
        let job = || jobs::SYNC.job(key.clone(), b"", later(context.now, seconds));
        Ok(is_start.then(job).into_iter().collect())
    }
}

impl JobWorker for Sync {
    fn set(&self) -> SetId {
        self.set
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let decide = || async {
                let mut changes = self.ending(context, job, &self.completed).await?;
                changes.push(assessment(context, AssessmentScope::AllDevices, AssessmentReason::Membership)?);
                Ok(changes)
            };
            context.change(decide).await.map(|_| ())
        })
    }

    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { context.change(|| self.ending(context, job, &self.failed)).await.map(|_| ()) })
    }
}

impl Sync {
    /// The changes that end a sync: that of the settings, and the end of its job.
    async fn ending(&self, context: &Context<'_>, job: &Job, status: &Value) -> Result<Vec<Change>, Error> {
        let mut changes = vec![Change::Finish(job.clone())];
        if let Some(row) = context.get(self.set, None, &job.subject).await? {
            let mut record = context.store.record(self.set, &row)?;
            record.set(self.status, status.clone());
            record.set(self.finished_at, Value::DateTimeOffset(context.now));
            changes.extend(generic::next_state(context, &Collection::of(self.set), &row, record).await?);
        }
        Ok(changes)
    }
}

/// The job that refreshes `lastSyncDateTime` of tenants that never ask for a sync: their devices are reconciled as things
/// change.
struct Refresh {
    sync: Sync,
    settings: TypeId,
}

/// The time between two refreshes.
const REFRESH_SECONDS: i64 = 12 * 3_600;

/// The job that keeps `lastSyncDateTime` of a tenant fresh. If there is one already, that stays.
pub(super) fn refresh_job(context: &Context<'_>) -> Change {
    jobs::REFRESH.job(Key::from(context.tenant()), b"", later(context.now, REFRESH_SECONDS))
}

impl JobWorker for Refresh {
    fn set(&self) -> SetId {
        self.sync.set
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.refresh(context, job))
    }

    /// The job never ends, however often it failed.
    fn give_up<'a>(&'a self, context: &'a Context<'a>, job: &'a Job) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.refresh(context, job))
    }
}

impl Refresh {
    /// Sets the time of the last sync, and puts the job off to the next refresh.
    async fn refresh(&self, context: &Context<'_>, job: &Job) -> Result<(), Error> {
        let (set, key) = (self.sync.set, Key::from(context.tenant()));
        let row = context.get(set, None, &key).await?;
        let mut record = match &row {
            Some(row) => context.store.record(set, row)?,
            None => {
                let slots = context.model().structured(self.settings).slots;
                Record::empty(self.settings, slots)
            }
        };
        record.set(self.sync.finished_at, Value::DateTimeOffset(context.now));
        if record.get(self.sync.status) != Some(&self.sync.in_progress) {
            record.set(self.sync.status, self.sync.completed.clone());
        }
        let collection = Collection::of(set);
        let mut changes = match &row {
            Some(row) => generic::next_state(context, &collection, row, record).await?,
            None => generic::insertion(context, &collection, &key, record).await?,
        };
        let run_at = later(context.now, REFRESH_SECONDS);
        changes.push(Change::PutOff { job: job.clone(), run_at });
        Ok(context.commit(changes).await.map(|_| ())?)
    }
}

fn refuse_if_recent(last: Ticks, now: Ticks) -> Result<(), Error> {
    let elapsed_seconds = (now.0 - last.0) / TICKS_PER_SECOND;
    if !(0..INTERVAL_SECONDS).contains(&elapsed_seconds) {
        return Ok(());
    }
    let left_seconds = INTERVAL_SECONDS - elapsed_seconds;
    let message =
        format!("A sync was started less than 10 minutes ago; the next may start in {left_seconds} seconds.");
    let retry_after = Some(Duration::from_secs(left_seconds.unsigned_abs()));
    Err(Error { retry_after, ..Error::new(ErrorKind::TooManyRequests, message) })
}
