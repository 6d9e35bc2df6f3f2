//! The assignments of tenants, kept in memory: every decision needs them, and they change seldom.
//!
//! Memory is never trusted alone. A unit that is decided by it carries the number of the journal from before it was read,
//! for each set that it was read from, so that the unit is overtaken if one of them has changed since, whichever server
//! changed it. Then they are read anew and the decision is taken again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use futures_util::future::BoxFuture;
use quick_cache::sync::Cache;
use store::Change;
use uuid::Uuid;

use super::sources::AssignmentSources;
use super::tenant_assignments::TenantAssignments;
use crate::autopilot::settings::refresh_job;

/// The number of tenants whose assignments are kept.
const TENANTS_MAX: usize = 1_000;
/// The time after which they are read anew, so that the job that refreshes the tenant's settings comes again if it is gone.
const AGE_MAX: Duration = Duration::from_secs(60);

/// The assignments of tenants, as they were read last.
pub(super) struct KeptAssignments {
    pub(super) sources: AssignmentSources,
    tenants: Cache<Uuid, Arc<ReadAssignments>>,
}

/// The assignments of a tenant, and the state of the database that they were read in.
pub(super) struct ReadAssignments {
    pub(super) assignments: TenantAssignments,
    /// The newest number of the journal before they were read.
    since: i64,
    /// The number of units that were overtaken before they were read.
    overtaken: u64,
    read_at: Instant,
    /// Whether a unit has brought the job that refreshes the tenant's settings since they were read.
    is_refreshed: AtomicBool,
}

impl KeptAssignments {
    pub(super) fn new(names: &Names<'_>) -> Result<KeptAssignments, StartError> {
        Ok(KeptAssignments { sources: AssignmentSources::new(names)?, tenants: Cache::new(TENANTS_MAX) })
    }

    /// The assignments of the tenant, read anew only if they are old or a unit was overtaken since. Whoever decides by them
    /// commits under [`KeptAssignments::conditions`].
    pub(super) async fn current(&self, context: &Context<'_>) -> Result<Arc<ReadAssignments>, Error> {
        let (tenant, overtaken) = (context.tenant(), context.store.overtaken());
        let is_old =
            |kept: &Arc<ReadAssignments>| kept.overtaken != overtaken || kept.read_at.elapsed() > AGE_MAX;
        self.tenants.remove_if(&tenant, is_old);
        let read: BoxFuture<'_, _> = Box::pin(async { self.read(context).await.map(Arc::new) });
        self.tenants.get_or_insert_async(&tenant, read).await
    }

    /// Reads the assignments of the tenant: they are as they are now, or newer.
    pub(super) async fn read(&self, context: &Context<'_>) -> Result<ReadAssignments, Error> {
        let (overtaken, read_at) = (context.store.overtaken(), Instant::now());
        let since = context.store.journal_newest(context.tenant()).await?;
        let assignments = self.sources.assignments(context).await?;
        Ok(ReadAssignments { assignments, since, overtaken, read_at, is_refreshed: AtomicBool::new(false) })
    }

    /// The conditions of a unit that was decided by the assignments, and now and then the job that refreshes the tenant's
    /// settings. `reads_members` says that the members of groups were looked at too.
    pub(super) fn conditions(
        &self,
        context: &Context<'_>,
        read: &ReadAssignments,
        reads_members: bool,
    ) -> Vec<Change> {
        let members = reads_members && read.assignments.have_added_members();
        let sets = self.sources.sets().into_iter().chain(members.then(|| self.sources.members()));
        let mut conditions: Vec<Change> =
            sets.map(|set| Change::Unchanged { set, since: read.since }).collect();
        if !read.is_refreshed.swap(true, Ordering::Relaxed) {
            conditions.push(refresh_job(context));
        }
        conditions
    }
}
