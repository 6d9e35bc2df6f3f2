//! The databases that a server is tested on.

use std::num::NonZeroU32;

use scratch_postgres::Contention;

/// A database on which Muster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestDatabase {
    /// A file in the server's own folder.
    Sqlite,
    /// A new database of this process's scratch PostgreSQL.
    Postgres,
    /// The same behind a PgBouncer in transaction mode: for the few tests that are about that.
    PooledPostgres,
    /// A new database that is SERIALIZABLE and undoes every third transaction: for the few tests that are about that.
    ContendedPostgres,
}

/// How often it does.
const CONTENTION: Contention = Contention { one_in: NonZeroU32::new(3).unwrap() };

impl TestDatabase {
    /// Both databases, reached without a pooler and left alone, for tests that loop.
    pub const ALL: [TestDatabase; 2] = [TestDatabase::Sqlite, TestDatabase::Postgres];

    /// The value of `--database`; none for the default.
    pub(crate) fn url(self) -> Option<String> {
        match self {
            TestDatabase::Sqlite => None,
            TestDatabase::Postgres => Some(finish(scratch_postgres::database())),
            TestDatabase::PooledPostgres => {
                let pooled =
                    async || scratch_postgres::through_pooler(&scratch_postgres::database().await).await;
                Some(finish(pooled()))
            }
            TestDatabase::ContendedPostgres => Some(finish(scratch_postgres::contended_database(CONTENTION))),
        }
    }
}

fn finish(url: impl Future<Output = String>) -> String {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(url)
}
