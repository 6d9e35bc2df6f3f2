//! The databases that a server is tested on.

/// A database on which Muster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestDatabase {
    /// A file in the server's own folder.
    Sqlite,
    /// A new database of this process's scratch PostgreSQL.
    Postgres,
}

impl TestDatabase {
    /// Both databases, for tests that loop.
    pub const ALL: [TestDatabase; 2] = [TestDatabase::Sqlite, TestDatabase::Postgres];

    /// The value of `--database`; none for the default.
    pub(crate) fn url(self) -> Option<String> {
        match self {
            TestDatabase::Sqlite => None,
            TestDatabase::Postgres => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                Some(runtime.block_on(scratch_postgres::database()))
            }
        }
    }
}
