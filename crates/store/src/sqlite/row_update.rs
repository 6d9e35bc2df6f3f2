//! The update of a row. It names only the columns that get another value, because the database takes the entry of each column
//! that an update names out of its index and puts it in again, in a page that may be anywhere.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::binder::ParameterBinder;
use super::error::ApplyError;
use crate::layout::Table;
use crate::sql::{RowState, RowStatements, SqlValue, update_numbered};

/// A row in the version that an update expects.
pub(super) struct ExpectedRow<'k> {
    pub tenant: i64,
    pub parent: Option<&'k [u8]>,
    pub key: &'k [u8],
    pub version: i64,
}

/// Updates a row; gives the number of rows changed, which is 0 if it is gone or in another version. `refused` says what a refusal
/// by the database means.
pub(super) fn update(
    connection: &Connection,
    (table, statements): (&Table, &RowStatements),
    row: &ExpectedRow<'_>,
    version: i64,
    state: &RowState,
    refused: impl FnOnce(rusqlite::Error) -> ApplyError,
) -> Result<usize, ApplyError> {
    let Some((number, changed)) = changed(connection, statements, row, state)? else { return Ok(0) };
    let columns = changed.iter().filter_map(|at| table.columns.get(*at));
    let text = update_numbered(table, columns);
    let mut statement = connection.prepare_cached(&text).map_err(ApplyError::group)?;
    let mut binder = ParameterBinder::numbered(&mut statement, number)?;
    binder.bind(&version)?;
    binder.state(table, changed.iter().filter_map(|at| state.columns.get(*at)), state)?;
    statement.raw_execute().map_err(refused)
}

/// The number of a row, and the places of the columns that get another value; none if the row is gone or in another version.
fn changed(
    connection: &Connection,
    statements: &RowStatements,
    row: &ExpectedRow<'_>,
    state: &RowState,
) -> Result<Option<(i64, Vec<usize>)>, ApplyError> {
    let mut statement = connection.prepare_cached(&statements.columns).map_err(ApplyError::group)?;
    ParameterBinder::identify(&mut statement, row.tenant, row.parent, row.key)?.bind(&row.version)?;
    let mut found = statement.raw_query();
    let Some(stored) = found.next().map_err(ApplyError::group)? else { return Ok(None) };
    let mut changed = Vec::new();
    for (at, value) in state.columns.iter().enumerate() {
        if !is_stored(value, stored.get_ref(at + 1).map_err(ApplyError::group)?) {
            changed.push(at);
        }
    }
    Ok(Some((stored.get(0).map_err(ApplyError::group)?, changed)))
}

/// Whether a column has this value.
fn is_stored(value: &SqlValue, stored: ValueRef<'_>) -> bool {
    match (value, stored) {
        (SqlValue::Null, ValueRef::Null) => true,
        (SqlValue::Integer(value), ValueRef::Integer(stored)) => *value == stored,
        (SqlValue::Real(value), ValueRef::Real(stored)) => value.to_bits() == stored.to_bits(),
        (SqlValue::Text(value), ValueRef::Text(stored)) => value.as_bytes() == stored,
        (SqlValue::Bytes(value), ValueRef::Blob(stored)) => **value == *stored,
        _ => false,
    }
}
