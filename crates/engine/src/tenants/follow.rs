//! Follows what commands say of tenants: they write it into the database, and nobody tells a running server.

use std::convert::Infallible;
use std::time::Duration;

use crate::Error;
use crate::engine::Engine;

/// The time between two looks. A tenant that is closed is refused that much later at most.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl Engine {
    /// Follows the records of tenants for as long as this is polled.
    pub(crate) async fn follow_tenants(&self) -> Infallible {
        loop {
            if let Err(error) = self.look_at_tenants().await {
                let reason = error.detail.map_or(error.message, String::from);
                tracing::warn!(reason, "what commands said of tenants could not be followed");
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    async fn look_at_tenants(&self) -> Result<(), Error> {
        let records = self.store.tenant_records().await?;
        self.tenants.learn(&records);
        Ok(())
    }
}
