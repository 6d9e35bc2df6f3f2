//! What was sealed anew, written in the writer's transaction.

use odata::edm::SetId;
use rusqlite::Connection;
use uuid::Uuid;

use super::error::ApplyError;
use super::identities::Identities;
use crate::resealed_rows::ResealedRow;
use crate::sql::SqlSchema;

/// What was sealed anew in a set of a tenant.
pub(super) struct Resealing {
    pub tenant: Uuid,
    pub set: SetId,
    pub rows: Vec<ResealedRow>,
}

impl Resealing {
    /// The bytes that it writes.
    pub fn bytes(&self) -> usize {
        self.rows.iter().map(|row| row.sealed.len()).sum()
    }

    /// Writes it. A row that has changed meanwhile is left alone.
    pub fn apply(
        &self,
        connection: &Connection,
        schema: &SqlSchema,
        identities: &Identities,
    ) -> Result<(), ApplyError> {
        let number = identities.number_within(connection, self.tenant).map_err(ApplyError::group)?;
        let (Some(tenant), Some(statements)) = (number, &schema.statements(self.set).sealed) else {
            return Ok(());
        };
        let mut statement = connection.prepare_cached(&statements.reseal).map_err(ApplyError::group)?;
        let contained = schema.table(self.set).parent.is_some();
        for ResealedRow { row, sealed } in &self.rows {
            let written = match contained {
                true => statement.execute((tenant, &row.parent, &row.key, &row.sealed, sealed)),
                false => statement.execute((tenant, &row.key, &row.sealed, sealed)),
            };
            written.map_err(ApplyError::group)?;
        }
        Ok(())
    }
}
