//! The statements that read or change one row, rendered once for each table when the store opens.

use std::fmt::Write as _;
use std::sync::Arc;

use odata::edm::SetId;

use super::dialect::{Dialect, quoted};
use super::sealed_rows::SealedStatements;
use crate::layout::{Column, Layout, Table};

/// The statements on one row of a table. Parameters are bound in the order in which they are listed.
#[derive(Clone, Debug)]
pub(crate) struct RowStatements {
    /// Tenant, [parent,] key. Yields the row.
    pub get: Arc<str>,
    /// Tenant, [parent,] key, version (the new sequence number), the columns, document, [sealed], [detached]. Violates the key's
    /// or a unique column's index: `Exists` or `NotUnique`, told apart by [`crate::layout::Table::violated`].
    pub insert: Arc<str>,
    /// PostgreSQL's. Tenant, [parent,] key, expected version, new version, the columns, document, [sealed], [detached]. No row:
    /// `Changed`.
    pub update: Arc<str>,
    /// SQLite's. Tenant, [parent,] key, expected version. Yields the row's number and its columns, for [`update_numbered`]. No
    /// row: `Changed`.
    pub columns: Arc<str>,
    /// Tenant, [parent,] key, expected version. No row: `Changed`.
    pub delete: Arc<str>,
    /// Run after `delete`, in this order; each ends a set that this one's entities contain.
    pub cascade: Vec<Cascade>,
    /// Tenant, parent key: run before `insert` if there is one. No row: `NoParent`.
    pub parent_exists: Option<Arc<str>>,
    /// Tenant. Yields number and document of all rows, in the order of their numbers: what an index of trigrams is made
    /// from. None if the table has none, such as one whose rows are always found by their parent.
    pub documents: Option<Arc<str>>,
    /// Tenant, key. Yields number and document of a row, where there may be an index of trigrams.
    pub numbered: Option<Arc<str>>,
    /// Tenant, [parent,] key. Yields the number of rows, 1 or 0, and their bytes.
    pub size: Arc<str>,
    /// Tenant. Yields the number of rows, and their bytes.
    pub size_of_all: Arc<str>,
    /// What is sealed, where the table has secrets.
    pub sealed: Option<SealedStatements>,
}

/// The end of what entities contain, in one set.
#[derive(Clone, Debug)]
pub(crate) struct Cascade {
    /// The set that is contained.
    pub set: SetId,
    /// Tenant, key of the containing entity.
    pub delete: Arc<str>,
    /// Tenant, key of the containing entity. Yields the number of rows that `delete` ends, and their bytes.
    pub size: Arc<str>,
}

impl RowStatements {
    /// Renders the statements of a table.
    pub fn render(layout: &Layout, table: &Table, dialect: Dialect) -> RowStatements {
        let mut cascade = Vec::new();
        let key = dialect.plain_parameter(2);
        descend(layout, table, &format!("= {key}"), dialect, &mut cascade);
        let of_tenant = format!("tenant = {}", dialect.plain_parameter(1));
        RowStatements {
            get: get(table, dialect),
            insert: insert(table, dialect),
            update: update(table, dialect),
            columns: columns(table, dialect),
            delete: delete(table, dialect),
            cascade,
            parent_exists: parent_exists(layout, table, dialect),
            documents: has_trigrams(table, dialect).then(|| documents(table)),
            numbered: has_trigrams(table, dialect).then(|| numbered(table)),
            size: size(table, &identified(table, dialect), dialect),
            size_of_all: size(table, &of_tenant, dialect),
            sealed: SealedStatements::render(table, dialect),
        }
    }
}

fn has_trigrams(table: &Table, dialect: Dialect) -> bool {
    dialect == Dialect::Sqlite && table.parent.is_none() && !table.singleton && !table.searched.is_empty()
}

fn documents(table: &Table) -> Arc<str> {
    let name = quoted(&table.name);
    // The rows of other tenants may be many.
    format!("select rowid, document from {name} where rowid in (select rowid from {name} where tenant = ?1) order by rowid")
        .into()
}

fn numbered(table: &Table) -> Arc<str> {
    format!("select rowid, document from {} where tenant = ?1 and key = ?2", quoted(&table.name)).into()
}

/// The columns that make a row.
pub(super) fn row(table: &Table, dialect: Dialect) -> String {
    let sealed = if table.sealed { "sealed" } else { "null" };
    let detached = if table.detached.is_some() { "detached" } else { "null" };
    format!("key, version, {}, {sealed}, {detached}", dialect.document_text())
}

/// The text that reads one row: tenant, [parent,] key.
fn get(table: &Table, dialect: Dialect) -> Arc<str> {
    let (row, name) = (row(table, dialect), quoted(&table.name));
    format!("select {row} from {name} where {}", identified(table, dialect)).into()
}

/// The condition that names one row: tenant, [parent,] key.
fn identified(table: &Table, dialect: Dialect) -> String {
    equal(&identifying(table), dialect)
}

/// The condition that columns have the values of the first parameters.
fn equal(names: &[&str], dialect: Dialect) -> String {
    let terms = names.iter().enumerate();
    let terms: Vec<String> =
        terms.map(|(at, name)| format!("{name} = {}", dialect.plain_parameter(at + 1))).collect();
    terms.join(" and ")
}

/// The text that yields the number of rows for which a condition holds, and the bytes of their entities.
fn size(table: &Table, condition: &str, dialect: Dialect) -> Arc<str> {
    let parts = [("sealed", table.sealed), ("detached", table.detached.is_some())];
    let parts = parts.into_iter().filter(|(_, is_there)| *is_there);
    let beside: String = parts.map(|(part, _)| format!(" + coalesce(octet_length({part}), 0)")).collect();
    let bytes = format!("octet_length({}){beside}", dialect.document_text());
    format!("select count(*), coalesce(sum({bytes}), 0) from {} where {condition}", quoted(&table.name))
        .into()
}

/// The columns that identify a row.
pub(super) fn identifying(table: &Table) -> Vec<&'static str> {
    match table.parent {
        Some(_) => vec!["tenant", "parent", "key"],
        None => vec!["tenant", "key"],
    }
}

/// The columns that an insert or update sets.
fn assigned(table: &Table) -> Vec<String> {
    let mut names = vec!["version".to_owned()];
    names.extend(table.columns.iter().map(|column| quoted(&column.name)));
    names.extend(beside(table).into_iter().map(str::to_owned));
    names
}

/// The document, and the columns beside it.
fn beside(table: &Table) -> Vec<&'static str> {
    let mut names = vec!["document"];
    names.extend(table.sealed.then_some("sealed"));
    names.extend(table.detached.map(|_| "detached"));
    names
}

fn insert(table: &Table, dialect: Dialect) -> Arc<str> {
    let mut names: Vec<String> = identifying(table).into_iter().map(str::to_owned).collect();
    names.extend(assigned(table));
    let parameters = names.iter().enumerate().map(|(at, name)| parameter(name, at + 1, dialect));
    let parameters: Vec<String> = parameters.collect();
    let table = quoted(&table.name);
    format!("insert into {table} ({}) values ({})", names.join(", "), parameters.join(", ")).into()
}

fn update(table: &Table, dialect: Dialect) -> Arc<str> {
    let (condition, bound) = expected(table, dialect);
    let assigned = assigned(table).into_iter().enumerate();
    let assigned: Vec<String> = assigned
        .map(|(at, name)| format!("{name} = {}", parameter(&name, bound + 1 + at, dialect)))
        .collect();
    format!("update {} set {} where {condition}", quoted(&table.name), assigned.join(", ")).into()
}

fn columns(table: &Table, dialect: Dialect) -> Arc<str> {
    let (condition, _) = expected(table, dialect);
    let columns: String = table.columns.iter().map(|column| format!(", {}", quoted(&column.name))).collect();
    format!("select rowid{columns} from {} where {condition}", quoted(&table.name)).into()
}

/// SQLite's update of a row: its number, new version, the columns that have another value, document, [sealed], [detached].
pub(crate) fn update_numbered<'t>(table: &'t Table, changed: impl Iterator<Item = &'t Column>) -> String {
    let mut assigned = "version = ?2".to_owned();
    let beside = beside(table).into_iter().map(str::to_owned);
    for (name, number) in changed.map(|column| quoted(&column.name)).chain(beside).zip(3..) {
        let _ = write!(assigned, ", {name} = ?{number}");
    }
    format!("update {} set {assigned} where rowid = ?1", quoted(&table.name))
}

fn parameter(name: &str, number: usize, dialect: Dialect) -> String {
    match name {
        "document" => dialect.document_parameter(number),
        _ => dialect.plain_parameter(number),
    }
}

fn delete(table: &Table, dialect: Dialect) -> Arc<str> {
    let (condition, _) = expected(table, dialect);
    format!("delete from {} where {condition}", quoted(&table.name)).into()
}

/// The condition that names one row in the expected version, and the number of parameters that it binds.
fn expected(table: &Table, dialect: Dialect) -> (String, usize) {
    let mut names = identifying(table);
    names.push("version");
    (equal(&names, dialect), names.len())
}

/// Deletes what entities contain, the deepest first. `parents` is a condition on the column `parent`.
fn descend(layout: &Layout, table: &Table, parents: &str, dialect: Dialect, out: &mut Vec<Cascade>) {
    for (set, child) in table.children.iter().map(|child| (*child, layout.table(*child))) {
        let tenant = dialect.plain_parameter(1);
        let name = quoted(&child.name);
        // A singleton has its parent's key, and may contain something without ever having been written.
        let keys = match child.singleton {
            true => parents.to_owned(),
            false => format!("in (select key from {name} where tenant = {tenant} and parent {parents})"),
        };
        descend(layout, child, &keys, dialect, out);
        let condition = format!("tenant = {tenant} and parent {parents}");
        let delete = format!("delete from {name} where {condition}").into();
        out.push(Cascade { set, delete, size: size(child, &condition, dialect) });
    }
}

/// Yields a row if the entity is there that must hold the parent of an insert.
fn parent_exists(layout: &Layout, table: &Table, dialect: Dialect) -> Option<Arc<str>> {
    let holder = layout.holder(table)?;
    let (tenant, key) = (dialect.plain_parameter(1), dialect.plain_parameter(2));
    Some(format!("select 1 from {} where tenant = {tenant} and key = {key}", quoted(&holder.name)).into())
}
