//! The two databases behind one set of functions. A third would be a third arm here.

use std::sync::Arc;

use odata::date_time::Ticks;
use odata::edm::Model;
use uuid::Uuid;

use crate::idempotency::Memory;
use crate::jobs::Claim;
use crate::layout::Layout;
use crate::postgres::Postgres;
use crate::seal::WrappedKey;
use crate::sql::{PreparedUnit, Statement};
use crate::sqlite::Sqlite;
use crate::{Database, Job, JournalEntry, LedgerKey, OpenError, Owned, ReadError, Row, WriteError};

/// An open database.
#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Engine {
    /// Opens and migrates a database; the model comes back with its slots settled.
    pub async fn open(
        database: &Database,
        model: Model,
    ) -> Result<(Engine, Arc<Model>, Arc<Layout>), OpenError> {
        match database {
            Database::Sqlite(path) => {
                let (sqlite, model, layout) = Sqlite::open(path, model).await?;
                Ok((Engine::Sqlite(sqlite), model, layout))
            }
            Database::Postgres(url) => {
                let (postgres, model, layout) = Postgres::open(url, model).await?;
                Ok((Engine::Postgres(postgres), model, layout))
            }
        }
    }

    /// The rows of a get or list.
    pub async fn read(&self, statement: Statement) -> Result<Vec<Row>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.read(statement).await,
            Engine::Postgres(postgres) => postgres.read(statement).await,
        }
    }

    /// The rows of lists of several owners.
    pub async fn read_each(&self, statement: Statement) -> Result<Vec<Owned>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.read_each(statement).await,
            Engine::Postgres(postgres) => postgres.read_each(statement).await,
        }
    }

    /// The number of a count.
    pub async fn count(&self, statement: Statement) -> Result<u64, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.count(statement).await,
            Engine::Postgres(postgres) => postgres.count(statement).await,
        }
    }

    /// Commits a unit; gives the sequence number of each change when it is durable.
    pub async fn write(&self, unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.write(unit).await,
            Engine::Postgres(postgres) => postgres.write(unit).await,
        }
    }

    /// A tenant's journal after a sequence number.
    pub async fn journal_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.journal_since(tenant, after, limit).await,
            Engine::Postgres(postgres) => postgres.journal_since(tenant, after, limit).await,
        }
    }

    /// Leases jobs that are due.
    pub async fn claim_jobs(&self, claim: Claim) -> Result<Vec<Job>, WriteError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.claim_jobs(claim).await,
            Engine::Postgres(postgres) => postgres.claim_jobs(claim).await,
        }
    }

    /// When the next job is due that is not leased.
    pub async fn next_job(&self, claim: Claim) -> Result<Option<Ticks>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.next_job(claim).await,
            Engine::Postgres(postgres) => postgres.next_job(claim).await,
        }
    }

    /// Whether a job is due.
    pub async fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.is_job_due(due).await,
            Engine::Postgres(postgres) => postgres.is_job_due(due).await,
        }
    }

    /// When a job is due.
    pub async fn job_due(
        &self,
        tenant: Uuid,
        kind: i16,
        subject: Vec<u8>,
    ) -> Result<Option<Ticks>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.job_due(tenant, kind, subject).await,
            Engine::Postgres(postgres) => postgres.job_due(tenant, kind, subject).await,
        }
    }

    /// Entries of the ledger.
    pub async fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.ledger(keys).await,
            Engine::Postgres(postgres) => postgres.ledger(keys).await,
        }
    }

    /// What is known of a request that may be sent again, unless it is from before `since`.
    pub async fn recall(&self, tenant: Uuid, name: &[u8], since: i64) -> Result<Option<Memory>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.recall(tenant, name, since).await,
            Engine::Postgres(postgres) => postgres.recall(tenant, name, since).await,
        }
    }

    /// A number up to which every read from now on sees the tenant's journal.
    pub async fn journal_newest(&self, tenant: Uuid) -> Result<i64, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => Ok(sqlite.journal_newest()),
            Engine::Postgres(postgres) => postgres.journal_newest(tenant).await,
        }
    }

    /// The tenant's data keys.
    pub async fn tenant_keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.tenant_keys(tenant).await,
            Engine::Postgres(postgres) => postgres.tenant_keys(tenant).await,
        }
    }

    /// Inserts a data key unless the tenant has one of this version.
    pub async fn insert_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.insert_tenant_key(tenant, key).await,
            Engine::Postgres(postgres) => postgres.insert_tenant_key(tenant, key).await,
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ReadError> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.ping().await,
            Engine::Postgres(postgres) => postgres.ping().await,
        }
    }

    /// Finishes what waits to be written, and closes.
    pub async fn close(self) {
        match self {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }
}
