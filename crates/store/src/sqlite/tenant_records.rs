//! The records of tenants in the file, on a connection of their own: what another process has written shows at once, which a
//! reader that goes on with its snapshot would not see.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use odata::date_time::Ticks;
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::connection;
use super::error::{ApplyError, read_error, write_error};
use super::identities::Identities;
use crate::error::{ReadError, WriteError};
use crate::sql::tenant_records as texts;
use crate::tenant_record::{FORGOTTEN_TOGETHER_MAX, TenantMark, TenantRecord};

/// The longest wait for a turn to write, beside a server whose writer hardly rests.
pub(super) const TURN_MAX: Duration = Duration::from_secs(10);

/// The records of tenants.
#[derive(Debug)]
pub(super) struct TenantRecords(Mutex<Connection>);

impl TenantRecords {
    /// Opens the connection to a file that has been migrated.
    pub fn open(path: &Path) -> rusqlite::Result<TenantRecords> {
        let connection = connection::writer(path)?;
        connection.busy_timeout(TURN_MAX)?;
        Ok(TenantRecords(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records of all tenants of which a command has spoken.
    pub fn all(&self) -> Result<Vec<TenantRecord>, ReadError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(texts::ALL.sqlite()).map_err(read_error)?;
        let mut rows = statement.raw_query();
        let mut records = Vec::new();
        while let Some(row) = rows.next().map_err(read_error)? {
            let (id, display_name, mark, marked_at) = columns(row).map_err(read_error)?;
            let mark = TenantMark::from_number(mark)?;
            records.push(TenantRecord { id, display_name, mark, marked_at: Ticks(marked_at) });
        }
        Ok(records)
    }

    /// Adds a record; whether there was none.
    pub fn add(&self, record: &TenantRecord) -> Result<bool, WriteError> {
        let (id, mark) = (record.id.as_bytes(), record.mark.number());
        self.write(texts::ADD.sqlite(), (id, &record.display_name, mark, record.marked_at.0))
    }

    /// Gives a tenant the record's mark in place of another; whether it had that one.
    pub fn mark(&self, record: &TenantRecord, before: TenantMark) -> Result<bool, WriteError> {
        let (id, mark) = (record.id.as_bytes(), record.mark.number());
        self.write(texts::MARK.sqlite(), (id, mark, record.marked_at.0, before.number()))
    }

    /// Ends a tenant's data keys.
    pub fn end_keys(&self, tenant: Uuid) -> Result<(), WriteError> {
        self.write(texts::END_KEYS.sqlite(), [tenant.as_bytes()]).map(|_| ())
    }

    /// Runs a statement; whether it yields a row.
    fn write(&self, text: &str, parameters: impl rusqlite::Params) -> Result<bool, WriteError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(text).map_err(write_error)?;
        let mut rows = statement.query(parameters).map_err(write_error)?;
        let mut any = false;
        // The statement is committed when its rows have been read to the end.
        while rows.next().map_err(write_error)?.is_some() {
            any = true;
        }
        Ok(any)
    }
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(Uuid, Option<String>, i16, i64)> {
    Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?))
}

/// The tenants that have ever written.
pub(super) fn seen(connection: &Connection) -> Result<Vec<Uuid>, ReadError> {
    let mut statement = connection.prepare_cached(texts::SEEN.sqlite()).map_err(read_error)?;
    let tenants = statement.query_map((), |row| row.get(0).map(Uuid::from_bytes)).map_err(read_error)?;
    tenants.collect::<rusqlite::Result<_>>().map_err(read_error)
}

/// Ends some of a tenant's jobs and records of requests in the writer's transaction; whether there may be more.
pub(super) fn forget(
    connection: &Connection,
    identities: &Identities,
    tenant: Uuid,
) -> Result<bool, ApplyError> {
    let most = FORGOTTEN_TOGETHER_MAX;
    let count = |text: &str, parameters: &[&dyn rusqlite::ToSql]| {
        let mut statement = connection.prepare_cached(text)?;
        let mut rows = statement.query(parameters)?;
        let mut count = 0;
        while rows.next()?.is_some() {
            count += 1;
        }
        rusqlite::Result::Ok(count)
    };
    let jobs = count(texts::END_JOBS.sqlite(), &[tenant.as_bytes(), &most]).map_err(ApplyError::group)?;
    let number = identities.number_within(connection, tenant).map_err(ApplyError::group)?;
    let requests = match number {
        Some(number) => count(texts::END_REQUESTS.sqlite(), &[&number, &most]).map_err(ApplyError::group)?,
        None => 0,
    };
    Ok(jobs == most || requests == most)
}
