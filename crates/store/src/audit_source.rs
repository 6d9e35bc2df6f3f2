//! The audit of a database without the store around it: no key is needed, and nothing is locked, migrated or written.

use uuid::Uuid;

use crate::audit::{AuditHead, AuditRecord};
use crate::database::Database;
use crate::error::ReadError;
use crate::postgres::PostgresAudit;
use crate::sqlite::SqliteAudit;

/// The records of a database, to be read.
pub struct AuditSource(Source);

enum Source {
    Sqlite(SqliteAudit),
    Postgres(PostgresAudit),
}

impl AuditSource {
    /// Opens a database for reading. The error is one line.
    pub async fn open(database: &Database) -> Result<AuditSource, String> {
        let opened = match database {
            Database::Sqlite(path) => SqliteAudit::open(path).map(Source::Sqlite),
            Database::Postgres(url) => PostgresAudit::open(url).await.map(Source::Postgres),
        };
        opened.map(AuditSource).map_err(|reason| format!("cannot read {}: {reason}", database.shown()))
    }

    /// The tenants that have records, in the order of their ids.
    pub async fn tenants(&self) -> Result<Vec<Uuid>, String> {
        match &self.0 {
            Source::Sqlite(sqlite) => sqlite.tenants().map_err(shown),
            Source::Postgres(postgres) => postgres.tenants().await,
        }
    }

    /// A tenant's records after a sequence number, in order, at most `limit`.
    pub async fn since(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<AuditRecord>, String> {
        match &self.0 {
            Source::Sqlite(sqlite) => sqlite.since(tenant, after, limit).map_err(shown),
            Source::Postgres(postgres) => postgres.since(tenant, after, limit).await,
        }
    }

    /// The end of a tenant's chain; none if it has no record.
    pub async fn head(&self, tenant: Uuid) -> Result<Option<AuditHead>, String> {
        match &self.0 {
            Source::Sqlite(sqlite) => sqlite.head(tenant).map_err(shown),
            Source::Postgres(postgres) => postgres.head(tenant).await,
        }
    }
}

fn shown(error: ReadError) -> String {
    error.to_string()
}
