//! What is sealed in the rows of the file: read again, counted, and looked for under older data keys.

use odata::edm::SetId;
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::backend::SqliteBackend;
use super::error::read_error;
use crate::error::ReadError;
use crate::resealed_rows::{RowPlace, StalePage};
use crate::share::Share;
use crate::sql::SqlSchema;

impl SqliteBackend {
    /// What is sealed in the rows of a key.
    pub async fn sealed_again(
        &self,
        tenant: Uuid,
        set: SetId,
        key: &[u8],
    ) -> Result<Vec<Vec<u8>>, ReadError> {
        let key = key.to_vec();
        self.sealed_rows(tenant, move |connection, tenant, schema| {
            let Some(statements) = &schema.statements(set).sealed else { return Ok(Vec::new()) };
            let mut statement = connection.prepare_cached(&statements.again)?;
            let found = statement.query_map((tenant, key), |row| row.get::<_, Option<Vec<u8>>>(0))?;
            Ok(found.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
        .await
    }

    /// Some rows of a set behind a place.
    pub async fn stale_rows(
        &self,
        tenant: Uuid,
        set: SetId,
        version: u32,
        after: RowPlace,
    ) -> Result<StalePage, ReadError> {
        self.sealed_rows(tenant, move |connection, tenant, schema| {
            let mut page = StalePage::default();
            let Some(statements) = &schema.statements(set).sealed else { return Ok(page) };
            let mut statement = connection.prepare_cached(&statements.page)?;
            let version = version.to_be_bytes();
            let mut rows = match schema.table(set).parent {
                Some(_) => statement.query((tenant, version, after.parent, after.key))?,
                None => statement.query((tenant, version, after.key))?,
            };
            while let Some(row) = rows.next()? {
                page.push(row.get(0)?, row.get(1)?, row.get(2)?);
            }
            Ok(page)
        })
        .await
    }

    /// The number of rows of a set with something sealed, and of those under an older data key.
    pub async fn count_sealed(&self, tenant: Uuid, set: SetId, version: u32) -> Result<Share, ReadError> {
        self.sealed_rows(tenant, move |connection, tenant, schema| {
            let Some(statements) = &schema.statements(set).sealed else { return Ok(Share::default()) };
            let mut statement = connection.prepare_cached(&statements.count)?;
            let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
            statement.query_row((tenant, version.to_be_bytes()), columns).map(Share::read)
        })
        .await
    }

    /// Runs a read about the rows of a tenant; nothing if the file has nothing of it.
    async fn sealed_rows<T: Default + Send + 'static>(
        &self,
        tenant: Uuid,
        read: impl FnOnce(&Connection, i64, &SqlSchema) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let (identities, schema) = (self.identities.clone(), self.schema.clone());
        let read = move |connection: &Connection| {
            let number = identities.number(connection, tenant).map_err(read_error)?;
            let Some(number) = number else { return Ok(T::default()) };
            read(connection, number, &schema).map_err(read_error)
        };
        self.readers.long(read).await
    }
}
