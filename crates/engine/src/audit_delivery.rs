//! The delivery of the audit's records to a sink outside: each at least once, in the order of each tenant's chain. What the sink
//! has is kept in the database, so nothing is lost with the process; what it lacks waits there, so nobody waits for the sink.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::BoxFuture;
use store::audit::{AuditLag, AuditRecord};
use uuid::Uuid;

use crate::engine::Engine;
use crate::sink_watch::SinkState;

/// The records that are delivered together.
const DELIVERED_TOGETHER_MAX: u32 = 100;
/// The time in which a sink has to take them.
const DELIVERY_TIME_MAX: Duration = Duration::from_secs(6);
/// The time for which a tenant's delivery is nobody else's: longer than a sink may take.
const LEASE: Duration = Duration::from_secs(10);
/// The time between two looks for records that the sink lacks.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// The longest wait for a sink that does not take records.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A sink of the audit's records.
pub trait AuditSink: Send + Sync {
    /// The name under which is kept what it has. Another name is another sink, which gets everything from the beginning.
    fn name(&self) -> &str;

    /// Delivers records of a tenant; when it returns, the sink has them for good.
    fn deliver<'a>(&'a self, tenant: Uuid, records: &'a [AuditRecord]) -> BoxFuture<'a, Result<(), String>>;
}

/// What a sink lacks, and why.
pub(crate) struct SinkBacklog {
    pub name: String,
    pub lag: AuditLag,
    pub failure: Option<String>,
}

impl Engine {
    /// Delivers the audit's records to a sink, for as long as this is polled.
    pub async fn keep_delivering(&self, sink: &dyn AuditSink) -> Infallible {
        self.delivery.note(sink.name(), None);
        let mut pause = LOOK_INTERVAL;
        loop {
            match self.deliver(sink).await {
                Ok(()) => {
                    self.delivery.note(sink.name(), None);
                    pause = LOOK_INTERVAL;
                }
                Err(reason) => {
                    tracing::warn!(
                        sink = sink.name(),
                        reason,
                        "the sink does not take the audit's records; they wait"
                    );
                    self.delivery.note(sink.name(), Some(reason));
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Delivers all that the sink lacks.
    async fn deliver(&self, sink: &dyn AuditSink) -> Result<(), String> {
        let name = sink.name();
        for tenant in self.store.undelivered(name).await.map_err(|error| error.to_string())? {
            let claimed = self.store.claim_delivery(name, tenant, LEASE).await;
            let Some(after) = claimed.map_err(|error| error.to_string())? else { continue };
            self.deliver_of(sink, tenant, after).await?;
        }
        Ok(())
    }

    async fn deliver_of(&self, sink: &dyn AuditSink, tenant: Uuid, mut after: i64) -> Result<(), String> {
        loop {
            let records = self.store.audit_since(tenant, after, DELIVERED_TOGETHER_MAX).await;
            let records = records.map_err(|error| error.to_string())?;
            let Some(last) = records.last() else { return Ok(()) };
            let delivered = tokio::time::timeout(DELIVERY_TIME_MAX, sink.deliver(tenant, &records)).await;
            delivered.unwrap_or_else(|_| Err("it takes too long".to_owned()))?;
            after = last.sequence;
            let is_last = records.len() < DELIVERED_TOGETHER_MAX as usize;
            let lease = if is_last { Duration::ZERO } else { LEASE };
            let is_ours = self.store.delivered(sink.name(), tenant, after, lease).await;
            if is_last || !is_ours.map_err(|error| error.to_string())? {
                return Ok(());
            }
        }
    }

    /// What the sink lacks; none if there is no sink.
    pub(crate) async fn sink_backlog(&self) -> Result<Option<SinkBacklog>, crate::Error> {
        let Some(SinkState { name, failure }) = self.delivery.state() else { return Ok(None) };
        let lag = self.store.audit_lag(&name).await?;
        Ok(Some(SinkBacklog { name, lag, failure }))
    }
}
