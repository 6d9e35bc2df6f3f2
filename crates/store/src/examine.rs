//! The examination of a database without the store around it: nothing is locked, migrated or written, so that a server may
//! run meanwhile.

use crate::database::Database;
use crate::examination::Examination;
use crate::postgres;
use crate::sqlite;

/// Examines a database. The error is one line.
pub async fn examine(database: &Database) -> Result<Examination, String> {
    let found = match database {
        Database::Sqlite(path) => sqlite::examine(path).map_err(|error| error.to_string()),
        Database::Postgres(url) => postgres::examine(url).await,
    };
    found.map_err(|reason| format!("cannot examine {}: {reason}", database.shown()))
}
