//! The databases that a server is tested on.

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the server's own folder.
    Sqlite,
    /// A new database of this process's scratch PostgreSQL.
    Postgres,
}

impl Database {
    /// Both, for tests that loop.
    pub const ALL: [Database; 2] = [Database::Sqlite, Database::Postgres];

    /// What `--database` says; nothing for the one that is the default.
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
