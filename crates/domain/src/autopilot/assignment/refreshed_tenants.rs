//! The tenants whose settings are known to be refreshed by a job.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use store::{Change, WriteError};
use uuid::Uuid;

/// The number of tenants that are remembered.
const TENANTS_MAX: usize = 100_000;

/// The tenants whose settings are known to be refreshed by a job, since this process has committed one.
#[derive(Default)]
pub(super) struct RefreshedTenants {
    tenants: Mutex<HashSet<Uuid>>,
}

impl RefreshedTenants {
    /// Commits changes of a tenant, and with them the job that refreshes its settings, unless it is known to have one. Only
    /// a commit that succeeds is remembered: one that loses a race takes its job with it.
    pub(super) async fn commit<T, Committing: Future<Output = Result<T, WriteError>>>(
        &self,
        tenant: Uuid,
        refresh_job: impl FnOnce() -> Change,
        mut changes: Vec<Change>,
        commit: impl FnOnce(Vec<Change>) -> Committing,
    ) -> Result<T, WriteError> {
        let is_known = self.contains(tenant);
        if !is_known {
            changes.push(refresh_job());
        }
        let committed = commit(changes).await?;
        if !is_known {
            self.insert(tenant);
        }
        Ok(committed)
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

#[cfg(test)]
mod tests {
    use odata::Key;
    use odata::date_time::Ticks;
    use store::WriteError;
    use uuid::Uuid;

    use super::RefreshedTenants;
    use crate::autopilot::jobs::REFRESH;

    #[tokio::test]
    async fn a_commit_that_loses_a_race_is_not_remembered() {
        let refreshed = RefreshedTenants::default();
        let mut jobs = Vec::new();
        for result in [Err(WriteError::Overtaken), Err(WriteError::Overtaken), Ok(()), Ok(())] {
            let commit = |changes: Vec<_>| {
                jobs.push(changes.len());
                async { result }
            };
            let job = || REFRESH.job(Key::new(), b"", Ticks(0));
            let _ = refreshed.commit(Uuid::nil(), job, Vec::new(), commit).await;
        }
        assert_eq!(jobs, [1, 1, 1, 0], "the job is committed until that has succeeded once");
    }
}
