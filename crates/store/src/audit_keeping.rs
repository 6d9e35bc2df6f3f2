//! What is kept beside the chains of records: their signed ends, and how far they were delivered to a sink.

use std::time::Duration;

use odata::date_time::Ticks;
use uuid::Uuid;

use crate::audit::{AuditHead, AuditLag, Checkpoint, CheckpointKey, DeliveryClaim};
use crate::backend::Backend;
use crate::data_keys::{FIRST_VERSION, read_error};
use crate::error::{ReadError, WriteError};
use crate::seal::Keyring;
use crate::store::Store;

impl Store {
    /// The key that signs checkpoints; made now if there is none. It rests wrapped, like the tenants' data keys.
    pub async fn checkpoint_key(&self) -> Result<CheckpointKey, WriteError> {
        let corrupt = |error: &dyn std::fmt::Display| WriteError::Corrupt(error.to_string());
        let tenant = Keyring::AUDIT_TENANT;
        if self.backend.tenant_keys(tenant).await?.is_empty() {
            let created = self.keyring.create(tenant, FIRST_VERSION).await.map_err(read_error)?;
            self.backend.insert_tenant_key(tenant, created).await?;
        }
        // Another process may have been faster; what is there now is the key.
        let stored = self.backend.tenant_keys(tenant).await?;
        let seeds = self.keyring.audit_seeds(&stored).await.map_err(read_error)?;
        let key = seeds.last().and_then(|seed| CheckpointKey::from_seed(seed));
        key.ok_or_else(|| corrupt(&"the key that signs checkpoints did not stay"))
    }

    /// The ends of chains that no checkpoint holds, of tenants without a checkpoint from after a time.
    pub async fn unsigned_heads(&self, after: Ticks) -> Result<Vec<(Uuid, AuditHead)>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.unsigned(after).await,
            Backend::Postgres(postgres) => postgres.unsigned_heads(after).await,
        }
    }

    /// Keeps a checkpoint; whether it was not there yet.
    pub async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<bool, WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.add(checkpoint.clone()).await,
            Backend::Postgres(postgres) => postgres.add_checkpoint(checkpoint).await,
        }
    }

    /// A tenant's checkpoints, in their order.
    pub async fn checkpoints(&self, tenant: Uuid) -> Result<Vec<Checkpoint>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.checkpoints(tenant).await,
            Backend::Postgres(postgres) => postgres.checkpoints(tenant).await,
        }
    }

    /// The tenants with records that a sink lacks.
    pub async fn undelivered(&self, sink: &str) -> Result<Vec<Uuid>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.undelivered(sink.to_owned()).await,
            Backend::Postgres(postgres) => postgres.undelivered(sink).await,
        }
    }

    /// What a sink lacks.
    pub async fn audit_lag(&self, sink: &str) -> Result<AuditLag, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.lag(sink.to_owned()).await,
            Backend::Postgres(postgres) => postgres.audit_lag(sink).await,
        }
    }

    /// Takes the turn to deliver a tenant's records: the number up to which the sink has them; none if another process is
    /// at it.
    pub async fn claim_delivery(
        &self,
        sink: &str,
        tenant: Uuid,
        lease: Duration,
    ) -> Result<Option<i64>, WriteError> {
        let claim = DeliveryClaim::new(sink, tenant, self.lease_owner, lease);
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.claim(claim).await,
            Backend::Postgres(postgres) => postgres.claim_delivery(&claim).await,
        }
    }

    /// Keeps that the sink has a tenant's records up to a number, and goes on with the turn for so long; whether it was still
    /// this process's.
    pub async fn delivered(
        &self,
        sink: &str,
        tenant: Uuid,
        sequence: i64,
        lease: Duration,
    ) -> Result<bool, WriteError> {
        let claim = DeliveryClaim::new(sink, tenant, self.lease_owner, lease);
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_keeping.delivered(claim, sequence).await,
            Backend::Postgres(postgres) => postgres.delivered(&claim, sequence).await,
        }
    }
}
