//! The end of old journal entries of the file.

use odata::date_time::Ticks;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::error::{ApplyError, read_error};
use super::identities::Identities;
use crate::error::ReadError;
use crate::journal::PRUNED_TOGETHER_MAX;
use crate::sql::retention;

/// The next tenant with an entry to prune.
pub(super) fn next_tenant(
    connection: &Connection,
    after: Uuid,
    before: Ticks,
) -> Result<Option<Uuid>, ReadError> {
    let mut statement = connection.prepare_cached(retention::NEXT_TENANT.sqlite()).map_err(read_error)?;
    let tenant = statement.query_row((after.as_bytes(), before.0), |row| row.get(0).map(Uuid::from_bytes));
    tenant.optional().map_err(read_error)
}

/// The number up to which a tenant's journal is not known any more.
pub(super) fn pruned(
    connection: &Connection,
    identities: &Identities,
    tenant: Uuid,
) -> Result<i64, ReadError> {
    // A tenant that the file does not know may have been in the one that was lost.
    let tenant = identities.number(connection, tenant).map_err(read_error)?;
    let mut statement = connection.prepare_cached(retention::PRUNED.sqlite()).map_err(read_error)?;
    statement.query_row([tenant], |row| row.get(0)).map_err(read_error)
}

/// Prunes some entries in the writer's transaction; whether there may be more.
pub(super) fn prune(
    connection: &Connection,
    identities: &Identities,
    tenant: Uuid,
    before: Ticks,
) -> Result<bool, ApplyError> {
    match identities.number_within(connection, tenant).map_err(ApplyError::group)? {
        Some(tenant) => prune_some(connection, tenant, before.0).map_err(ApplyError::group),
        None => Ok(false),
    }
}

fn prune_some(connection: &Connection, tenant: i64, before: i64) -> rusqlite::Result<bool> {
    let pruned = pruned_of(connection, tenant)?;
    let mut next = connection.prepare_cached(retention::NEXT_ENTRIES)?;
    let (last, passed): (Option<i64>, u32) =
        next.query_row((tenant, pruned, before, PRUNED_TOGETHER_MAX), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(last) = last else { return Ok(false) };
    connection.prepare_cached(retention::PRUNE)?.execute((tenant, pruned, before, last))?;
    connection.prepare_cached(retention::SET_PRUNED)?.execute((tenant, last))?;
    Ok(passed == PRUNED_TOGETHER_MAX)
}

fn pruned_of(connection: &Connection, tenant: i64) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(retention::PRUNED_BEFORE)?;
    let pruned = statement.query_row([tenant], |row| row.get(0)).optional()?;
    Ok(pruned.unwrap_or(0))
}
