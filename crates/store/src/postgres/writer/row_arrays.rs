//! The rows of a statement of many rows, column by column, as its parameters.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::layout::Table;
use crate::sql::{RowState, SqlValue};

/// The rows of one insert or one update of a table, column by column.
#[derive(Default)]
pub(super) struct RowArrays<'a> {
    tenants: Vec<Uuid>,
    parents: Vec<&'a [u8]>,
    keys: Vec<&'a [u8]>,
    expected: Vec<i64>,
    back: Vec<i64>,
    columns: Vec<Vec<&'a SqlValue>>,
    documents: Vec<&'a str>,
    sealed: Vec<Option<&'a [u8]>>,
    detached: Vec<Option<&'a [u8]>>,
}

/// A row of an insert or an update.
pub(super) struct RowToWrite<'a> {
    pub tenant: Uuid,
    pub parent: Option<&'a [u8]>,
    pub key: &'a [u8],
    /// The version that an update expects.
    pub expected: Option<i64>,
    pub back: i64,
    pub state: &'a RowState,
}

impl<'a> RowArrays<'a> {
    /// Adds a row.
    pub fn push(&mut self, row: RowToWrite<'a>) {
        self.tenants.push(row.tenant);
        self.parents.extend(row.parent);
        self.keys.push(row.key);
        self.expected.extend(row.expected);
        self.back.push(row.back);
        let state = row.state;
        self.columns.resize_with(state.columns.len(), Vec::new);
        for (column, value) in self.columns.iter_mut().zip(&state.columns) {
            column.push(value);
        }
        self.documents.push(&state.document);
        self.sealed.push(state.sealed.as_deref());
        self.detached.push(state.detached.as_deref());
    }

    /// The parameters of a statement, in the order in which [`crate::sql::many_rows`] names them.
    pub fn parameters(&self, table: &Table) -> Vec<&(dyn ToSql + Sync)> {
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&self.tenants];
        if table.parent.is_some() {
            parameters.push(&self.parents);
        }
        parameters.push(&self.keys);
        if !self.expected.is_empty() {
            parameters.push(&self.expected);
        }
        parameters.push(&self.back);
        parameters.extend(self.columns.iter().map(|column| column as &(dyn ToSql + Sync)));
        parameters.push(&self.documents);
        if table.sealed {
            parameters.push(&self.sealed);
        }
        if table.detached.is_some() {
            parameters.push(&self.detached);
        }
        parameters
    }
}
