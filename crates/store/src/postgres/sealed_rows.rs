//! What is sealed in the rows: read again, counted, and sealed anew.

use odata::edm::SetId;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::backend::PostgresBackend;
use super::connection::Parameters;
use super::error::PostgresError;
use super::value::column;
use crate::error::{ReadError, WriteError};
use crate::resealed_rows::{ResealedRow, RowPlace, StalePage};
use crate::share::Share;
use crate::sql::Cost;

impl PostgresBackend {
    /// What is sealed in the rows of a key.
    pub async fn sealed_again(
        &self,
        tenant: Uuid,
        set: SetId,
        key: &[u8],
    ) -> Result<Vec<Vec<u8>>, ReadError> {
        let Some(statements) = &self.schema.statements(set).sealed else { return Ok(Vec::new()) };
        let rows = self.readers.query(&statements.again, &[&tenant, &key], Cost::Point).await?;
        let sealed: Vec<Option<Vec<u8>>> =
            rows.iter().map(|row| column(row, 0)).collect::<Result<_, PostgresError>>()?;
        Ok(sealed.into_iter().flatten().collect())
    }

    /// Some rows of a set behind a place.
    pub async fn stale_rows(
        &self,
        tenant: Uuid,
        set: SetId,
        version: u32,
        after: RowPlace,
    ) -> Result<StalePage, ReadError> {
        let mut page = StalePage::default();
        let Some(statements) = &self.schema.statements(set).sealed else { return Ok(page) };
        let version = version.to_be_bytes();
        let version = version.as_slice();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&tenant, &version];
        if self.schema.table(set).parent.is_some() {
            parameters.push(&after.parent);
        }
        parameters.push(&after.key);
        for row in self.readers.query(&statements.page, &parameters, Cost::Scan).await? {
            page.push(column(&row, 0)?, column(&row, 1)?, column(&row, 2)?);
        }
        Ok(page)
    }

    /// Writes what was sealed anew. A row that has changed meanwhile is left alone.
    pub async fn reseal(&self, tenant: Uuid, set: SetId, rows: &[ResealedRow]) -> Result<(), WriteError> {
        let Some(statements) = &self.schema.statements(set).sealed else { return Ok(()) };
        let of = |part: fn(&ResealedRow) -> &[u8]| rows.iter().map(part).collect::<Vec<_>>();
        let (parents, keys) = (of(|row| &row.row.parent), of(|row| &row.row.key));
        let (before, after) = (of(|row| &row.row.sealed), of(|row| &row.sealed));
        let parameters: Parameters<'_> = &[&tenant, &parents, &keys, &before, &after];
        Ok(self.readers.query(&statements.reseal_many, parameters, Cost::Scan).await.map(|_| ())?)
    }

    /// The number of rows of a set with something sealed, and of those under an older data key.
    pub async fn count_sealed(&self, tenant: Uuid, set: SetId, version: u32) -> Result<Share, ReadError> {
        let Some(statements) = &self.schema.statements(set).sealed else { return Ok(Share::default()) };
        let version = version.to_be_bytes();
        let parameters: Parameters<'_> = &[&tenant, &version.as_slice()];
        let rows = self.readers.query(&statements.count, parameters, Cost::Scan).await?;
        let row = rows.first().ok_or_else(|| ReadError::Corrupt("a count without a row".into()))?;
        Ok(Share::read((column(row, 0)?, column(row, 1)?)))
    }
}
