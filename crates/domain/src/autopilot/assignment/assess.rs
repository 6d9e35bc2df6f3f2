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
use store::{Change, Job, Row, WriteError};

use super::refreshed_tenants::RefreshedTenants;
use super::scope::{PAGE, ScopeReader};
use super::sources::AssignmentSources;
use super::status_advance::StatusAdvances;
use super::statuses::AssignmentStatuses;
use super::tenant_assignments::TenantAssignments;
use crate::assessment::{ASSESS, AssessmentJob, AssessmentReason, AssessmentScope};
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::autopilot::settings::refresh_job;
use crate::directory::{DirectoryObjects, StoredObject};

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
        let mut identities = Vec::with_capacity(rows.len());
        for row in rows {
            identities.push((row, context.store.record(self.identities, row)?));
        }
        let (mut objects, agreements) = self.objects(context, &identities).await?;
        let keys: Vec<Key> = objects.values().map(|(key, _)| key.clone()).collect();
        let added = self.sources.added_members(context, &assignments, &keys).await?;
        let (mut changes, mut advances, mut is_newest) = (agreements, StatusAdvances::default(), false);
        let unassigned = match reason {
            AssessmentReason::ProfileUnassigned(profile) => Some(profile),
            _ => None,
        };
        for (row, identity) in identities {
            let object = objects.remove(&row.key);
            let object = object.as_ref().map(|(key, record)| (key, record));
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

    /// The directory objects of devices with their keys, by the keys of the devices; and the changes that bring those which
    /// are stored into agreement with their devices.
    async fn objects(
        &self,
        context: &Context<'_>,
        identities: &[(&Row, Record)],
    ) -> Result<(HashMap<Key, (Key, Record)>, Vec<Change>), Error> {
        let (mut objects, mut changes) = (HashMap::new(), Vec::new());
        let mut stored = HashMap::new();
        for (row, identity) in identities {
            match self.directory.object_of(context, &row.key, identity) {
                Some(object) => drop(objects.insert(row.key.clone(), object)),
                None => drop(stored.insert(row.key.clone(), identity)),
            }
        }
        let keys: Vec<Key> = stored.keys().cloned().collect();
        for (key, object) in self.directory.stored(context, &keys).await? {
            let agreeing =
                stored.get(&key).and_then(|identity| self.directory.agreeing(context, identity, &object));
            let StoredObject { row, record } = object;
            if let Some(agreeing) = &agreeing {
                changes.push(bare_update(context, self.directory.set, &row, &record, agreeing.clone())?);
            }
            objects.insert(key, (row.key, agreeing.unwrap_or(record)));
        }
        Ok((objects, changes))
    }
}
