//! The schema as the writer needs it: with the statements of many rows, and with the tenants' quotas.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use odata::edm::SetId;
use uuid::Uuid;

use crate::quota::Quotas;
use crate::sql::SqlSchema;
use crate::sql::many_rows::ManyRowStatements;

/// The schema, with the statements of many rows for each of its tables.
pub(super) struct WriterTables {
    pub schema: Arc<SqlSchema>,
    pub quotas: Arc<Quotas>,
    /// The tenants whose last unit was refused by their quota, or of which nobody has counted what they hold.
    full: Mutex<HashSet<Uuid>>,
    many_rows: Vec<ManyRowStatements>,
}

impl WriterTables {
    /// Renders the statements.
    pub fn new(schema: Arc<SqlSchema>, quotas: Arc<Quotas>) -> WriterTables {
        let layout = &schema.layout;
        let many_rows =
            layout.tables().iter().map(|table| ManyRowStatements::render(layout, table)).collect();
        WriterTables { schema, quotas, full: Mutex::default(), many_rows }
    }

    /// The statements of many rows of a set's table.
    pub fn many_rows(&self, set: SetId) -> &ManyRowStatements {
        &self.many_rows[set.index()]
    }

    /// Notes whether a tenant's next unit may be refused by its quota, so that it is better written alone.
    pub fn note_full(&self, tenant: Uuid, is_full: bool) {
        match is_full {
            true => self.full().insert(tenant),
            false => self.full().remove(&tenant),
        };
    }

    /// Whether a tenant's next unit may be refused by its quota.
    pub fn is_full(&self, tenant: Uuid) -> bool {
        self.full().contains(&tenant)
    }

    fn full(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.full.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
