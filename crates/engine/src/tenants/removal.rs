//! The removal of a tenant: its jobs, its entities with what they hold outside it, its journal but for the audit, and its data
//! keys, in short transactions. Whatever ends it in between, the next look at the records begins it again.

use std::convert::Infallible;
use std::time::Duration;

use odata::date_time::Ticks;
use odata::edm::SetId;
use store::{Change, Query, TenantMark, TenantRecord};
use uuid::Uuid;

use crate::Error;
use crate::engine::Engine;
use crate::retry::retry;
use crate::service_call::service_call;

/// The entities that one transaction removes.
const REMOVED_TOGETHER_MAX: u64 = 500;
/// The pause after each transaction, which leaves others most of the time.
const STEP_PAUSE: Duration = Duration::from_millis(20);
/// The time between two looks for tenants that are to go.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl Engine {
    /// Removes tenants that are to go, for as long as this is polled.
    pub(crate) async fn keep_removing(&self) -> Infallible {
        loop {
            for tenant in self.tenants.removing() {
                if let Err(error) = self.remove_tenant(tenant, STEP_PAUSE).await {
                    let reason = error.detail.map_or(error.message, String::from);
                    tracing::warn!(%tenant, reason, "a tenant is not removed yet");
                }
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Removes all that a tenant has, with a pause after each transaction.
    pub(super) async fn remove_tenant(&self, tenant: Uuid, pause: Duration) -> Result<(), Error> {
        // Jobs first: one that is under way fails with its job gone.
        while self.store.forget_tenant(tenant).await? {
            tokio::time::sleep(pause).await;
        }
        let top = self.model().sets.iter().filter(|set| set.parent.is_none());
        for set in top.map(|set| set.id) {
            while self.remove_some(tenant, set).await? > 0 {
                tokio::time::sleep(pause).await;
            }
        }
        while self.store.prune_journal(tenant, Ticks(i64::MAX)).await? {
            tokio::time::sleep(pause).await;
        }
        self.store.end_tenant_keys(tenant).await?;
        let record = TenantRecord {
            id: tenant,
            display_name: None,
            mark: TenantMark::Removed,
            marked_at: self.clock.now(),
        };
        self.store.mark_tenant(&record, TenantMark::Removing).await?;
        Ok(())
    }

    /// Removes some entities of a set with all that they contain; how many.
    async fn remove_some(&self, tenant: Uuid, set: SetId) -> Result<usize, Error> {
        let call = service_call(tenant, Uuid::now_v7(), None);
        let context = self.context(&call, self.clock.now());
        retry(|| async {
            let rows = self.store.list(&Query::all(tenant, set, REMOVED_TOGETHER_MAX)).await?;
            if rows.is_empty() {
                return Ok(0);
            }
            let keys: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
            let mut changes = self.handlers.of(set).release(&context, &keys).await?;
            let count = rows.len();
            let deletion =
                |row: store::Row| Change::Delete { set, parent: None, key: row.key, expected: row.version };
            changes.extend(rows.into_iter().map(deletion));
            context.commit(changes).await?;
            Ok(count)
        })
        .await
    }
}
