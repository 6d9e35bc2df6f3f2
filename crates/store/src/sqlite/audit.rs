//! The chain of records that an audit is made of, in the file.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use uuid::Uuid;

use super::error::read_error;
use super::identities::Identities;
use super::{audit_keeping, key_records};
use crate::audit::{AuditHead, AuditRecord, CHAIN_BEGIN, Checkpoint, chained};
use crate::error::ReadError;
use crate::seal::WrappedKey;
use crate::sql::audit;

/// Ties a record to the tenant's last one, in the writer's transaction; gives its link.
pub(super) fn chain(
    connection: &Connection,
    tenant: i64,
    sequence: i64,
    record: &str,
) -> rusqlite::Result<Vec<u8>> {
    let mut head = connection.prepare_cached(audit::HEAD.sqlite())?;
    let before = head.query_row([tenant], |row| row.get::<_, Vec<u8>>(1)).optional()?;
    let before = before.unwrap_or_else(|| CHAIN_BEGIN.to_vec());
    let hash = chained(&before, sequence, record);
    connection.prepare_cached(audit::SET_HEAD.sqlite())?.execute((tenant, sequence, hash))?;
    Ok([before.as_slice(), &hash].concat())
}

/// A tenant's records after a sequence number.
pub(super) fn since(
    connection: &Connection,
    identities: &Identities,
    (tenant, after, limit): (Uuid, i64, u32),
) -> Result<Vec<AuditRecord>, ReadError> {
    let Some(tenant) = identities.number(connection, tenant).map_err(read_error)? else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(audit::SINCE.sqlite()).map_err(read_error)?;
    let record = |row: &rusqlite::Row<'_>| {
        Ok(AuditRecord { sequence: row.get(0)?, record: row.get(1)?, link: row.get(2)? })
    };
    let found = statement.query_map((tenant, after, limit), record).map_err(read_error)?;
    found.collect::<rusqlite::Result<_>>().map_err(read_error)
}

/// The end of a tenant's chain.
pub(super) fn head(
    connection: &Connection,
    identities: &Identities,
    tenant: Uuid,
) -> Result<Option<AuditHead>, ReadError> {
    let Some(tenant) = identities.number(connection, tenant).map_err(read_error)? else { return Ok(None) };
    let mut statement = connection.prepare_cached(audit::HEAD.sqlite()).map_err(read_error)?;
    let head =
        statement.query_row([tenant], |row| Ok(AuditHead { sequence: row.get(0)?, hash: row.get(1)? }));
    head.optional().map_err(read_error)
}

/// The tenants that have records.
pub(super) fn tenants(connection: &Connection) -> Result<Vec<Uuid>, ReadError> {
    let mut statement = connection.prepare_cached(audit::TENANTS.sqlite()).map_err(read_error)?;
    let found = statement.query_map((), |row| row.get(0).map(Uuid::from_bytes)).map_err(read_error)?;
    found.collect::<rusqlite::Result<_>>().map_err(read_error)
}

/// A connection that reads the chains of a file, whoever has it open.
pub(crate) struct SqliteAudit {
    connection: Connection,
    identities: Identities,
}

impl SqliteAudit {
    pub fn open(path: &Path) -> Result<SqliteAudit, String> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let connection = connection.map_err(|error| error.to_string())?;
        Ok(SqliteAudit { connection, identities: Identities::default() })
    }

    pub fn since(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<AuditRecord>, ReadError> {
        since(&self.connection, &self.identities, (tenant, after, limit))
    }

    pub fn head(&self, tenant: Uuid) -> Result<Option<AuditHead>, ReadError> {
        head(&self.connection, &self.identities, tenant)
    }

    pub fn checkpoints(&self, tenant: Uuid) -> Result<Vec<Checkpoint>, ReadError> {
        audit_keeping::checkpoints(&self.connection, tenant).map_err(read_error)
    }

    pub fn keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        key_records::of_tenant(&self.connection, tenant)
    }

    pub fn tenants(&self) -> Result<Vec<Uuid>, ReadError> {
        tenants(&self.connection)
    }
}
