//! Looks whether a newer Muster has opened the database: an older one would lose what it does not know of.

use std::time::Duration;

use crate::engine::Engine;

/// The time between two looks, and so the longest that two versions write at the same time.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl Engine {
    /// Looks until a newer Muster has opened the database; says so.
    pub(crate) async fn follow_neighbours(&self) -> String {
        loop {
            match self.store.outdated().await {
                Ok(Some(reason)) => return reason,
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "who else has the database could not be seen"),
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }
}
