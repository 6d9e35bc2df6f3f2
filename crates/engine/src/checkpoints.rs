//! Checkpoints of the audit: the end of each tenant's chain, signed every hour in which it grew, and when the server ends.
//! Before it signs, the server follows the chain from the last checkpoint: it puts its name to nothing that was written anew.

use std::convert::Infallible;
use std::time::Duration;

use odata::date_time::Ticks;
use store::audit::{AuditHead, ChainFault, ChainVerifier};
use uuid::Uuid;

use crate::Error;
use crate::clock::later;
use crate::engine::Engine;

/// The time between two checkpoints of a chain that grows, by the engine's clock.
const INTERVAL_SECONDS: i64 = 3_600;
/// The time between two looks for chains that are to be signed.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// The records that are followed at once.
const PAGE: u32 = 1_000;

impl Engine {
    /// Signs the ends of chains hour by hour, for as long as this is polled.
    pub(crate) async fn keep_signing(&self) -> Infallible {
        loop {
            self.sign_due().await;
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }

    /// Signs the ends of chains that were not signed for an hour.
    pub(crate) async fn sign_due(&self) {
        self.try_signing(later(self.clock.now(), -INTERVAL_SECONDS)).await;
    }

    /// Signs the ends of all chains that have grown since they were signed: the server is about to end.
    pub(crate) async fn sign_all(&self) {
        self.try_signing(Ticks(i64::MAX)).await;
    }

    async fn try_signing(&self, after: Ticks) {
        if let Err(error) = self.sign(after).await {
            tracing::warn!(
                reason = error.detail.as_deref().unwrap_or(&error.message),
                "the ends of the audit's chains could not be signed"
            );
        }
    }

    /// Signs the ends of chains that have no checkpoint from after a time.
    async fn sign(&self, after: Ticks) -> Result<(), Error> {
        for (tenant, head) in self.store.unsigned_heads(after).await? {
            if let Err(fault) = self.follow(tenant, &head).await? {
                tracing::error!(%tenant, %fault, "the audit is not as it was signed; run muster audit verify");
                continue;
            }
            let key = self.checkpoint_key.get_or_try_init(|| self.store.checkpoint_key()).await?;
            let signed = key.sign(tenant, head, self.clock.now());
            if self.store.add_checkpoint(&signed).await? {
                // Whoever collects logs keeps this where nobody reaches it who can write the database.
                tracing::info!(
                    %tenant, sequence = signed.head.sequence, hash = hex(&signed.head.hash),
                    time = %signed.at, public_key = hex(&signed.public_key), signature = hex(&signed.signature),
                    "checkpoint of the audit"
                );
            }
        }
        Ok(())
    }

    /// Follows a tenant's chain from its last checkpoint to its end.
    async fn follow(&self, tenant: Uuid, head: &AuditHead) -> Result<Result<(), ChainFault>, Error> {
        let last = self.store.checkpoints(tenant).await?.pop();
        let (mut chain, mut after) = match &last {
            None => (ChainVerifier::default(), 0),
            // The record itself is looked at once more: the checkpoint says what it is.
            Some(last) => (ChainVerifier::of_part(), last.head.sequence - 1),
        };
        loop {
            let records = self.store.audit_since(tenant, after, PAGE).await?;
            for record in records.iter().filter(|record| record.sequence <= head.sequence) {
                if let Err(fault) = chain.follow(record) {
                    return Ok(Err(fault));
                }
                if let Some(last) = last.as_ref().filter(|last| after == last.head.sequence - 1)
                    && let Err(fault) = chain.meet(&last.head)
                {
                    return Ok(Err(fault));
                }
                after = record.sequence;
            }
            if records.len() < PAGE as usize || after >= head.sequence {
                return Ok(chain.end(head));
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
