//! The tenants whose settings are known to be refreshed by a job.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use engine::Context;
use store::{Change, WriteError};
use uuid::Uuid;

use crate::autopilot::settings::refresh_job;

/// The number of tenants that are remembered.
const TENANTS_MAX: usize = 100_000;

/// The tenants whose settings are known to be refreshed by a job, since this process has committed one.
#[derive(Default)]
pub(super) struct RefreshedTenants {
    tenants: Mutex<HashSet<Uuid>>,
}

impl RefreshedTenants {
    /// Commits changes, and with them the job that refreshes the tenant's settings, unless it is known to have one. Only
    /// a commit that succeeds is remembered: what loses a race takes its job with it.
    pub(super) async fn commit(
        &self,
        context: &Context<'_>,
        mut changes: Vec<Change>,
    ) -> Result<(), WriteError> {
        let tenant = context.tenant();
        if self.contains(tenant) {
            return context.commit(changes).await.map(|_| ());
        }
        changes.push(refresh_job(context));
        context.commit(changes).await?;
        self.insert(tenant);
        Ok(())
    }

    fn contains(&self, tenant: Uuid) -> bool {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).contains(&tenant)
    }

    fn insert(&self, tenant: Uuid) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= TENANTS_MAX {
            tenants.clear();
        }
        tenants.insert(tenant);
    }
}
