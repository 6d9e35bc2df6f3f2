//! Counts entities and their bytes, for tenants with a quota.

use odata::edm::SetId;
use rusqlite::{Connection, Params};

use crate::quota::{Quotas, Usage};
use crate::sql::{PreparedChange, SqlSchema};

/// What counting looks at.
pub(super) struct SqliteMeasure<'a> {
    pub connection: &'a Connection,
    pub schema: &'a SqlSchema,
    pub quotas: &'a Quotas,
    /// The number of the tenant.
    pub tenant: i64,
}

impl SqliteMeasure<'_> {
    /// All that the tenant holds.
    pub fn all(&self) -> rusqlite::Result<Usage> {
        let sets = self.schema.sets();
        sets.map(|set| self.sized(set, &self.schema.statements(set).size_of_all, [self.tenant]))
            .try_fold(Usage::default(), |all, of_set| Ok(all.plus(of_set?)))
    }

    /// The difference that a change makes, before it is made.
    pub fn change(&self, change: &PreparedChange) -> rusqlite::Result<Usage> {
        let written = i64::try_from(change.entity_bytes().unwrap_or(0)).unwrap_or(i64::MAX);
        Ok(match change {
            PreparedChange::Insert { set, .. } => self.quotas.usage(*set, 1, written),
            PreparedChange::Update { set, parent, key, .. } => {
                let before = self.row(*set, parent.as_deref(), key)?;
                // A row that is not there fails the unit.
                before.negative().plus(self.quotas.usage(*set, 1, written))
            }
            PreparedChange::Delete { set, parent, key, .. } => {
                let mut ended = self.row(*set, parent.as_deref(), key)?;
                for contained in &self.schema.statements(*set).cascade {
                    let sized = self.sized(contained.set, &contained.size, (self.tenant, key))?;
                    ended = ended.plus(sized);
                }
                ended.negative()
            }
            PreparedChange::Note { .. } | PreparedChange::Unchanged { .. } | PreparedChange::SideWrite(_) => {
                Usage::default()
            }
        })
    }

    fn row(&self, set: SetId, parent: Option<&[u8]>, key: &[u8]) -> rusqlite::Result<Usage> {
        let text = &self.schema.statements(set).size;
        match parent {
            Some(parent) => self.sized(set, text, (self.tenant, parent, key)),
            None => self.sized(set, text, (self.tenant, key)),
        }
    }

    fn sized(&self, set: SetId, text: &str, parameters: impl Params) -> rusqlite::Result<Usage> {
        let mut statement = self.connection.prepare_cached(text)?;
        let (records, bytes) = statement.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(self.quotas.usage(set, records, bytes))
    }
}
