//! The records of tenants, what they hold, and the end of what they have beside their entities.

use odata::date_time::Ticks;
use tokio_postgres::Row;
use uuid::Uuid;

use super::backend::PostgresBackend;
use super::connection::Parameters;
use super::value::column;
use crate::error::{ReadError, WriteError};
use crate::quota::{Quotas, Usage};
use crate::sql::{Cost, tenant_records as texts};
use crate::tenant_record::{FORGOTTEN_TOGETHER_MAX, TenantMark, TenantRecord};

impl PostgresBackend {
    /// The records of all tenants of which a command has spoken.
    pub async fn tenant_records(&self) -> Result<Vec<TenantRecord>, ReadError> {
        let record = |row: &Row| -> Result<TenantRecord, ReadError> {
            Ok(TenantRecord {
                id: column(row, 0)?,
                display_name: column(row, 1)?,
                mark: TenantMark::from_number(column(row, 2)?)?,
                marked_at: Ticks(column(row, 3)?),
            })
        };
        let rows = self.readers.query(texts::ALL.postgres(), &[], Cost::Point).await?;
        rows.iter().map(record).collect()
    }

    /// Adds a record; whether there was none.
    pub async fn add_tenant(&self, record: &TenantRecord) -> Result<bool, WriteError> {
        let mark = record.mark.number();
        let parameters: Parameters<'_> = &[&record.id, &record.display_name, &mark, &record.marked_at.0];
        Ok(!self.readers.query(texts::ADD.postgres(), parameters, Cost::Point).await?.is_empty())
    }

    /// Gives a tenant the record's mark in place of another; whether it had that one.
    pub async fn mark_tenant(&self, record: &TenantRecord, before: TenantMark) -> Result<bool, WriteError> {
        let (mark, before) = (record.mark.number(), before.number());
        let parameters: Parameters<'_> = &[&record.id, &mark, &record.marked_at.0, &before];
        Ok(!self.readers.query(texts::MARK.postgres(), parameters, Cost::Point).await?.is_empty())
    }

    /// The tenants that have ever written.
    pub async fn tenants_seen(&self) -> Result<Vec<Uuid>, ReadError> {
        let rows = self.readers.query(texts::SEEN.postgres(), &[], Cost::Scan).await?;
        rows.iter().map(|row| Ok(column(row, 0)?)).collect()
    }

    /// What a tenant holds.
    pub async fn tenant_usage(&self, tenant: Uuid, quotas: &Quotas) -> Result<Usage, ReadError> {
        let mut usage = Usage::default();
        for set in self.schema.sets() {
            let text = &self.schema.statements(set).size_of_all;
            let rows = self.readers.query(text, &[&tenant], Cost::Scan).await?;
            let row = rows.first().ok_or_else(|| ReadError::Corrupt("a count without a row".into()))?;
            usage = usage.plus(quotas.usage(set, column(row, 0)?, column(row, 1)?));
        }
        Ok(usage)
    }

    /// Ends some of a tenant's jobs and records of requests; whether there may be more.
    pub async fn forget_tenant(&self, tenant: Uuid) -> Result<bool, WriteError> {
        let most = i64::from(FORGOTTEN_TOGETHER_MAX);
        let mut may_be_more = false;
        for text in [texts::END_JOBS.postgres(), texts::END_REQUESTS.postgres()] {
            let ended = self.readers.query(text, &[&tenant, &most], Cost::Point).await?;
            may_be_more |= ended.len() == FORGOTTEN_TOGETHER_MAX as usize;
        }
        Ok(may_be_more)
    }

    /// Ends a tenant's data keys.
    pub async fn end_tenant_keys(&self, tenant: Uuid) -> Result<(), WriteError> {
        self.readers.query(texts::END_KEYS.postgres(), &[&tenant], Cost::Point).await?;
        Ok(())
    }
}
