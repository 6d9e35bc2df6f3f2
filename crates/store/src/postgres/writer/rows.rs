//! Statements of many rows: an insert or an update of a table takes one array for each column.
//!
//! Measured on two cores with 128 writers: 24,500 inserts a second this way, 18,400 as pipelined statements of one
//! row. Version numbers are relative: a row says how far `back` from the tenant's last number its own lies, and the
//! statement looks that last number up, so that it can be sent before the number is known.

use std::fmt::Write as _;
use std::sync::Arc;

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::layout::{ColumnKind, Layout, Table};
use crate::sql::SqlValue;
use crate::sql::dialect::quoted;

/// The statements of many rows of one table.
pub(super) struct Texts {
    /// Passes over a row whose key or unique value is taken or whose parent is gone.
    pub insert: Arc<str>,
    /// Fails at a row whose key or unique value is taken: for a unit that is alone in its transaction.
    pub lone_insert: Arc<str>,
    /// Passes over a row that is gone or not in the expected version.
    pub update: Arc<str>,
}

/// The rows of one insert or one update of a table, column by column.
#[derive(Default)]
pub(super) struct Rows<'a> {
    tenants: Vec<Uuid>,
    parents: Vec<&'a [u8]>,
    keys: Vec<&'a [u8]>,
    expected: Vec<i64>,
    back: Vec<i64>,
    columns: Vec<Vec<&'a SqlValue>>,
    documents: Vec<&'a str>,
    sealed: Vec<Option<&'a [u8]>>,
}

/// One of them.
pub(super) struct OneRow<'a> {
    pub tenant: Uuid,
    pub parent: Option<&'a [u8]>,
    pub key: &'a [u8],
    /// Of an update.
    pub expected: Option<i64>,
    pub back: i64,
    pub columns: &'a [SqlValue],
    pub document: &'a str,
    pub sealed: Option<&'a [u8]>,
}

impl Texts {
    /// Renders the statements of a table. Both answer tenant and version of the rows they changed.
    pub fn render(layout: &Layout, table: &Table) -> Texts {
        Texts {
            insert: insert(layout, table, " on conflict do nothing").into(),
            lone_insert: insert(layout, table, "").into(),
            update: update(table).into(),
        }
    }
}

impl<'a> Rows<'a> {
    /// Adds a row.
    pub fn push(&mut self, row: OneRow<'a>) {
        self.tenants.push(row.tenant);
        self.parents.extend(row.parent);
        self.keys.push(row.key);
        self.expected.extend(row.expected);
        self.back.push(row.back);
        self.columns.resize_with(row.columns.len(), Vec::new);
        for (column, value) in self.columns.iter_mut().zip(row.columns) {
            column.push(value);
        }
        self.documents.push(row.document);
        self.sealed.push(row.sealed);
    }

    /// The parameters of a statement, in the order of [`names`].
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
        parameters
    }
}

/// The columns of the rows given, with their types, as `source` names them.
fn names(table: &Table, expected: bool) -> Vec<(String, &'static str)> {
    let mut names = vec![("tenant".to_owned(), "uuid")];
    names.extend(table.parent.map(|_| ("parent".to_owned(), "bytea")));
    names.push(("key".to_owned(), "bytea"));
    names.extend(expected.then(|| ("expected".to_owned(), "bigint")));
    names.push(("back".to_owned(), "bigint"));
    for column in &table.columns {
        let element = match column.kind {
            ColumnKind::Text => "text",
            ColumnKind::Integer | ColumnKind::Boolean => "bigint",
            ColumnKind::Real => "double precision",
            ColumnKind::Key => "bytea",
        };
        names.push((quoted(&column.name), element));
    }
    names.push(("document".to_owned(), "text"));
    names.extend(table.sealed.then(|| ("sealed".to_owned(), "bytea")));
    names
}

/// The rows given, as `source`, and each tenant's last number, as `last`.
fn source(names: &[(String, &'static str)]) -> String {
    let arrays: Vec<String> =
        names.iter().enumerate().map(|(at, (_, element))| format!("${}::{element}[]", at + 1)).collect();
    let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    format!(
        "unnest({}) as source({}) join tenant as last on last.id = source.tenant",
        arrays.join(", "),
        names.join(", ")
    )
}

/// What each column of the table is set to, from `source`.
fn value(name: &str) -> String {
    match name {
        "document" => "source.document::json".to_owned(),
        _ => format!("source.{name}"),
    }
}

fn insert(layout: &Layout, table: &Table, on_conflict: &str) -> String {
    let names = names(table, false);
    let columns: Vec<&str> =
        names.iter().map(|(name, _)| if name == "back" { "version" } else { name.as_str() }).collect();
    let values: Vec<String> = names
        .iter()
        .map(|(name, _)| if name == "back" { "last.sequence - source.back".to_owned() } else { value(name) })
        .collect();
    let mut text = format!(
        "insert into {} ({}) select {} from {}",
        quoted(&table.name),
        columns.join(", "),
        values.join(", "),
        source(&names)
    );
    if let Some(parent) = holder(layout, table) {
        let _ = write!(
            text,
            " where exists (select 1 from {} as holder where holder.tenant = source.tenant and holder.key = source.parent)",
            quoted(&parent.name)
        );
    }
    let _ = write!(text, "{on_conflict} returning tenant, version");
    text
}

/// The table that must hold the parent of an insert. A singleton need not have been written to contain something:
/// then it is the entity around it, whose key it has.
fn holder<'l>(layout: &'l Layout, table: &Table) -> Option<&'l Table> {
    let mut holder = layout.table(table.parent?);
    while holder.singleton {
        holder = layout.table(holder.parent?);
    }
    Some(holder)
}

fn update(table: &Table) -> String {
    let names = names(table, true);
    let identifying = ["tenant", "parent", "key", "expected", "back"];
    let mut assigned = vec!["version = last.sequence - source.back".to_owned()];
    for (name, _) in names.iter().filter(|(name, _)| !identifying.contains(&name.as_str())) {
        assigned.push(format!("{name} = {}", value(name)));
    }
    let parent = if table.parent.is_some() { " and target.parent = source.parent" } else { "" };
    format!(
        "update {} as target set {} from {} where target.tenant = source.tenant{parent} and target.key = source.key \
         and target.version = source.expected returning target.tenant, target.version",
        quoted(&table.name),
        assigned.join(", "),
        source(&names)
    )
}
