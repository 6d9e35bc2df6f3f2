//! Entities at rest, in SQLite or PostgreSQL, behind one surface of a few generic functions.
//!
//! Knows entities, keys, tenants and the model; no HTTP, no device word. Each commit appends its changes to the
//! journal in the same transaction. What is marked secret in the model is sealed before it gets here to a file.

mod custody;
mod engine;
pub mod error;
pub mod idempotency;
pub mod jobs;
pub mod journal;
mod layout;
pub mod ledger;
mod migrate;
mod postgres;
mod prepare;
pub mod query;
mod row;
pub mod seal;
mod sql;
mod sqlite;
pub mod unit;

#[cfg(test)]
#[path = "../tests/support/model.rs"]
mod library;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::{Model, SetId};
use tokio::sync::Notify;
use uuid::Uuid;

use engine::Engine;
use layout::Layout;
use sql::select;

pub use error::{OpenError, ReadError, WriteError};
pub use jobs::{Job, NewJob};
pub use journal::{ChangeKind, JournalEntry};
pub use ledger::{LedgerChange, LedgerKey};
pub use query::{Owned, Owners, Query};
pub use row::Row;
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

/// Owners of a statement at most.
const OWNERS_MAX: usize = 1_000;

/// The open store.
#[derive(Debug)]
pub struct Store {
    model: Arc<Model>,
    layout: Arc<Layout>,
    engine: Engine,
    keyring: seal::Keyring,
    /// This process, as the leases of jobs name it.
    owner: Uuid,
    /// Told of each job that this process writes.
    job_written: Notify,
}

impl Store {
    /// Opens a database, brings it to what the model asks for, and gives the model's slots the numbers that they
    /// have in it: only [`Store::model`] may be used from then on. The key-encryption key must be the one that the
    /// database was made with.
    pub async fn open(database: &Database, model: Model, key: KeyEncryptionKey) -> Result<Store, OpenError> {
        let (engine, model, layout) = Engine::open(database, model).await?;
        let store = Store {
            model,
            layout,
            engine,
            keyring: seal::Keyring::new(key),
            owner: Uuid::new_v4(),
            job_written: Notify::new(),
        };
        match store.data_key(seal::Keyring::CHECK_TENANT).await {
            Ok(_) => Ok(store),
            Err(error) => {
                store.close().await;
                let reason = match error {
                    WriteError::Corrupt(reason) => reason,
                    other => other.to_string(),
                };
                Err(OpenError::Other { database: database.shown(), reason })
            }
        }
    }

    /// The model, with its slots settled.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// An entity; `parent` is the containing entity's key where the set has a parent.
    pub async fn get(
        &self,
        tenant: Uuid,
        set: SetId,
        parent: Option<&Key>,
        key: &Key,
    ) -> Result<Option<Row>, ReadError> {
        let statement = select::get_statement(self.layout.table(set), tenant, parent, key);
        Ok(self.engine.read(statement).await?.pop())
    }

    /// The entities of a query, in its order.
    pub async fn list(&self, query: &Query) -> Result<Vec<Row>, ReadError> {
        self.engine.read(select::list(query, &self.layout, &self.model)).await
    }

    /// The entities of a query for each of several owners, whose lists are cut by `skip` and `limit` one by one; the
    /// first of a list is there in any case. One statement for up to a thousand owners.
    pub async fn list_each(&self, query: &Query, owners: &Owners) -> Result<Vec<Owned>, ReadError> {
        let mut all = Vec::new();
        for owners in owners.chunks(OWNERS_MAX) {
            all.extend(
                self.engine.read_each(sql::each::list(query, &owners, &self.layout, &self.model)).await?,
            );
        }
        Ok(all)
    }

    /// How many entities a query matches, whatever its order, cursor, skip and limit.
    pub async fn count(&self, query: &Query) -> Result<u64, ReadError> {
        self.engine.count(select::count(query, &self.layout, &self.model)).await
    }

    /// Commits a unit: all of it or nothing, and on disk when this returns.
    pub async fn apply(&self, unit: Unit) -> Result<Committed, WriteError> {
        let prepared = self.prepare(unit).await?;
        let revealed = self.revealed(&prepared);
        let tenant = prepared.tenant;
        let enqueues = prepared.changes.iter().any(sql::PreparedChange::is_enqueued);
        let versions = self.engine.write(prepared).await?;
        if enqueues {
            self.job_written.notify_one();
        }
        // Only now is it true that the journal says so.
        let receipt = (!revealed.is_empty()).then(|| Arc::new(Receipt::committed(tenant, revealed)));
        Ok(Committed { versions, receipt })
    }

    /// A tenant's journal after a sequence number, at most `limit` entries.
    pub async fn journal_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        self.engine.journal_since(tenant, after, limit).await
    }

    /// Leases jobs that are due, the longest due first, for so long by the system's clock.
    pub async fn claim_jobs(&self, due: Ticks, lease: Duration, limit: u32) -> Result<Vec<Job>, WriteError> {
        self.engine.claim_jobs(jobs::Claim::new(due, self.owner, lease, limit)).await
    }

    /// When the next job is due that nobody has leased; none if there is none.
    pub async fn next_job(&self) -> Result<Option<Ticks>, ReadError> {
        self.engine.next_job(jobs::Claim::new(Ticks(0), self.owner, Duration::ZERO, 1)).await
    }

    /// Returns when this process has written a job since this was last asked.
    pub async fn job_written(&self) {
        self.job_written.notified().await;
    }

    /// Whether a job is due, leased or not.
    pub async fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        self.engine.is_job_due(due).await
    }

    /// When a job is due, leased or not; none if it is done, or never was.
    pub async fn job_due(&self, tenant: Uuid, kind: i16, subject: &Key) -> Result<Option<Ticks>, ReadError> {
        self.engine.job_due(tenant, kind, subject.to_bytes()).await
    }

    /// Entries of the ledger; none where there is none.
    pub async fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        if keys.is_empty() { Ok(Vec::new()) } else { self.engine.ledger(keys).await }
    }

    /// A sequence number up to which every read that begins from now on sees all of the tenant's journal, and the
    /// entities at least as they were then. Whatever commits later has a larger one.
    pub async fn journal_newest(&self, tenant: Uuid) -> Result<i64, ReadError> {
        self.engine.journal_newest(tenant).await
    }

    /// A seal over what is given to a tenant's client and comes back: nobody without the key-encryption key can make
    /// one, nor move it to another tenant.
    pub fn seal_of(&self, tenant: Uuid, content: &[u8]) -> [u8; 16] {
        self.keyring.seal_of(tenant, content)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ReadError> {
        self.engine.ping().await
    }

    /// Finishes what waits to be written, and closes the database.
    pub async fn close(self) {
        self.engine.close().await;
    }

    /// The paths and keys that a unit reveals.
    fn revealed(&self, unit: &sql::PreparedUnit) -> Vec<(Box<str>, Vec<Key>)> {
        let reveals = unit.changes.iter().filter_map(|change| match change {
            sql::PreparedChange::Note { kind: ChangeKind::Revealed, set, keys } => {
                Some((self.model.set(*set).path.clone(), keys.clone()))
            }
            _ => None,
        });
        reveals.collect()
    }
}

impl Database {
    /// Reads `sqlite:PATH` or a `postgres://` URL.
    pub fn parse(url: &str) -> Result<Database, String> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Database::Postgres(url.to_owned())),
            _ => Err("the database must be sqlite:PATH or postgres://…".to_owned()),
        }
    }

    /// What may be shown of it: no credentials.
    fn shown(&self) -> String {
        match self {
            Database::Sqlite(path) => path.display().to_string(),
            Database::Postgres(url) => {
                let (_, place) = url.rsplit_once('@').unwrap_or(("", "postgres"));
                place.split('?').next().unwrap_or_default().to_owned()
            }
        }
    }
}
