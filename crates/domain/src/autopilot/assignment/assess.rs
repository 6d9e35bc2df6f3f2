//! The job that assesses devices after a change that is about many: it decides anew which profile they have. While one page
//! of them is committed, the next is decided.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::generic::bare_update;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::{BoxFuture, join};
use odata::Key;
use odata::edm::SetId;
use store::{Change, Job, Row, WriteError};

use super::decisions::ProfileDecisions;
use super::scope::ScopeReader;
use super::status_advance::StatusAdvances;
use crate::assessment::{ASSESS, AssessmentJob, AssessmentReason};
use crate::assignment::ReadAssignments;
use crate::autopilot::sets::DEVICES;
use crate::firmware::ConfiguredDevices;

/// The number of times that a page is assessed because something changed meanwhile, before the job is put off.
const ATTEMPTS_MAX: usize = 8;
/// The time after which the job ends and another goes on, so that other jobs are done in between: so short that none is late
/// by that.
const WORK_TIME_MAX: Duration = Duration::from_millis(250);

/// Registers the job that assesses devices.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    decisions: Arc<ProfileDecisions>,
    firmware: Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    let scope = ScopeReader::new(names, decisions.statuses.intended_reference())?;
    handlers.job(ASSESS, Assess { identities: names.set(DEVICES)?, scope, decisions, firmware });
    Ok(())
}

struct Assess {
    identities: SetId,
    scope: ScopeReader,
    decisions: Arc<ProfileDecisions>,
    firmware: Arc<ConfiguredDevices>,
}

/// A page of devices that was assessed.
struct AssessedPage {
    /// The devices' next states, and the conditions under which they were decided.
    changes: Vec<Change>,
    /// The assessment of the devices after these; none at the end.
    next: Option<AssessmentJob>,
}

impl JobWorker for Assess {
    fn set(&self) -> SetId {
        self.identities
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let assessment = AssessmentJob::read(&job.content)
                .ok_or_else(|| store::ReadError::Corrupt("an assessment of devices".to_owned()))?;
            self.assess(context, job, assessment).await
        })
    }
}

impl Assess {
    /// Assesses page after page, and ends the job with the last for which there is time.
    async fn assess(&self, context: &Context<'_>, job: &Job, mut at: AssessmentJob) -> Result<(), Error> {
        let end = Instant::now() + WORK_TIME_MAX;
        let mut read = self.decisions.kept.read(context).await?;
        let mut page = self.page(context, &at, &read).await?;
        let mut attempts = 1;
        loop {
            let AssessedPage { mut changes, next } = page;
            let (committed, following) = match next {
                Some(next) if Instant::now() < end => {
                    let following = self.page(context, &next, &read);
                    let (committed, following) = join(commit(context, changes), following).await;
                    (committed, Some((next, following)))
                }
                next => {
                    changes.push(Change::Finish(job.clone()));
                    changes.extend(next.map(|next| next.enqueue(context)).transpose()?);
                    (commit(context, changes).await, None)
                }
            };
            match (committed, following) {
                (Ok(()), None) => return Ok(()),
                (Ok(()), Some((next, following))) => (at, page, attempts) = (next, following?, 1),
                (Err(WriteError::Changed { .. } | WriteError::Overtaken), _) if attempts < ATTEMPTS_MAX => {
                    attempts += 1;
                    read = self.decisions.kept.read(context).await?;
                    page = self.page(context, &at, &read).await?;
                }
                (Err(error), _) => return Err(error.into()),
            }
        }
    }

    /// Assesses a page of devices by assignments that are no older than the job.
    async fn page(
        &self,
        context: &Context<'_>,
        assessment: &AssessmentJob,
        read: &ReadAssignments<Option<i64>>,
    ) -> Result<AssessedPage, Error> {
        let ProfileDecisions { kept, directory, .. } = &*self.decisions;
        let configurations = self.firmware.winners.newest(context).await?;
        let is_concerned =
            |group: &Key| read.assignments.concern(group) || configurations.assignments.concern(group);
        let page =
            self.scope.page(context, assessment, &is_concerned, &kept.sources.groups, directory).await?;
        let mut changes = self.changes(context, &page.rows, read, &assessment.reason).await?;
        if !changes.is_empty() {
            changes.extend(self.decisions.conditions(context, read, true));
        }
        let next = page.last.map(|last| AssessmentJob { after: Some(last), ..assessment.clone() });
        Ok(AssessedPage { changes, next })
    }

    /// The changes of devices whose profile or status is another one by now, and the jobs of their next advances.
    async fn changes(
        &self,
        context: &Context<'_>,
        rows: &[Row],
        read: &ReadAssignments<Option<i64>>,
        reason: &AssessmentReason,
    ) -> Result<Vec<Change>, Error> {
        let ProfileDecisions { kept, directory, statuses, .. } = &*self.decisions;
        let assignments = &read.assignments;
        let mut devices = Vec::with_capacity(rows.len());
        for row in rows {
            devices.push((row, context.store.record(self.identities, row)?));
        }
        // Without groups no rule looks at them.
        let objects = match assignments.have_groups() {
            true => directory.objects(context, &devices).await?,
            false => HashMap::new(),
        };
        let keys: Vec<Key> = objects.values().map(|(key, _)| key.clone()).collect();
        let added = kept.sources.added_members(context, assignments, &keys).await?;
        let (mut changes, mut advances) = (Vec::new(), StatusAdvances::default());
        for (row, device) in &devices {
            let object = objects.get(&row.key).map(|(key, object)| (key, object));
            let mut next = device.clone();
            self.decisions.apply(assignments, object, &added, reason, context.now, &mut next);
            if next == *device {
                continue;
            }
            // A device whose next state is refused keeps its own, and keeps no other from getting its next.
            match bare_update(context, self.identities, row, device, next) {
                Ok(change) => {
                    if let Change::Update { entity, .. } = &change {
                        advances.add(statuses, &row.key, entity.record());
                    }
                    changes.push(change);
                }
                Err(error) => tracing::warn!(tenant = %context.tenant(), device = %row.key, %error,
                    "a device keeps its profile, because its next state is refused"),
            }
        }
        changes.extend(advances.jobs(context, statuses)?);
        if *reason == AssessmentReason::Membership {
            changes.extend(self.firmware.leaving(context, &devices).await?);
        }
        Ok(changes)
    }
}

/// Commits a page, unless nothing in it changes.
async fn commit(context: &Context<'_>, changes: Vec<Change>) -> Result<(), WriteError> {
    match changes.is_empty() {
        true => Ok(()),
        false => context.commit(changes).await.map(|_| ()),
    }
}
