//! The chain of records as the database gives it out, and a connection that reads nothing else.

use std::sync::Arc;

use odata::date_time::Ticks;
use tokio_postgres::Row;
use uuid::Uuid;

use super::connection::Connection;
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;
use super::value::{column, wrapped_keys};
use crate::audit::{AuditHead, AuditRecord, Checkpoint, chained};
use crate::journal::ChangeKind;
use crate::seal::WrappedKey;
use crate::sql::{audit, tenant_keys};
use crate::unit::Actor;

/// An entry of the journal that an audit is told.
pub(super) struct ChainedEntry<'a> {
    pub tenant: Uuid,
    pub sequence: i64,
    pub at: Ticks,
    pub set_number: i32,
    pub kind: ChangeKind,
    pub actor: Actor,
    pub request_id: Uuid,
    pub keys: &'a [u8],
    pub record: &'a str,
}

impl ChainedEntry<'_> {
    /// Appends it behind the entry of a hash; gives its own.
    pub async fn append(&self, connection: &Connection, before: &[u8]) -> Result<Vec<u8>, PostgresError> {
        let hash = chained(before, self.sequence, self.record).to_vec();
        let (link, kind) = ([before, &hash].concat(), self.kind.number());
        connection
            .execute(
                audit::APPEND.postgres(),
                &[
                    &self.tenant,
                    &self.sequence,
                    &self.at.0,
                    &self.set_number,
                    &kind,
                    &self.actor.id,
                    &self.actor.application,
                    &self.request_id,
                    &self.keys,
                    &self.record,
                    &link,
                ],
            )
            .await?;
        Ok(hash)
    }
}

/// The records of rows.
pub(super) fn records(rows: &[Row]) -> Result<Vec<AuditRecord>, PostgresError> {
    let record = |row| {
        let (record, link): (String, Vec<u8>) = (column(row, 1)?, column(row, 2)?);
        Ok(AuditRecord { sequence: column(row, 0)?, record: record.into(), link: link.into() })
    };
    rows.iter().map(record).collect()
}

/// The end of a chain, if there is one.
pub(super) fn head(rows: &[Row]) -> Result<Option<AuditHead>, PostgresError> {
    let head = |row| Ok(AuditHead { sequence: column(row, 0)?, hash: column::<Vec<u8>>(row, 1)?.into() });
    rows.first().map(head).transpose()
}

/// The checkpoints of a tenant's rows.
pub(super) fn checkpoints(tenant: Uuid, rows: &[Row]) -> Result<Vec<Checkpoint>, PostgresError> {
    let bytes = |row, at| column::<Vec<u8>>(row, at).map(Box::from);
    let checkpoint = |row| {
        let head = AuditHead { sequence: column(row, 0)?, hash: bytes(row, 2)? };
        let (public_key, signature) = (bytes(row, 3)?, bytes(row, 4)?);
        Ok(Checkpoint { tenant, head, at: Ticks(column(row, 1)?), public_key, signature })
    };
    rows.iter().map(checkpoint).collect()
}

/// The tenants of rows.
pub(super) fn tenants(rows: &[Row]) -> Result<Vec<Uuid>, PostgresError> {
    rows.iter().map(|row| column(row, 0)).collect()
}

/// A connection that reads the chains.
pub(crate) struct PostgresAudit(Connection);

impl PostgresAudit {
    pub async fn open(url: &str) -> Result<PostgresAudit, String> {
        let opened = async {
            let config = Arc::new(ConnectionConfig::find_to_read(url).await?);
            Connection::open(&config, &[]).await
        };
        opened.await.map(PostgresAudit).map_err(|error: PostgresError| error.message().to_owned())
    }

    pub async fn since(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<AuditRecord>, String> {
        let rows = self.0.query_alone(audit::SINCE.postgres(), &[&tenant, &after, &i64::from(limit)]).await;
        rows.and_then(|rows| records(&rows)).map_err(|error| error.message().to_owned())
    }

    pub async fn head(&self, tenant: Uuid) -> Result<Option<AuditHead>, String> {
        let rows = self.0.query_alone(audit::HEAD.postgres(), &[&tenant]).await;
        rows.and_then(|rows| head(&rows)).map_err(|error| error.message().to_owned())
    }

    pub async fn checkpoints(&self, tenant: Uuid) -> Result<Vec<Checkpoint>, String> {
        let rows = self.0.query_alone(audit::CHECKPOINTS.postgres(), &[&tenant, &0_i64]).await;
        rows.and_then(|rows| checkpoints(tenant, &rows)).map_err(|error| error.message().to_owned())
    }

    pub async fn keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, String> {
        let rows = self.0.query_alone(tenant_keys::READ.postgres(), &[&tenant]).await;
        rows.and_then(|rows| wrapped_keys(&rows)).map_err(|error| error.message().to_owned())
    }

    pub async fn tenants(&self) -> Result<Vec<Uuid>, String> {
        let rows = self.0.query_alone(audit::TENANTS.postgres(), &[]).await;
        rows.and_then(|rows| tenants(&rows)).map_err(|error| error.message().to_owned())
    }
}
