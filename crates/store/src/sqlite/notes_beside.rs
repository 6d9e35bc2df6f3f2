//! What a command writes beside the process that has the file: records of looks. That process keeps much about entities in
//! memory, so a command changes none; of these records it only has to know that there are more numbers taken.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::apply::Applier;
use super::connection;
use super::error::{ApplyError, write_error};
use super::identities::Identities;
use super::tenant_records::TURN_MAX;
use super::text_changes::TextChanges;
use super::writer::{CommittedChanges, NewestChanges, TenantUsage};
use crate::error::WriteError;
use crate::sql::{PreparedUnit, SqlSchema, journal, transaction};

/// A connection for records of looks.
#[derive(Debug)]
pub(super) struct NotesBeside {
    connection: Mutex<Connection>,
    schema: Arc<SqlSchema>,
}

impl NotesBeside {
    /// Opens the connection to a file that has been migrated.
    pub fn open(path: &Path, schema: Arc<SqlSchema>) -> rusqlite::Result<NotesBeside> {
        let connection = connection::writer(path)?;
        connection.busy_timeout(TURN_MAX)?;
        Ok(NotesBeside { connection: Mutex::new(connection), schema })
    }

    /// Commits a unit that puts something on record and changes nothing; gives the sequence number of each record.
    pub fn write(&self, unit: &PreparedUnit) -> Result<Vec<i64>, WriteError> {
        if !unit.only_records() {
            let reason = "a server has the database, and what it stores is changed through it alone";
            return Err(WriteError::Unavailable(reason.to_owned()));
        }
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.execute_batch(transaction::BEGIN_IMMEDIATE).map_err(write_error)?;
        let applied = self.apply(&connection, unit);
        let ended = match applied {
            Ok(_) => connection.execute_batch(transaction::COMMIT),
            Err(_) => connection.execute_batch(transaction::ROLLBACK),
        };
        match applied {
            Ok(versions) => ended.map(|()| versions).map_err(write_error),
            Err(ApplyError::Unit(error) | ApplyError::Group(error)) => Err(error),
            Err(ApplyError::Traces) => {
                Err(WriteError::Corrupt("a note left traces although it failed".into()))
            }
        }
    }

    fn apply(&self, connection: &Connection, unit: &PreparedUnit) -> Result<Vec<i64>, ApplyError> {
        let newest = connection.query_row(journal::NEWEST.sqlite(), (), |row| row.get(0));
        let mut sequence = newest.map_err(ApplyError::group)?;
        let nothing_known = NewestChanges::new(Arc::new(CommittedChanges::new(sequence)));
        Applier {
            connection,
            schema: &self.schema,
            identities: &Identities::default(),
            pending: &mut HashMap::new(),
            sequence: &mut sequence,
            newest_changes: &mut { nothing_known },
            usage: &mut TenantUsage::new(Arc::default()),
            savepoints: false,
            text_changes: &mut TextChanges::default(),
        }
        .apply(unit)
    }
}
