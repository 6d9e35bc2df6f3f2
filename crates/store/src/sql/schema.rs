//! The layout in one dialect: the tables of the entity sets, each with its statements.

use odata::edm::SetId;

use super::dialect::Dialect;
use super::row_statements::RowStatements;
use crate::layout::{Layout, Table};

/// The tables of a model's entity sets in one database, with the statements of each rendered.
#[derive(Debug)]
pub(crate) struct SqlSchema {
    pub dialect: Dialect,
    pub layout: Layout,
    /// In the order of the tables.
    statements: Vec<RowStatements>,
}

impl SqlSchema {
    /// Renders the statements of a layout.
    pub fn new(layout: Layout, dialect: Dialect) -> SqlSchema {
        let statements = layout.tables().iter().map(|table| RowStatements::render(&layout, table, dialect));
        SqlSchema { dialect, statements: statements.collect(), layout }
    }

    /// All sets that have a table.
    pub fn sets(&self) -> impl Iterator<Item = SetId> {
        self.layout.sets()
    }

    /// The table of a set.
    pub fn table(&self, set: SetId) -> &Table {
        self.layout.table(set)
    }

    /// The statements of a set's table.
    pub fn statements(&self, set: SetId) -> &RowStatements {
        &self.statements[set.index()]
    }
}
