//! Tenants as commands have them, what they hold, and the end of what a tenant has beside its entities.
//!
//! A command may run beside a server that has the SQLite file, so that these records are read and written past its writer and
//! its readers: nothing else depends on them.

use odata::edm::SetId;
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::{ReadError, WriteError};
use crate::quota::{Quotas, Usage};
use crate::store::Store;
use crate::tenant_record::{TenantMark, TenantRecord};

impl Store {
    /// Whether another process has the file, so that this one writes nothing but records of tenants.
    pub fn is_beside(&self) -> bool {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.is_beside(),
            Backend::Postgres(_) => false,
        }
    }

    /// Whether the process beside which this one opened the file has it no longer.
    pub fn is_left_alone(&self) -> bool {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.is_left_alone(),
            Backend::Postgres(_) => false,
        }
    }

    /// The tenants of which commands have said something, by id.
    pub async fn tenant_records(&self) -> Result<Vec<TenantRecord>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.tenant_records(),
            Backend::Postgres(postgres) => postgres.tenant_records().await,
        }
    }

    /// Adds a tenant; whether it was not there yet.
    pub async fn add_tenant(&self, record: &TenantRecord) -> Result<bool, WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.add_tenant(record),
            Backend::Postgres(postgres) => postgres.add_tenant(record).await,
        }
    }

    /// Gives a tenant the mark of a record in place of another; whether it had that one.
    pub async fn mark_tenant(&self, record: &TenantRecord, before: TenantMark) -> Result<bool, WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.mark_tenant(record, before),
            Backend::Postgres(postgres) => postgres.mark_tenant(record, before).await,
        }
    }

    /// The tenants that have ever written, by id.
    pub async fn tenants_seen(&self) -> Result<Vec<Uuid>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.tenants_seen().await,
            Backend::Postgres(postgres) => postgres.tenants_seen().await,
        }
    }

    /// What a tenant holds, by looking at all its rows; the entities of one set are counted by themselves.
    pub async fn tenant_usage(&self, tenant: Uuid, counted_set: Option<SetId>) -> Result<Usage, ReadError> {
        let quotas = Quotas { counted_set, ..Quotas::default() };
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.tenant_usage(tenant, quotas).await,
            Backend::Postgres(postgres) => postgres.tenant_usage(tenant, &quotas).await,
        }
    }

    /// Ends some of what a tenant has beside its entities and its journal: jobs, and records of idempotent requests. Whether
    /// there may be more.
    pub async fn forget_tenant(&self, tenant: Uuid) -> Result<bool, WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.forget_tenant(tenant).await,
            Backend::Postgres(postgres) => postgres.forget_tenant(tenant).await,
        }
    }

    /// Ends a tenant's data keys: what was sealed by them, wherever there is a copy without its keys, stays sealed.
    pub async fn end_tenant_keys(&self, tenant: Uuid) -> Result<(), WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.end_tenant_keys(tenant)?,
            Backend::Postgres(postgres) => postgres.end_tenant_keys(tenant).await?,
        }
        self.keyring.forget(tenant);
        Ok(())
    }
}
