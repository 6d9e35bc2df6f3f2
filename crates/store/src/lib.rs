//! Entities at rest, in SQLite or PostgreSQL, behind one surface of a few generic functions.
//!
//! Knows entities, keys, tenants and the model; no HTTP, no device word. Each commit appends its changes to the
//! journal in the same transaction. What is marked secret in the model is sealed before it gets here to a file.

pub mod error;
pub mod journal;
pub mod layout;
mod migrate;
mod postgres;
pub mod query;
pub mod seal;
mod sql;
mod sqlite;
pub mod unit;

use std::path::PathBuf;
use std::sync::Arc;

use odata::Key;
use odata::edm::{Model, SetId};
use uuid::Uuid;

pub use error::{OpenError, ReadError, WriteError};
pub use journal::{ChangeKind, JournalEntry};
pub use layout::Row;
pub use query::Query;
pub use seal::{KeyEncryptionKey, Receipt};
pub use unit::{Actor, Change, Committed, Unit};

/// Which database to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file of this process alone.
    Sqlite(PathBuf),
    /// A connection URL as libpq writes it; may be shared by several processes.
    Postgres(String),
}

/// The open store.
pub struct Store {
    model: Arc<Model>,
    engine: Engine,
    keyring: seal::Keyring,
}

/// The two databases.
enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}
