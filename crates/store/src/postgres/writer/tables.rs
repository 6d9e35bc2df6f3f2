//! The schema as the writer needs it: with the statements of many rows.

use std::sync::Arc;

use odata::edm::SetId;

use crate::sql::SqlSchema;
use crate::sql::many_rows::ManyRowStatements;

/// The schema, with the statements of many rows for each of its tables.
pub(super) struct WriterTables {
    pub schema: Arc<SqlSchema>,
    many_rows: Vec<ManyRowStatements>,
}

impl WriterTables {
    /// Renders the statements.
    pub fn new(schema: Arc<SqlSchema>) -> WriterTables {
        let layout = &schema.layout;
        let many_rows =
            layout.tables().iter().map(|table| ManyRowStatements::render(layout, table)).collect();
        WriterTables { schema, many_rows }
    }

    /// The statements of many rows of a set's table.
    pub fn many_rows(&self, set: SetId) -> &ManyRowStatements {
        &self.many_rows[set.index()]
    }
}
