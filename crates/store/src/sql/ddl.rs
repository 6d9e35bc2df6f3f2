//! Tables, columns and indexes. Every statement may be run twice: a start that was cut short is made good by the next.

use odata::edm::Model;

use super::dialect::{Dialect, quoted};
use super::value::SchemaStep;
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
    columns.extend(table.detached.map(|_| format!("detached {bytes}")));
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

/// Adds a column to a table of PostgreSQL's.
pub(crate) fn add_column(table: &Table, column: &Column) -> SchemaStep {
    add(table, &column.name, column.kind)
}

/// Adds the column of secrets to a table of PostgreSQL's that had none.
pub(crate) fn add_sealed(table: &Table) -> SchemaStep {
    add(table, "sealed", ColumnKind::Key)
}

/// Adds the column of a binary value to a table that had none, which takes no time.
pub(crate) fn add_detached(table: &Table, dialect: Dialect) -> SchemaStep {
    let bytes = dialect.column_type(ColumnKind::Key);
    step(format!("alter table {} add column detached {bytes}", quoted(&table.name)))
}

/// Has PostgreSQL keep binary values as they are: most are as good as random, and it would try in vain to make each smaller.
pub(crate) fn keep_detached_plain(table: &Table) -> SchemaStep {
    step(format!("alter table {} alter column detached set storage external", quoted(&table.name)))
}

fn add(table: &Table, name: &str, kind: ColumnKind) -> SchemaStep {
    let (table, name) = (quoted(&table.name), quoted(name));
    step(format!(
        "alter table {table} add column if not exists {name} {}",
        Dialect::Postgres.column_type(kind)
    ))
}

/// Takes a column from a table of PostgreSQL's.
pub(crate) fn drop_column(table: &Table, name: &str) -> SchemaStep {
    step(format!("alter table {} drop column if exists {}", quoted(&table.name), quoted(name)))
}

/// Gives a table another name.
pub(crate) fn rename(table: &Table, name: &str) -> SchemaStep {
    step(format!("alter table {} rename to {}", quoted(&table.name), quoted(name)))
}

/// Drops a table that nothing needs any more.
pub(crate) fn drop_table(name: &str) -> SchemaStep {
    step(format!("drop table if exists {}", quoted(name)))
}

/// The name of the index of a column's trigrams, if it has texts that callers look into.
pub(crate) fn trigram_index(model: &Model, column: &Column, dialect: Dialect) -> Option<String> {
    let is_searched = |source| matches!(source, ColumnSource::Property(id) if !model.property(id).looked_up);
    let wanted = dialect == Dialect::Postgres
        && column.kind == ColumnKind::Text
        && is_searched(column.source)
        && !column.unique;
    wanted.then(|| column.index.replacen('i', "t", 1))
}

/// A column as PostgreSQL's index of its trigrams has it. Were it the bare column, `=` and `in` would be looked up
/// there too, trigram by trigram, by a planner that knows nothing yet of a new table.
pub(super) fn trigram_text(column: &Column) -> String {
    format!("({} || '')", quoted(&column.name))
}

/// Indexes the trigrams of a column for `contains`, where the database can. Where it cannot, the column's own index
/// is read from end to end.
pub(crate) fn index_trigrams(table: &Table, column: &Column, index: &str) -> SchemaStep {
    let (index, table, text) = (quoted(index), quoted(&table.name), trigram_text(column));
    step(format!(
        "do $index$ begin create extension if not exists pg_trgm; \
         create index if not exists {index} on {table} using gin ({text} gin_trgm_ops); \
         exception when others then raise notice 'no trigrams: %', sqlerrm; end $index$"
    ))
}

/// Indexes a column.
pub(crate) fn index(table: &Table, column: &Column, dialect: Dialect) -> SchemaStep {
    let unique = if column.unique { "unique " } else { "" };
    // In the order of lists: null first. SQLite has it so.
    let nulls = match dialect {
        Dialect::Sqlite => "",
        Dialect::Postgres => " nulls first",
    };
    let then_key = if column.unique { "" } else { ", key" };
    // References are only ever looked up, and most are null; a property's null is looked up too.
    let condition = match column.source {
        ColumnSource::Reference => {
            format!(" where {} is not null", quoted(&column.name))
        }
        ColumnSource::Property(_) | ColumnSource::Folded(_) => String::new(),
    };
    // What is contained is looked for in what contains it.
    let parent = if column.is_in_parent(table) { "parent, " } else { "" };
    step(format!(
        "create {unique}index if not exists {} on {} (tenant, {parent}{}{nulls}{then_key}){condition}",
        quoted(&column.index),
        quoted(&table.name),
        quoted(&column.name),
    ))
}

/// Drops the index of a column that the model does not ask for any more.
pub(crate) fn drop_index(index: &str) -> SchemaStep {
    step(format!("drop index if exists {}", quoted(index)))
}

fn step(text: String) -> SchemaStep {
    SchemaStep { text, parameters: Vec::new() }
}
