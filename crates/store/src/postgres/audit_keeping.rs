//! What is kept beside the chains of records: their signed ends, and how far they were delivered to a sink.

use odata::date_time::Ticks;
use tokio_postgres::Row;
use uuid::Uuid;

use super::audit_rows;
use super::backend::PostgresBackend;
use super::connection::Parameters;
use super::error::PostgresError;
use super::value::column;
use crate::audit::{AuditHead, AuditLag, Checkpoint, DeliveryClaim};
use crate::error::{ReadError, WriteError};
use crate::sql::{Cost, audit as texts};

impl PostgresBackend {
    /// The ends of chains that no checkpoint holds.
    pub async fn unsigned_heads(&self, Ticks(after): Ticks) -> Result<Vec<(Uuid, AuditHead)>, ReadError> {
        let head = |row: &Row| -> Result<(Uuid, AuditHead), ReadError> {
            let head = AuditHead { sequence: column(row, 1)?, hash: column::<Vec<u8>>(row, 2)?.into() };
            Ok((column(row, 0)?, head))
        };
        let rows = self.readers.query(texts::UNSIGNED.postgres(), &[&after], Cost::Scan).await?;
        rows.iter().map(head).collect()
    }

    /// Keeps a checkpoint; whether it was not there.
    pub async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<bool, WriteError> {
        let Checkpoint { tenant, head, at, public_key, signature } = checkpoint;
        let parameters: Parameters<'_> =
            &[tenant, &head.sequence, &at.0, &&*head.hash, &&**public_key, &&**signature];
        let added = self.readers.query(texts::ADD_CHECKPOINT.postgres(), parameters, Cost::Point).await?;
        Ok(!added.is_empty())
    }

    /// A tenant's checkpoints.
    pub async fn checkpoints(&self, tenant: Uuid) -> Result<Vec<Checkpoint>, ReadError> {
        let rows = self.readers.query(texts::CHECKPOINTS.postgres(), &[&tenant, &0_i64], Cost::Scan).await?;
        Ok(audit_rows::checkpoints(tenant, &rows)?)
    }

    /// The tenants with records that a sink lacks.
    pub async fn undelivered(&self, sink: &str) -> Result<Vec<Uuid>, ReadError> {
        let rows = self.readers.query(texts::UNDELIVERED.postgres(), &[&sink], Cost::Scan).await?;
        Ok(audit_rows::tenants(&rows)?)
    }

    /// What a sink lacks.
    pub async fn audit_lag(&self, sink: &str) -> Result<AuditLag, ReadError> {
        let rows = self.readers.query(texts::COUNT_UNDELIVERED.postgres(), &[&sink], Cost::Scan).await?;
        let row = rows.first().ok_or_else(|| ReadError::Corrupt("a count without a row".into()))?;
        Ok(AuditLag { records: column(row, 0)?, oldest: column::<Option<i64>>(row, 1)?.map(Ticks) })
    }

    /// Takes the turn to deliver.
    pub async fn claim_delivery(&self, claim: &DeliveryClaim) -> Result<Option<i64>, WriteError> {
        let DeliveryClaim { sink, tenant, owner, now_millis, until_millis } = claim;
        let parameters: Parameters<'_> = &[&&**sink, tenant, owner, now_millis, until_millis];
        let rows = self.readers.query(texts::CLAIM_DELIVERY.postgres(), parameters, Cost::Point).await?;
        let sequence: Result<Option<i64>, PostgresError> = rows.first().map(|row| column(row, 0)).transpose();
        Ok(sequence?)
    }

    /// Keeps how far records are delivered; whether the turn was still this process's.
    pub async fn delivered(&self, claim: &DeliveryClaim, sequence: i64) -> Result<bool, WriteError> {
        let DeliveryClaim { sink, tenant, owner, now_millis: _, until_millis } = claim;
        let parameters: Parameters<'_> = &[&&**sink, tenant, owner, &sequence, until_millis];
        let kept = self.readers.query(texts::DELIVERED.postgres(), parameters, Cost::Point).await?;
        Ok(!kept.is_empty())
    }
}
