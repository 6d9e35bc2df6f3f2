//! The examination of a file, whoever has it open.

use std::path::Path;

use rusqlite::Connection;

use super::connection::{self, SHORT_CACHE_KIB};
use super::error::read_error;
use super::key_records;
use crate::error::ReadError;
use crate::examination::Examination;
use crate::schema_version::SchemaVersion;
use crate::seal::Keyring;
use crate::sql::examination as statements;

/// Examines a file.
pub(crate) fn examine(path: &Path) -> Result<Examination, ReadError> {
    let connection = connection::reader(path, SHORT_CACHE_KIB).map_err(read_error)?;
    let number = |text: &str| connection.query_row(text, (), |row| row.get::<_, i64>(0)).map_err(read_error);
    let version = SchemaVersion {
        migration: number(statements::NEWEST_MIGRATION.sqlite())?,
        layout: number(statements::LAYOUT_VERSION.sqlite())?,
    };
    // Damage may keep the check itself from its end.
    let damage = check(&connection).unwrap_or_else(|error| vec![error.to_string()]);
    let mut check_keys = Vec::new();
    if version.has_todays_keys() {
        check_keys = key_records::of_tenant(&connection, Keyring::CHECK_TENANT)?;
    }
    Ok(Examination { version, damage, seconds: None, is_standby: false, server: None, check_keys })
}

/// What SQLite finds wrong with the file.
fn check(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut check = connection.prepare(statements::SQLITE_CHECK)?;
    let lines = check.query_map((), |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
