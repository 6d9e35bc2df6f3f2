//! The assignments of tenants, kept in memory: every decision needs them, and they change seldom.
//!
//! Memory is never trusted alone. A unit that is decided by it carries the number of the journal from before it was read,
//! for each set that it was read from, so that the unit is overtaken if one of them has changed since, whichever server
//! changed it. Then they are read anew and the decision is taken again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::{Context, Error};
use futures_util::future::BoxFuture;
use quick_cache::sync::Cache;
use store::Change;
use uuid::Uuid;

use super::reach::TenantAssignments;
use super::sources::{AssignedKind, AssignmentSources};

/// The number of tenants whose assignments are kept.
const TENANTS_MAX: usize = 1_000;
/// The time after which they are read anew by whoever commits what it decides.
const AGE_MAX: Duration = Duration::from_secs(60);

/// The assignments of tenants, as they were read last.
pub(crate) struct KeptAssignments<K: AssignedKind> {
    pub(crate) sources: AssignmentSources<K>,
    tenants: Cache<Uuid, Arc<ReadAssignments<K::Facts>>>,
}

/// The assignments of a tenant, and the state of the database that they were read in.
pub(crate) struct ReadAssignments<F> {
    pub(crate) assignments: TenantAssignments<F>,
    /// The newest number of the journal before they were read.
    since: i64,
    /// The number of units that were overtaken before they were read.
    overtaken: u64,
    read_at: Instant,
    is_used: AtomicBool,
}

impl<F> ReadAssignments<F> {
    /// Whether nothing was decided by them yet.
    pub(crate) fn is_first_use(&self) -> bool {
        !self.is_used.swap(true, Ordering::Relaxed)
    }
}

impl<K: AssignedKind> KeptAssignments<K> {
    pub(crate) fn new(sources: AssignmentSources<K>) -> KeptAssignments<K> {
        KeptAssignments { sources, tenants: Cache::new(TENANTS_MAX) }
    }

    /// The assignments of the tenant, read anew only if they are old or a unit was overtaken since. Whoever decides by them
    /// commits under [`KeptAssignments::conditions`].
    pub(crate) async fn current(
        &self,
        context: &Context<'_>,
    ) -> Result<Arc<ReadAssignments<K::Facts>>, Error> {
        let (tenant, overtaken) = (context.tenant(), context.store.overtaken());
        let is_old = |kept: &Arc<ReadAssignments<K::Facts>>| {
            kept.overtaken != overtaken || kept.read_at.elapsed() > AGE_MAX
        };
        self.tenants.remove_if(&tenant, is_old);
        let read: BoxFuture<'_, _> = Box::pin(async { self.read(context).await.map(Arc::new) });
        self.tenants.get_or_insert_async(&tenant, read).await
    }

    /// The assignments of the tenant as they are now, whoever changed them: what is decided by them need not be committed.
    pub(crate) async fn newest(
        &self,
        context: &Context<'_>,
    ) -> Result<Arc<ReadAssignments<K::Facts>>, Error> {
        let tenant = context.tenant();
        if let Some(kept) = self.tenants.get(&tenant) {
            if !context.store.is_newer(tenant, self.sources.sets(), kept.since).await? {
                return Ok(kept);
            }
            self.tenants.remove(&tenant);
        }
        let read: BoxFuture<'_, _> = Box::pin(async { self.read(context).await.map(Arc::new) });
        self.tenants.get_or_insert_async(&tenant, read).await
    }

    /// Reads the assignments of the tenant: they are as they are now, or newer.
    pub(crate) async fn read(&self, context: &Context<'_>) -> Result<ReadAssignments<K::Facts>, Error> {
        let (overtaken, read_at) = (context.store.overtaken(), Instant::now());
        let since = context.store.journal_newest(context.tenant()).await?;
        let assignments = self.sources.assignments(context).await?;
        Ok(ReadAssignments { assignments, since, overtaken, read_at, is_used: AtomicBool::new(false) })
    }

    /// The conditions of a unit that was decided by the assignments. `reads_members` says that the members of groups were
    /// looked at too.
    pub(crate) fn conditions(&self, read: &ReadAssignments<K::Facts>, reads_members: bool) -> Vec<Change> {
        let members = reads_members && read.assignments.have_added_members();
        let sets = self.sources.sets().iter().copied().chain(members.then(|| self.sources.members()));
        sets.map(|set| Change::Unchanged { set, since: read.since }).collect()
    }
}
