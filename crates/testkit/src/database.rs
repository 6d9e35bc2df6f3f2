//! The databases that a server is tested on.

/// A database on which Muster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the server's own folder.
    Sqlite,
    /// A new database of this process's scratch PostgreSQL.
    Postgres,
}

impl Database {
    /// Both databases, for tests that loop.
    pub const ALL: [Database; 2] = [Database::Sqlite, Database::Postgres];

    /// The value of `--database`; none for the default.
    pub(crate) fn url(self) -> Option<String> {
        match self {
            Database::Sqlite => None,
            Database::Postgres => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                Some(runtime.block_on(scratch_postgres::database()))
            }
        }
    }
}
