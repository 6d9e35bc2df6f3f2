//! The end of old journal entries. It is work of the engine's own, beside the jobs: it comes with time and not with a change,
//! needs no caller's permission, and goes by the context's clock.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;

use crate::Error;
use crate::clock::later;
use crate::engine::Engine;

/// The time between two looks for entries that have become old: as many as were written in such a time, which takes less
/// than a second to prune.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);
/// The pause after each of the short transactions, which leaves nine tenths of the time to others.
const STEP_PAUSE: Duration = Duration::from_millis(50);
const SECONDS_PER_DAY: i64 = 86_400;

impl Engine {
    /// Prunes the journal as its entries become old, for as long as this is polled.
    pub(crate) async fn keep_pruning(&self) -> Infallible {
        loop {
            if let Err(error) = self.prune(STEP_PAUSE).await {
                tracing::warn!(reason = error.message, "the journal could not be pruned");
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Prunes all that is old by now, with a pause after each step.
    pub(crate) async fn prune(&self, pause: Duration) -> Result<(), Error> {
        let pruned = self.prune_tenants(pause).await;
        self.pruning.store(false, Ordering::Relaxed);
        pruned
    }

    async fn prune_tenants(&self, pause: Duration) -> Result<(), Error> {
        let days = i64::from(self.settings.bounds.now().journal_retention_days);
        if days == 0 {
            return Ok(());
        }
        let before = later(self.clock.now(), -days * SECONDS_PER_DAY);
        let mut pruned = Uuid::nil();
        while let Some(tenant) = self.store.next_to_prune(pruned, before).await? {
            self.pruning.store(true, Ordering::Relaxed);
            while self.store.prune_journal(tenant, before).await? {
                tokio::time::sleep(pause).await;
            }
            pruned = tenant;
        }
        Ok(())
    }
}
