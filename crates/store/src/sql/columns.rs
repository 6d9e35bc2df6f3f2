//! The values of an entity's columns.

use odata::query::letter_case::lower;
use odata::{Key, Record, Value};

use super::value::SqlValue;
use crate::layout::{Column, ColumnSource, Table};

/// The values of all columns of a table for an entity, in the order of the columns.
pub(crate) fn column_values(table: &Table, record: &Record) -> Vec<SqlValue> {
    let value = |column: &Column| match (record.get(column.slot), column.source) {
        (Some(Value::String(key)), ColumnSource::Reference) => SqlValue::key(&Key::parse(key)),
        (Some(Value::String(text)), ColumnSource::Folded(_)) => {
            SqlValue::Text(text.chars().map(lower).collect::<String>().into())
        }
        (Some(value), ColumnSource::Property(_)) => SqlValue::from_value(value),
        _ => SqlValue::Null,
    };
    table.columns.iter().map(value).collect()
}
