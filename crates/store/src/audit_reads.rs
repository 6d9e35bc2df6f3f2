//! Reading the chain of records of the open store.

use uuid::Uuid;

use crate::audit::{AuditHead, AuditRecord};
use crate::backend::Backend;
use crate::error::ReadError;
use crate::store::Store;

impl Store {
    /// A tenant's records after a sequence number, in order, at most `limit`.
    pub async fn audit_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_since(tenant, after, limit),
            Backend::Postgres(postgres) => postgres.audit_since(tenant, after, limit).await,
        }
    }

    /// The end of a tenant's chain; none if it has no record.
    pub async fn audit_head(&self, tenant: Uuid) -> Result<Option<AuditHead>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audit_head(tenant),
            Backend::Postgres(postgres) => postgres.audit_head(tenant).await,
        }
    }

    /// The tenants that have records, in the order of their ids.
    pub async fn audited_tenants(&self) -> Result<Vec<Uuid>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.audited_tenants(),
            Backend::Postgres(postgres) => postgres.audited_tenants().await,
        }
    }
}
