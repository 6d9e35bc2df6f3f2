//! The keys in the file, on connections of their own: what another process has written shows at once, and a command writes
//! them beside a server that has the file.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::connection;
use super::error::{read_error, write_error};
use super::tenant_records::TURN_MAX;
use crate::error::{ReadError, WriteError};
use crate::key_state::KeyState;
use crate::seal::{KeyEncryptionKey, KeyFingerprint, Rewrap, WrappedKey};
use crate::share::Share;
use crate::sql::{key_state as states, tenant_keys as keys};

/// The connections by which keys are read and written.
#[derive(Debug)]
pub(crate) struct KeyRecords {
    /// Another connection than that which writes: that may wait for its turn.
    reader: Mutex<Connection>,
    writer: Mutex<Connection>,
}

impl KeyRecords {
    /// Opens the connections to a file that has been migrated.
    pub fn open(path: &Path) -> rusqlite::Result<KeyRecords> {
        let writer = connection::writer(path)?;
        writer.busy_timeout(TURN_MAX)?;
        let reader = connection::reader(path, connection::LONG_CACHE_KIB)?;
        Ok(KeyRecords { reader: Mutex::new(reader), writer: Mutex::new(writer) })
    }

    fn read<T>(
        &self,
        text: &str,
        parameters: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ReadError> {
        let connection = locked(&self.reader);
        let mut statement = connection.prepare_cached(text).map_err(read_error)?;
        let found = statement.query_map(parameters, row).map_err(read_error)?;
        found.collect::<rusqlite::Result<_>>().map_err(read_error)
    }

    /// Runs a statement; whether it yields a row.
    fn write(&self, text: &str, parameters: impl Params) -> Result<bool, WriteError> {
        let connection = locked(&self.writer);
        let mut statement = connection.prepare_cached(text).map_err(write_error)?;
        let mut rows = statement.query(parameters).map_err(write_error)?;
        let mut any = false;
        // The statement is committed when its rows have been read to the end.
        while rows.next().map_err(write_error)?.is_some() {
            any = true;
        }
        Ok(any)
    }

    /// A tenant's data keys, the oldest first.
    pub fn of_tenant(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        self.read(keys::READ.sqlite(), [tenant.as_bytes()], |row| wrapped(row, 0))
    }

    /// The tenants that have data keys.
    pub fn tenants(&self) -> Result<Vec<Uuid>, ReadError> {
        self.read(keys::TENANTS.sqlite(), (), |row| row.get(0).map(Uuid::from_bytes))
    }

    /// Ends a tenant's data keys before a version.
    pub fn end_former(&self, tenant: Uuid, version: u32) -> Result<(), WriteError> {
        self.write(keys::END_FORMER.sqlite(), (tenant.as_bytes(), version)).map(|_| ())
    }

    /// Some data keys that the next key-encryption key has not wrapped.
    pub fn left(&self, limit: i64) -> Result<Vec<(Uuid, WrappedKey)>, ReadError> {
        let row = |row: &Row<'_>| Ok((Uuid::from_bytes(row.get(0)?), wrapped(row, 1)?));
        self.read(keys::LEFT.sqlite(), [limit], row)
    }

    /// The number of data keys, and of those that the next key-encryption key has wrapped.
    pub fn count(&self) -> Result<Share, ReadError> {
        let found = self.read(keys::COUNT.sqlite(), (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.first().copied().map(Share::read).unwrap_or_default())
    }

    /// Keeps what the next key-encryption key has made of a data key.
    pub fn set_rewrapped(&self, rewrap: &Rewrap) -> Result<(), WriteError> {
        self.rewrap(keys::SET_REWRAPPED.sqlite(), rewrap)
    }

    /// Wraps a data key anew in its place.
    pub fn replace_wrapped(&self, rewrap: &Rewrap) -> Result<(), WriteError> {
        self.rewrap(keys::REPLACE.sqlite(), rewrap)
    }

    fn rewrap(&self, text: &str, Rewrap { tenant, key, wrapped }: &Rewrap) -> Result<(), WriteError> {
        self.write(text, (tenant.as_bytes(), key.version, &key.wrapped, wrapped)).map(|_| ())
    }

    /// The state of the keys.
    pub fn state(&self) -> Result<Option<KeyState>, ReadError> {
        let columns = |row: &Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        };
        self.read(states::READ.sqlite(), (), columns)?.pop().map(KeyState::read).transpose()
    }

    /// Notes the first key-encryption key.
    pub fn create_state(&self, key: &KeyEncryptionKey) -> Result<(), WriteError> {
        self.write(states::CREATE.sqlite(), (key.fingerprint().0, key.source())).map(|_| ())
    }

    /// Names the next key-encryption key; whether it could be named.
    pub fn set_next(&self, key: &KeyEncryptionKey) -> Result<bool, WriteError> {
        self.write(states::SET_NEXT.sqlite(), (key.fingerprint().0, key.source()))
    }

    /// Puts the next key-encryption key into the place of the current one, if it has wrapped every data key; its version.
    pub fn advance(&self, next: KeyFingerprint) -> Result<Option<i64>, WriteError> {
        let mut connection = locked(&self.writer);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(write_error)?;
        let version = advance(&transaction, next).map_err(write_error)?;
        if version.is_some() {
            transaction.commit().map_err(write_error)?;
        }
        Ok(version)
    }

    /// Begins a rotation of data keys; whether it could begin.
    pub fn begin_rotation(&self) -> Result<bool, WriteError> {
        self.write(states::BEGIN_ROTATION.sqlite(), ())
    }

    /// Ends a rotation of data keys.
    pub fn end_rotation(&self, number: i64) -> Result<(), WriteError> {
        self.write(states::END_ROTATION.sqlite(), [number]).map(|_| ())
    }

    /// Notes that a process holds a key-encryption key last.
    pub fn hold(&self, process: Uuid, last: KeyFingerprint) -> Result<(), WriteError> {
        self.write(states::HOLD.sqlite(), (process.as_bytes(), last.0)).map(|_| ())
    }

    /// The number of processes that are not silent for longer, and of those that hold a key-encryption key last.
    pub fn holders(&self, silence_max: i64, last: KeyFingerprint) -> Result<Share, ReadError> {
        let count = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found = self.read(states::HOLDERS.sqlite(), (silence_max, last.0), count)?;
        Ok(found.first().copied().map(Share::read).unwrap_or_default())
    }
}

/// Puts the next key-encryption key into the place of the current one; none if a data key is left that it has not wrapped.
fn advance(transaction: &Transaction<'_>, next: KeyFingerprint) -> rusqlite::Result<Option<i64>> {
    if transaction.prepare(keys::UNLIKE.sqlite())?.exists([next.0])? {
        return Ok(None);
    }
    let version = transaction.query_row(states::ADVANCE.sqlite(), [next.0], |row| row.get(0)).optional()?;
    transaction.execute(keys::SWAP.sqlite(), ())?;
    transaction.execute(states::FORGET_HOLDERS.sqlite(), ())?;
    Ok(version)
}

fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tenant's keys, the oldest first, for who has a connection of their own.
pub(super) fn of_tenant(connection: &Connection, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
    let mut statement = connection.prepare(keys::READ.sqlite()).map_err(read_error)?;
    let rows = statement.query_map([tenant.as_bytes()], |row| wrapped(row, 0)).map_err(read_error)?;
    rows.collect::<Result<_, _>>().map_err(read_error)
}

/// A wrapped key, from a column on.
pub(super) fn wrapped(row: &Row<'_>, first: usize) -> rusqlite::Result<WrappedKey> {
    Ok(WrappedKey {
        version: row.get(first)?,
        wrapped: row.get(first + 1)?,
        rewrapped: row.get(first + 2)?,
        rotation: row.get(first + 3)?,
    })
}
