//! The address of a database, as an operator writes it.

use std::fmt;
use std::path::PathBuf;

use crate::postgres;

/// Who opens a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A server, which has an SQLite file for itself.
    Server,
    /// A command. If a server has the SQLite file, it goes beside that: to read, and to write records of tenants
    /// and of looks.
    Command,
}

/// The address of a database to open.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// The path of an SQLite file, which this process has for itself.
    Sqlite(PathBuf),
    /// A PostgreSQL connection URL as libpq writes it; several processes may share the database.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may hold a password.
        write!(formatter, "Database({})", self.shown())
    }
}

impl Database {
    /// Reads `sqlite:PATH` or a `postgres://` URL.
    pub fn parse(url: &str) -> Result<Database, String> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => {
                postgres::check_url(url)
                    .map_err(|reason| format!("the URL of the database is malformed: {reason}"))?;
                Ok(Database::Postgres(url.to_owned()))
            }
            _ => Err("the database must be sqlite:PATH or postgres://…".to_owned()),
        }
    }

    /// The address as messages show it: without credentials.
    pub(crate) fn shown(&self) -> String {
        match self {
            Database::Sqlite(path) => path.display().to_string(),
            Database::Postgres(url) => {
                let (_, address) = url.rsplit_once('@').unwrap_or(("", "postgres"));
                address.split_once('?').map_or(address, |(before, _)| before).to_owned()
            }
        }
    }
}
