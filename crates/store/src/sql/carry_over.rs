//! Carrying rows over to another layout, some at a time, so that no transaction is long and a start that is cut short
//! goes on where it was.
//!
//! SQLite would rewrite a table at once to take a column from it. There the table gets another name, a new one takes its
//! place, and rows are moved: what is not in the one is in the other. PostgreSQL changes columns without a rewrite, and
//! new ones are filled; that their index is there says that they are.

use odata::edm::Model;
use odata::query::Function;

use super::ddl;
use super::dialect::{Dialect, quoted};
use super::row_statements::identifying;
use super::value::{SchemaStep, SqlValue};
use crate::layout::{Column, ColumnSource, Table};

/// The largest number of rows that are carried over in one transaction.
const ROWS_MAX: usize = 4_096;

/// What is done to all rows of a table.
#[derive(Debug)]
pub(crate) struct CarryOver {
    /// The table's name, for the log.
    pub table: Box<str>,
    /// Run again and again in one transaction each: on SQLite until the last one changes no row; on PostgreSQL, with the
    /// place of the last row as parameters, until it yields no row. It yields tenant, number of rows and place of the last.
    pub batch: Vec<String>,
    /// The number of columns, after the tenant, that make the place of a row.
    pub places: usize,
    /// Run at the end.
    pub finish: Vec<SchemaStep>,
}

/// The value of a column, from the document.
fn value(column: &Column, model: &Model, dialect: Dialect) -> String {
    let value = dialect.document_value("document", &[column.slot], Some(column.kind));
    let (ColumnSource::Property(id) | ColumnSource::Folded(id)) = column.source else { return value };
    let default = model.property(id).default.as_ref().map(SqlValue::from_value);
    let value = match default.filter(|default| *default != SqlValue::Null) {
        Some(default) => {
            let lacks = dialect.document_lacks("document", &[column.slot]);
            format!("case when {lacks} then {} else {value} end", dialect.literal(&default))
        }
        None => value,
    };
    match column.source {
        ColumnSource::Folded(_) => format!("{}({value})", super::function::name(Function::ToLower)),
        _ => value,
    }
}

/// Moves the rows of a former table of SQLite's into the one that has taken its place.
/// `beside` names the columns of secrets and of a binary value that both have.
pub(crate) fn moved(table: &Table, former: &str, beside: &[&str], model: &Model) -> CarryOver {
    let (names, values) = row_columns(table, beside, model, Dialect::Sqlite);
    let (to, from) = (quoted(&table.name), quoted(former));
    let batch = vec![
        format!("insert into {to} ({names}) select {values} from {from} order by rowid limit {ROWS_MAX}"),
        format!(
            "delete from {from} where rowid in (select rowid from {from} order by rowid limit {ROWS_MAX})"
        ),
    ];
    CarryOver { table: table.name.clone(), batch, places: 0, finish: vec![ddl::drop_table(former)] }
}

/// Moves the rows of a table of PostgreSQL's into another, likewise.
pub(crate) fn merged(table: &Table, former: &str, beside: &[&str], model: &Model) -> CarryOver {
    let (names, values) = row_columns(table, beside, model, Dialect::Postgres);
    let (to, from, key) = (quoted(&table.name), quoted(former), identifying(table).join(", "));
    // The tenant is a parameter because every batch has it; a row is found by being there.
    let batch = format!(
        "with gone as (delete from {from} where ({key}) in (select {key} from {from} where $1::uuid is not null \
         limit {ROWS_MAX}) returning *), done as (insert into {to} ({names}) select {values} from gone) \
         select $1::uuid, (select count(*) from gone) from gone limit 1"
    );
    CarryOver {
        table: table.name.clone(),
        batch: vec![batch],
        places: 0,
        finish: vec![ddl::drop_table(former)],
    }
}

/// The columns of a row, and the values that rows of another table have for them.
fn row_columns(table: &Table, beside: &[&str], model: &Model, dialect: Dialect) -> (String, String) {
    let mut names: Vec<String> = identifying(table).into_iter().map(str::to_owned).collect();
    names.push("version".into());
    let mut values = names.clone();
    for column in &table.columns {
        names.push(quoted(&column.name));
        values.push(value(column, model, dialect));
    }
    for name in ["document"].iter().chain(beside) {
        names.push((*name).into());
        values.push((*name).into());
    }
    (names.join(", "), values.join(", "))
}

/// Fills columns of a table of PostgreSQL's.
pub(crate) fn filled(
    table: &Table,
    columns: &[&Column],
    model: &Model,
    finish: Vec<SchemaStep>,
) -> CarryOver {
    let names = identifying(table);
    let (place, key) = (names.join(", "), names.iter().map(|name| format!("target.{name} = batch.{name}")));
    let key = key.collect::<Vec<_>>().join(" and ");
    let last = names.iter().map(|name| format!("{name} desc")).collect::<Vec<_>>().join(", ");
    let after = (2..=names.len()).map(|number| format!(", ${number}::bytea")).collect::<String>();
    let sets: Vec<(String, String)> = columns
        .iter()
        .map(|column| (quoted(&column.name), value(column, model, Dialect::Postgres)))
        .collect();
    let assigned =
        sets.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ");
    let differs = sets.iter().map(|(name, value)| format!("{name} is distinct from {value}"));
    let differs = differs.collect::<Vec<_>>().join(" or ");
    let name = quoted(&table.name);
    let others = names.iter().skip(1).map(|name| format!(", {name}")).collect::<String>();
    let batch = format!(
        "with batch as materialized (select {place} from {name} where ({place}) > ($1::uuid{after}) order by {place} \
         limit {ROWS_MAX}), done as (update {name} as target set {assigned} from batch where {key} and ({differs})) \
         select tenant, (select count(*) from batch){others} from batch order by {last} limit 1"
    );
    CarryOver { table: table.name.clone(), batch: vec![batch], places: names.len() - 1, finish }
}
