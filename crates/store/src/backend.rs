//! The open database: one of two. A third would be a third variant here, and a third arm of each match in `store.rs`.

use std::sync::Arc;

use odata::edm::Model;

use crate::database::{Access, Database};
use crate::error::OpenError;
use crate::postgres::PostgresBackend;
use crate::quota::Quotas;
use crate::sql::SqlSchema;
use crate::sqlite::SqliteBackend;

/// An open database.
///
/// [`crate::Store`] matches it where it calls it. A trait would not do: its functions are asynchronous, so that each
/// read through a `dyn` would allocate its future, and as a type parameter of the store it would spread to every
/// caller.
#[derive(Debug)]
pub(crate) enum Backend {
    Sqlite(SqliteBackend),
    Postgres(PostgresBackend),
}

impl Backend {
    /// Opens and migrates a database; the model comes back with its slots settled.
    pub async fn open(
        access: Access,
        database: &Database,
        model: Model,
        quotas: Arc<Quotas>,
    ) -> Result<(Backend, Arc<Model>, Arc<SqlSchema>), OpenError> {
        match database {
            Database::Sqlite(path) => {
                let (sqlite, model, schema) = SqliteBackend::open(access, path, model, quotas).await?;
                Ok((Backend::Sqlite(sqlite), model, schema))
            }
            Database::Postgres(url) => {
                let (postgres, model, schema) = PostgresBackend::open(url, model, quotas).await?;
                Ok((Backend::Postgres(postgres), model, schema))
            }
        }
    }
}
