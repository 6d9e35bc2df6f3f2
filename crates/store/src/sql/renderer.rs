//! The state of rendering expressions: the parameters bound so far, and the scopes that paths start from.

use odata::edm::{Model, PropertyId};
use odata::query::{Path, PathStep};

use super::dialect::{Dialect, quoted};
use super::schema::SqlSchema;
use super::value::SqlValue;
use crate::layout::{Column, ColumnKind, Table};

/// Renders expressions over one table and collects the parameters they bind. How expressions are rendered is in
/// `filter.rs`, `scope.rs` and `search.rs`.
pub(super) struct Renderer<'a> {
    pub dialect: Dialect,
    pub model: &'a Model,
    pub schema: &'a SqlSchema,
    pub table: &'a Table,
    /// The scopes that paths start from: the table's row first.
    pub scopes: Vec<PathScope<'a>>,
    /// Parameters from 2 on; 1 is the tenant.
    pub parameters: Vec<SqlValue>,
}

/// The rows or items that paths of an expression start from.
#[derive(Clone, Debug)]
pub(super) enum PathScope<'a> {
    /// A row; without alias that of the query itself.
    Row { table: &'a Table, alias: Option<String> },
    /// An item of a collection.
    Item { alias: String },
}

/// The truth values that a condition may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NullLogic {
    /// Null may stand for false, as under `and` and `or` alone: plain comparisons do, and indexes serve them.
    TwoValued,
    /// True, false and null are three things, as below `not` or as an operand.
    ThreeValued,
}

impl<'a> Renderer<'a> {
    /// Renders expressions over a table's rows.
    pub fn new(schema: &'a SqlSchema, model: &'a Model, table: &'a Table) -> Renderer<'a> {
        let scopes = vec![PathScope::Row { table, alias: None }];
        Renderer { dialect: schema.dialect, model, schema, table, scopes, parameters: Vec::new() }
    }

    /// Binds a value and gives the text of its parameter.
    pub fn bind(&mut self, value: SqlValue) -> String {
        let text = self.dialect.parameter(self.parameters.len() + 2, &value);
        self.parameters.push(value);
        text
    }

    /// The key that a row keeps in a slot.
    pub fn reference(&self, scope: usize, slot: u16) -> String {
        match self.scopes.get(scope) {
            Some(PathScope::Row { table, .. }) if let Some(column) = table.reference(slot) => {
                format!("{}{}", self.prefix(scope), quoted(&column.name))
            }
            _ => self.dialect.document_value(&self.document(scope), &[slot], Some(ColumnKind::Key)),
        }
    }

    /// The qualifier before a column's name; empty for the query's own row while that is the only scope.
    pub fn prefix(&self, scope: usize) -> String {
        match self.scopes.get(scope) {
            Some(PathScope::Row { alias: None, .. }) if self.scopes.len() == 1 => String::new(),
            Some(PathScope::Row { alias: None, table }) => format!("{}.", quoted(&table.name)),
            Some(PathScope::Row { alias: Some(alias), .. } | PathScope::Item { alias }) => {
                format!("{alias}.")
            }
            None => String::new(),
        }
    }

    /// The document of a scope's row, or the item itself.
    pub fn document(&self, scope: usize) -> String {
        let name = match self.scopes.get(scope) {
            Some(PathScope::Item { .. }) => "value",
            _ => "document",
        };
        format!("{}{name}", self.prefix(scope))
    }

    /// The column of keys, if the path is the `id` of a row.
    pub fn id_column(&self, path: &Path) -> Option<String> {
        match (self.scopes.get(path.scope)?, path.steps.as_slice()) {
            (PathScope::Row { .. }, [PathStep { slot: 0, .. }]) => {
                Some(format!("{}key", self.prefix(path.scope)))
            }
            _ => None,
        }
    }

    /// The column that repeats what a path of a row leads to.
    pub fn row_column(&self, path: &Path) -> Option<String> {
        self.column_of_row(path, Table::column_of)
    }

    /// The column of the text at a path without its case, if there is one.
    pub fn folded_column(&self, path: &Path) -> Option<String> {
        self.column_of_row(path, Table::folded_column_of)
    }

    fn column_of_row(&self, path: &Path, of: fn(&Table, PropertyId) -> Option<&Column>) -> Option<String> {
        match (self.scopes.get(path.scope)?, path.steps.as_slice()) {
            (PathScope::Row { table, .. }, [step]) => {
                let column = of(table, step.property)?;
                Some(format!("{}{}", self.prefix(path.scope), quoted(&column.name)))
            }
            _ => None,
        }
    }
}
