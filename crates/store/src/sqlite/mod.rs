//! SQLite: a file of this process alone, with one writer and several readers.

mod apply;
mod beside;
mod connection;
mod failure;
pub(crate) mod function;
mod identities;
mod read;
mod readers;
pub(crate) mod schema;
mod trigrams;
mod writer;

use std::path::Path;
use std::sync::Arc;

use odata::date_time::Ticks;
use odata::edm::Model;
use uuid::Uuid;

use crate::idempotency::Memory;
use crate::jobs::Claim;
use crate::layout::Layout;
use crate::seal::WrappedKey;
use crate::sql::{Cost, Dialect, PreparedUnit, Statement, idempotency};
use crate::{Job, JournalEntry, LedgerKey, OpenError, Owned, ReadError, Row, WriteError};
use identities::Identities;
use readers::Readers;
use writer::{State, Writer};

/// Up to so many journal entries are read where the caller runs.
const SHORT_JOURNAL: u32 = 64;

/// The open file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    readers: Arc<Readers>,
    writer: Writer,
    layout: Arc<Layout>,
    identities: Arc<Identities>,
    /// The statement of [`Sqlite::recall`].
    recall: String,
}

impl Sqlite {
    /// Locks, opens and migrates the file; the model comes back with its slots settled.
    pub async fn open(path: &Path, model: Model) -> Result<(Sqlite, Arc<Model>, Arc<Layout>), OpenError> {
        let owned = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || Sqlite::open_blocking(&owned, model)).await;
        opened.unwrap_or_else(|error| Err(connection::other(path, error)))
    }

    fn open_blocking(path: &Path, model: Model) -> Result<(Sqlite, Arc<Model>, Arc<Layout>), OpenError> {
        let error = |error: rusqlite::Error| connection::other(path, error);
        let lock = connection::lock(path)?;
        let mut connection = connection::writer(path).map_err(error)?;
        let (model, layout) = schema::migrate(&mut connection, path, model)?;
        let newest = "select coalesce(max(sequence), 0) from journal";
        let sequence = connection.query_row(newest, (), |row| row.get(0)).map_err(error)?;
        let (layout, identities) = (Arc::new(layout), Arc::new(Identities::default()));
        let readers = Arc::new(Readers::new(path.to_owned(), sequence));
        let state = State {
            connection,
            path: path.to_owned(),
            layout: Arc::clone(&layout),
            identities: Arc::clone(&identities),
            readers: Arc::clone(&readers),
            sequence,
        };
        let writer = Writer::start(state, lock).map_err(|error| connection::other(path, error))?;
        let recall = idempotency::recall(Dialect::Sqlite);
        let sqlite = Sqlite { readers, writer, layout: Arc::clone(&layout), identities, recall };
        Ok((sqlite, Arc::new(model), layout))
    }

    /// The rows of a get or list.
    pub async fn read(&self, statement: Statement) -> Result<Vec<Row>, ReadError> {
        match statement.cost {
            Cost::Point => {
                self.readers.short(|connection| read::rows(connection, &self.identities, &statement))
            }
            Cost::Scan => {
                let identities = Arc::clone(&self.identities);
                self.readers.long(move |connection| read::rows(connection, &identities, &statement)).await
            }
        }
    }

    /// The rows of lists of several owners.
    pub async fn read_each(&self, statement: Statement) -> Result<Vec<Owned>, ReadError> {
        let identities = Arc::clone(&self.identities);
        self.readers.long(move |connection| read::owned(connection, &identities, &statement)).await
    }

    /// The number of a count.
    pub async fn count(&self, statement: Statement) -> Result<u64, ReadError> {
        let identities = Arc::clone(&self.identities);
        self.readers.long(move |connection| read::count(connection, &identities, &statement)).await
    }

    /// Commits a unit; gives the sequence number of each change when it is on disk.
    pub async fn write(&self, unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        self.writer.unit(unit).await
    }

    /// A tenant's journal after a sequence number.
    pub async fn journal_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        let (wanted, identities, layout) = ((tenant, after, limit), &self.identities, &self.layout);
        if limit <= SHORT_JOURNAL {
            return self.readers.short(|connection| read::journal(connection, identities, layout, wanted));
        }
        let (identities, layout) = (Arc::clone(identities), Arc::clone(layout));
        self.readers.long(move |connection| read::journal(connection, &identities, &layout, wanted)).await
    }

    /// Leases jobs that are due.
    pub async fn claim_jobs(&self, claim: Claim) -> Result<Vec<Job>, WriteError> {
        self.writer.claim(claim).await
    }

    /// When the next job is due that is not leased.
    pub async fn next_job(&self, claim: Claim) -> Result<Option<Ticks>, ReadError> {
        self.readers.short(|connection| beside::next(connection, &claim))
    }

    /// Whether a job is due.
    pub async fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        self.readers.short(|connection| beside::is_due(connection, due))
    }

    /// When a job is due.
    pub async fn job_due(
        &self,
        tenant: Uuid,
        kind: i16,
        subject: Vec<u8>,
    ) -> Result<Option<Ticks>, ReadError> {
        self.readers.short(|connection| beside::due(connection, tenant, kind, &subject))
    }

    /// Entries of the ledger.
    pub async fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        self.readers.short(|connection| beside::ledger(connection, keys))
    }

    /// A number of the journal up to which every read that begins from now on sees it, whichever connection it gets.
    pub fn journal_newest(&self) -> i64 {
        self.readers.newest()
    }

    /// What is known of a request that may be sent again, unless it is from before `since`.
    pub async fn recall(&self, tenant: Uuid, name: &[u8], since: i64) -> Result<Option<Memory>, ReadError> {
        self.readers.short(|connection| {
            read::recall(connection, &self.identities, &self.recall, (tenant, name, since))
        })
    }

    /// The tenant's data keys.
    pub async fn tenant_keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        self.readers.short(|connection| {
            let text = "select version, wrapped from tenant_key where tenant = ?1 order by version";
            let mut statement = connection.prepare_cached(text).map_err(failure::read)?;
            let key = |row: &rusqlite::Row<'_>| Ok(WrappedKey { version: row.get(0)?, wrapped: row.get(1)? });
            let keys = statement.query_map([tenant.as_bytes()], key).map_err(failure::read)?;
            keys.collect::<rusqlite::Result<_>>().map_err(failure::read)
        })
    }

    /// Inserts a data key unless the tenant has one of this version.
    pub async fn insert_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        self.writer.tenant_key(tenant, key).await
    }

    /// Whether the file can be read.
    pub async fn ping(&self) -> Result<(), ReadError> {
        self.readers.short(|connection| {
            connection.query_row("select 1 from schema_lock", (), |_| Ok(())).map_err(failure::read)
        })
    }

    /// Finishes what waits to be written, and closes the file.
    pub async fn close(self) {
        // The writer's thread ends when its queue is dropped; waiting for that is no work for an async thread.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}
