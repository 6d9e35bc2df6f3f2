//! Tables, columns and indexes. Every statement may be run twice: a start that was cut short is made good by the next.

use odata::edm::Model;
use odata::query::Function;
use odata::query::search::SEPARATOR;

use super::dialect::{Dialect, quoted};
use super::search::searched;
use super::value::{SchemaStep, SqlValue};
use crate::layout::{Column, ColumnKind, ColumnSource, Table};

/// Creates a table with all its columns, and the indexes of its keys.
pub(crate) fn create_table(table: &Table, dialect: Dialect) -> Vec<SchemaStep> {
    let (tenant, bytes, integer, document) = match dialect {
        Dialect::Sqlite => ("integer", "blob", "integer", "text"),
        Dialect::Postgres => ("uuid", "bytea", "bigint", "json"),
    };
    let mut columns = vec![format!("tenant {tenant} not null")];
    columns.extend(table.parent.map(|_| format!("parent {bytes} not null")));
    columns.extend([format!("key {bytes} not null"), format!("version {integer} not null")]);
    for column in &table.columns {
        columns.push(format!("{} {}", quoted(&column.name), dialect.column_type(column.kind)));
    }
    // Behind the short columns: what follows a long document is slow to get at.
    columns.push(format!("document {document} not null"));
    columns.extend(table.sealed.then(|| format!("sealed {bytes}")));
    let name = quoted(&table.name);
    let key = if table.parent.is_some() { "tenant, parent, key" } else { "tenant, key" };
    let mut steps = Vec::new();
    match dialect {
        // Rows lie in the order in which they came, and only short keys are sorted in.
        Dialect::Sqlite => {
            steps.push(step(format!("create table if not exists {name} ({})", columns.join(", "))));
            let index = quoted(&format!("k{}", table.number));
            steps.push(step(format!("create unique index if not exists {index} on {name} ({key})")));
        }
        Dialect::Postgres => {
            let constraint = quoted(&format!("{}_pkey", table.name));
            columns.push(format!("constraint {constraint} primary key ({key})"));
            steps.push(step(format!("create table if not exists {name} ({})", columns.join(", "))));
        }
    }
    if table.parent.is_some() && !table.children.is_empty() {
        // What it contains knows it by its key alone.
        let index = quoted(&format!("u{}", table.number));
        steps.push(step(format!("create unique index if not exists {index} on {name} (tenant, key)")));
    }
    steps
}

/// Adds the column of secrets to a table that had none.
pub(crate) fn add_sealed(table: &Table, dialect: Dialect) -> SchemaStep {
    add(table, "sealed", dialect.column_type(ColumnKind::Key), dialect)
}

/// Adds a column to a table.
pub(crate) fn add_column(table: &Table, column: &Column, dialect: Dialect) -> SchemaStep {
    add(table, &column.name, dialect.column_type(column.kind), dialect)
}

fn add(table: &Table, name: &str, column_type: &str, dialect: Dialect) -> SchemaStep {
    let unless_there = match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => " if not exists",
    };
    let (table, name) = (quoted(&table.name), quoted(name));
    step(format!("alter table {table} add column{unless_there} {name} {column_type}"))
}

/// Fills a column from the documents and indexes it. The index comes last: that it is there says that the column
/// is filled.
pub(crate) fn fill_and_index(
    table: &Table,
    column: &Column,
    model: &Model,
    dialect: Dialect,
) -> Vec<SchemaStep> {
    if column.source == ColumnSource::Search {
        return fill_and_index_texts(table, column, dialect);
    }
    let mut value = dialect.document_value("document", &[column.slot], Some(column.kind));
    let mut parameters = Vec::new();
    if let ColumnSource::Property(id) = column.source {
        let default = model.property(id).default.as_ref().map(SqlValue::from_value);
        if let Some(default) = default.filter(|default| *default != SqlValue::Null) {
            let lacks = dialect.document_lacks("document", &[column.slot]);
            let parameter = dialect.parameter(1, &default);
            value = format!("case when {lacks} then {parameter} else {value} end");
            parameters.push(default);
        }
    }
    if let ColumnSource::Folded(_) = column.source {
        value = format!("{}({value})", super::function::name(Function::ToLower));
    }
    let (name, quoted_column) = (quoted(&table.name), quoted(&column.name));
    let fill = SchemaStep { text: format!("update {name} set {quoted_column} = {value}"), parameters };
    vec![fill, step(index(table, column, dialect))]
}

/// Fills the column of texts, and marks it as filled.
fn fill_and_index_texts(table: &Table, column: &Column, dialect: Dialect) -> Vec<SchemaStep> {
    let texts = table.searched.iter();
    let texts: Vec<String> =
        texts.map(|slot| dialect.document_value("document", &[*slot], Some(ColumnKind::Text))).collect();
    let (name, quoted_column) = (quoted(&table.name), quoted(&column.name));
    let fold = super::function::name(Function::ToLower);
    let separator = dialect.character(SEPARATOR);
    let fill =
        format!("update {name} set {quoted_column} = {fold}(concat_ws({separator},{}))", texts.join(","));
    // An index of nothing: that it is there says that the column is filled. One of all trigrams would cost each
    // write as much again, and a search reads this column alone.
    let index = quoted(&column.index);
    let mark = format!("create index if not exists {index} on {name} (tenant) where tenant is null");
    vec![step(fill), step(mark)]
}

/// The name of the index of a column's trigrams, if it has texts that callers look into.
pub(crate) fn trigram_index(column: &Column, dialect: Dialect) -> Option<String> {
    let wanted = dialect == Dialect::Postgres
        && column.kind == ColumnKind::Text
        && matches!(column.source, ColumnSource::Property(_))
        && !column.unique;
    wanted.then(|| column.index.replacen('i', "t", 1))
}

/// Indexes the trigrams of a column for `contains`, where the database can. Where it cannot, the column's own index
/// is read from end to end.
pub(crate) fn index_trigrams(table: &Table, column: &Column, index: &str) -> SchemaStep {
    let (index, table, text) = (quoted(index), quoted(&table.name), searched(column));
    step(format!(
        "do $index$ begin create extension if not exists pg_trgm; \
         create index if not exists {index} on {table} using gin ({text} gin_trgm_ops); \
         exception when others then raise notice 'no trigrams: %', sqlerrm; end $index$"
    ))
}

fn index(table: &Table, column: &Column, dialect: Dialect) -> String {
    let unique = if column.unique { "unique " } else { "" };
    // In the order of lists: null first. SQLite has it so.
    let nulls = match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => " nulls first",
    };
    let then_key = if column.unique { "" } else { ", key" };
    // These are only ever looked up, and most are null; a property's index serves the order of a list too.
    let condition = match column.source {
        ColumnSource::Reference | ColumnSource::Folded(_) => {
            format!(" where {} is not null", quoted(&column.name))
        }
        ColumnSource::Property(_) | ColumnSource::Search => String::new(),
    };
    format!(
        "create {unique}index if not exists {} on {} (tenant, {}{nulls}{then_key}){condition}",
        quoted(&column.index),
        quoted(&table.name),
        quoted(&column.name),
    )
}

/// Drops the index of a column that the model does not ask for any more.
pub(crate) fn drop_index(index: &str) -> SchemaStep {
    step(format!("drop index if exists {}", quoted(index)))
}

fn step(text: String) -> SchemaStep {
    SchemaStep { text, parameters: Vec::new() }
}
