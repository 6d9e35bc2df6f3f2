//! Counts entities and their bytes, for tenants with a quota.

use std::sync::Arc;

use odata::edm::SetId;
use uuid::Uuid;

use super::connection::{Connection, Parameters};
use super::error::PostgresError;
use super::value::column;
use crate::quota::{Quotas, Usage};
use crate::sql::{PreparedChange, SqlSchema};

/// What counting looks at.
pub(super) struct PostgresMeasure<'a> {
    pub connection: &'a Connection,
    pub schema: &'a SqlSchema,
    pub quotas: &'a Quotas,
    pub tenant: Uuid,
}

impl PostgresMeasure<'_> {
    /// All that the tenant holds.
    pub async fn all(&self) -> Result<Usage, PostgresError> {
        let mut all = Usage::default();
        for set in self.schema.sets() {
            let text = &self.schema.statements(set).size_of_all;
            all = all.plus(self.sized(set, text, &[&self.tenant]).await?);
        }
        Ok(all)
    }

    /// The difference that a change makes, before it is made.
    pub async fn change(&self, change: &PreparedChange) -> Result<Usage, PostgresError> {
        let written = i64::try_from(change.entity_bytes().unwrap_or(0)).unwrap_or(i64::MAX);
        Ok(match change {
            PreparedChange::Insert { set, .. } => self.quotas.usage(*set, 1, written),
            PreparedChange::Update { set, parent, key, .. } => {
                let before = self.row(*set, parent.as_ref(), key).await?;
                // A row that is not there fails the unit.
                before.negative().plus(self.quotas.usage(*set, 1, written))
            }
            PreparedChange::Delete { set, parent, key, .. } => {
                let mut ended = self.row(*set, parent.as_ref(), key).await?;
                for contained in &self.schema.statements(*set).cascade {
                    let sized = self.sized(contained.set, &contained.size, &[&self.tenant, key]).await?;
                    ended = ended.plus(sized);
                }
                ended.negative()
            }
            PreparedChange::Note { .. } | PreparedChange::Unchanged { .. } | PreparedChange::SideWrite(_) => {
                Usage::default()
            }
        })
    }

    async fn row(&self, set: SetId, parent: Option<&Vec<u8>>, key: &Vec<u8>) -> Result<Usage, PostgresError> {
        let text = &self.schema.statements(set).size;
        match parent {
            Some(parent) => self.sized(set, text, &[&self.tenant, parent, key]).await,
            None => self.sized(set, text, &[&self.tenant, key]).await,
        }
    }

    async fn sized(
        &self,
        set: SetId,
        text: &Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<Usage, PostgresError> {
        let rows = self.connection.query(text, parameters).await?;
        let row = rows.first().ok_or_else(|| PostgresError::Refused("a count without a row".into()))?;
        Ok(self.quotas.usage(set, column(row, 0)?, column(row, 1)?))
    }
}
