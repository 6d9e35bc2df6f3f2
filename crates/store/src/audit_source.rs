//! The audit of a database without the store around it: no key is needed, and nothing is locked, migrated or written.

use uuid::Uuid;

use crate::audit::{AuditHead, AuditRecord, Checkpoint, CheckpointKey};
use crate::database::Database;
use crate::error::ReadError;
use crate::postgres::PostgresAudit;
use crate::seal::{KeyEncryptionKey, Keyring};
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

    /// A tenant's checkpoints, in their order.
    pub async fn checkpoints(&self, tenant: Uuid) -> Result<Vec<Checkpoint>, String> {
        match &self.0 {
            Source::Sqlite(sqlite) => sqlite.checkpoints(tenant).map_err(shown),
            Source::Postgres(postgres) => postgres.checkpoints(tenant).await,
        }
    }

    /// The public keys of the checkpoints that servers with this key-encryption key have signed.
    pub async fn public_keys(&self, key: KeyEncryptionKey) -> Result<Vec<Box<[u8]>>, String> {
        let stored = match &self.0 {
            Source::Sqlite(sqlite) => sqlite.keys(Keyring::AUDIT_TENANT).map_err(shown)?,
            Source::Postgres(postgres) => postgres.keys(Keyring::AUDIT_TENANT).await?,
        };
        let seeds = Keyring::new(key).audit_seeds(&stored).await.map_err(|error| error.to_string())?;
        let public = seeds.iter().filter_map(|seed| CheckpointKey::from_seed(seed));
        Ok(public.map(|key| key.public_key().into()).collect())
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
