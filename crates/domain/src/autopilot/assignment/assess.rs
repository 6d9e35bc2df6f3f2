//! The job that assesses devices: it decides anew which profile they have, a page of them at a time, and commits each page
//! at once.

use std::collections::HashMap;
use std::sync::Arc;

use engine::generic::bare_update;
use engine::handlers::{JobWorker, Names, StartError};
use engine::{Context, Error, Handlers, Permit};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record};
use store::{Change, Job, Owners, Query, Row, WriteError};

use super::refreshed_tenants::RefreshedTenants;
use super::scope::{PAGE, ScopeReader};
use super::sources::AssignmentSources;
use super::status_advance::StatusAdvances;
use super::statuses::AssignmentStatuses;
use super::tenant_assignments::TenantAssignments;
use crate::assessment::{ASSESS, AssessmentJob, AssessmentReason, AssessmentScope};
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::autopilot::settings::refresh_job;
use crate::directory::{DirectoryObjects, directory_key};

/// The number of times that a page is assessed because something changed meanwhile, before the job is put off.
const ATTEMPTS_MAX: usize = 8;

/// Registers the job that assesses devices.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    statuses: Arc<AssignmentStatuses>,
) -> Result<(), StartError> {
    let assess = Assess {
        identities: names.set(DEVICES)?,
        model: names.slot(DEVICE, "model")?,
        scope: ScopeReader::new(names, statuses.intended_reference())?,
        refreshed: RefreshedTenants::default(),
        directory: DirectoryObjects::new(names)?,
        sources: AssignmentSources::new(names)?,
        statuses,
    };
    handlers.job(ASSESS, assess);
    Ok(())
}

struct Assess {
    identities: SetId,
    model: u16,
    scope: ScopeReader,
    refreshed: RefreshedTenants,
    directory: DirectoryObjects,
    sources: AssignmentSources,
    statuses: Arc<AssignmentStatuses>,
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
            for _ in 0..ATTEMPTS_MAX {
                let changes = self.page(context, job, &assessment).await?;
                match self.commit(context, changes).await {
                    Err(WriteError::Changed { .. }) => {}
                    other => return Ok(other?),
                }
            }
            Err(WriteError::Overtaken.into())
        })
    }

    fn work_together<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        jobs: &'a [Job],
    ) -> BoxFuture<'a, Result<Vec<Job>, Error>> {
        Box::pin(async move {
            let (mut devices, mut changes, mut rest) = (Vec::new(), Vec::new(), Vec::new());
            for job in jobs {
                let has_room = (devices.len() as u64) < PAGE;
                match AssessmentJob::single_device(&job.content).filter(|_| has_room) {
                    Some(device) => {
                        devices.push(device);
                        changes.push(Change::Finish(job.clone()));
                    }
                    None => rest.push(job.clone()),
                }
            }
            if devices.is_empty() {
                return Ok(rest);
            }
            let (scope, reason) = (AssessmentScope::Devices(devices), AssessmentReason::Membership);
            let assessment = AssessmentJob { scope, reason, after: None };
            let (assessed, _) = self.assess(context, &assessment).await?;
            changes.extend(assessed);
            self.commit(context, changes).await?;
            Ok(rest)
        })
    }
}

impl Assess {
    /// Commits the changes of an assessment, and with the first of a tenant the job that refreshes its settings.
    async fn commit(&self, context: &Context<'_>, changes: Vec<Change>) -> Result<(), WriteError> {
        let job = || refresh_job(context);
        let commit = |changes| context.commit(changes);
        self.refreshed.commit(context.tenant(), job, changes, commit).await.map(|_| ())
    }

    /// The changes of one page: the devices' next states, and the job's end or its next page.
    async fn page(
        &self,
        context: &Context<'_>,
        job: &Job,
        assessment: &AssessmentJob,
    ) -> Result<Vec<Change>, Error> {
        let (mut changes, last) = self.assess(context, assessment).await?;
        changes.push(Change::Finish(job.clone()));
        if last.is_some() {
            let next = AssessmentJob { after: last, ..assessment.clone() };
            changes.push(next.enqueue(context, Key::new())?);
        }
        Ok(changes)
    }

    /// The changes of the next page of devices, and the key after which there are more.
    async fn assess(
        &self,
        context: &Context<'_>,
        job: &AssessmentJob,
    ) -> Result<(Vec<Change>, Option<Key>), Error> {
        let assignments = self.sources.assignments(context).await?;
        let page = self.scope.page(context, job, &assignments, &self.sources, &self.directory).await?;
        if page.rows.is_empty() {
            return Ok((Vec::new(), page.last));
        }
        let changes = self.changes(context, &page.rows, assignments, &job.reason).await?;
        Ok((changes, page.last))
    }

    /// The changes of devices and of their directory objects.
    async fn changes(
        &self,
        context: &Context<'_>,
        rows: &[Row],
        mut assignments: TenantAssignments,
        reason: &AssessmentReason,
    ) -> Result<Vec<Change>, Error> {
        let mut objects = self.objects(context, rows).await?;
        let keys: Vec<Key> = objects.keys().cloned().collect();
        let added = self.sources.added_members(context, &assignments, &keys).await?;
        let (mut changes, mut advances, mut is_newest) = (Vec::new(), StatusAdvances::default(), false);
        let unassigned = match reason {
            AssessmentReason::ProfileUnassigned(profile) => Some(profile),
            _ => None,
        };
        for row in rows {
            let identity = context.store.record(self.identities, row)?;
            let mut object = None;
            if let Some((object_row, record)) = objects.get_mut(&directory_key(&row.key)) {
                if let Some(agreeing) = self.directory.agreeing(&row.key, &identity, record) {
                    changes.push(bare_update(
                        context,
                        self.directory.set,
                        object_row,
                        record,
                        agreeing.clone(),
                    )?);
                    *record = agreeing;
                }
                object = Some((&object_row.key, &*record));
            }
            let current = self.statuses.current(&identity);
            if !is_newest && current.as_ref().is_some_and(|profile| assignments.profile(profile).is_none()) {
                // It may have been made, and assigned to the device directly, after the assignments were read.
                (assignments, is_newest) = (self.sources.assignments(context).await?, true);
            }
            let decision = assignments.decide(object, &added, current.as_ref(), unassigned);
            let model = identity.text(self.model).unwrap_or("");
            let fits = current.is_none_or(|profile| assignments.misfit(&profile, model).is_none());
            if let Some(next) = self.statuses.after(&decision, &identity, reason, fits, context.now) {
                // A device whose next state is refused keeps its own, and keeps no other from getting its next.
                match bare_update(context, self.identities, row, &identity, next) {
                    Ok(change) => {
                        if let Change::Update { entity, .. } = &change {
                            advances.add(&self.statuses, &row.key, entity.record());
                        }
                        changes.push(change);
                    }
                    Err(error) => tracing::warn!(tenant = %context.tenant(), device = %row.key, %error,
                        "a device keeps its profile, because its next state is refused"),
                }
            }
        }
        changes.extend(advances.jobs(context, &self.statuses)?);
        Ok(changes)
    }

    /// The directory objects of devices, by their keys.
    async fn objects(
        &self,
        context: &Context<'_>,
        rows: &[Row],
    ) -> Result<HashMap<Key, (Row, Record)>, Error> {
        let set = self.directory.set;
        let keys = rows.iter().map(|row| directory_key(&row.key)).collect();
        let query = Query::all(context.tenant(), set, 1);
        let mut objects = HashMap::new();
        for owned in context.store.list_each(&query, &Owners::Keys(keys)).await? {
            let record = context.store.record(set, &owned.row)?;
            objects.insert(owned.row.key.clone(), (owned.row, record));
        }
        Ok(objects)
    }
}
