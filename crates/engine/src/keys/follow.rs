//! Follows what commands do with keys: they write it into the database, and nobody tells a running server.

use std::convert::Infallible;
use std::time::Duration;

use store::{Resealed, WriteError};

use crate::engine::Engine;

/// The time between two looks. A command waits for several of them before it takes a server for one that does not run.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// The pause after each step in which secrets are sealed anew, which leaves others most of the time.
const STEP_PAUSE: Duration = Duration::from_millis(20);

impl Engine {
    /// Follows the keys for as long as this is polled.
    pub(crate) async fn follow_keys(&self) -> Infallible {
        loop {
            if let Err(error) = self.look_at_keys().await {
                tracing::warn!(%error, "what commands do with keys could not be followed");
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    async fn look_at_keys(&self) -> Result<(), WriteError> {
        let state = self.store.follow_keys(&*self.key_opener).await?;
        // Where a command cannot write itself, because this process has the database.
        if state.is_resealing && self.store.has_database_alone() {
            let Resealed { entities, refused, reason } = self.store.reseal_all(STEP_PAUSE).await?;
            tracing::info!(entities, refused, reason, "secrets were sealed anew under new data keys");
        }
        Ok(())
    }
}
