//! The store: the functions that its users call, each passed on to the database that is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::{Model, PropertyId, SetId};
use odata::payload::Document;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::backend::Backend;
use crate::backlog::Backlog;
use crate::database::{Access, Database};
use crate::error::{OpenError, ReadError, WriteError};
use crate::figures::{JobCount, StoreCounts, StoreFigures};
use crate::idempotency::{IdempotentRequest, Recall};
use crate::jobs::{Job, JobClaim};
use crate::journal::{ChangeKind, JournalEntry};
use crate::ledger::LedgerKey;
use crate::query::{Owned, Owners, Query, ValueCount};
use crate::quota::Quotas;
use crate::row::Row;
use crate::seal::{KeyEncryptionKey, Keyring, Receipt};
use crate::sql::value_counts::value_counts;
use crate::sql::{PreparedChange, PreparedUnit, ReadStatement, SqlSchema, each, select};
use crate::unit::{Committed, Unit};

/// The largest number of owners in one statement.
const OWNERS_MAX: usize = 1_000;
/// The times that a unit is sealed while data keys are being replaced: one replacement at a time, and each takes longer.
const SEALING_ATTEMPTS_MAX: usize = 3;

/// The open store.
#[derive(Debug)]
pub struct Store {
    pub(crate) model: Arc<Model>,
    pub(crate) schema: Arc<SqlSchema>,
    pub(crate) backend: Backend,
    pub(crate) keyring: Keyring,
    /// The name of this process in the leases of jobs, and of deliveries.
    pub(crate) lease_owner: Uuid,
    /// Notified of each job that this process writes.
    job_written: Notify,
    /// The number of units that were overtaken.
    overtaken: AtomicU64,
}

impl Store {
    /// Opens a database, brings it to what the model asks for, and gives the model's slots the numbers that they
    /// have in it: only [`Store::model`] may be used from then on. The key-encryption key must be the one that the
    /// database was made with.
    pub async fn open(database: &Database, model: Model, key: KeyEncryptionKey) -> Result<Store, OpenError> {
        Store::open_as(Access::Server, database, model, key, Quotas::default()).await
    }

    /// Opens a database whose tenants may hold so much, as a server or for a command.
    pub async fn open_as(
        access: Access,
        database: &Database,
        model: Model,
        key: KeyEncryptionKey,
        quotas: Quotas,
    ) -> Result<Store, OpenError> {
        let (backend, model, schema) = Backend::open(access, database, model, Arc::new(quotas)).await?;
        let store = Store {
            model,
            schema,
            backend,
            keyring: Keyring::new(key),
            lease_owner: Uuid::new_v4(),
            job_written: Notify::new(),
            overtaken: AtomicU64::new(0),
        };
        match store.open_keys().await {
            Ok(()) => Ok(store),
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
        Ok(self.read(select::get(&self.schema, set, tenant, parent, key)).await?.pop())
    }

    /// The entities of a query, in its order.
    pub async fn list(&self, query: &Query) -> Result<Vec<Row>, ReadError> {
        self.read(select::list(query, &self.schema, &self.model)).await
    }

    /// Whether a query may have to read many rows, as far as its form tells.
    pub fn scans(&self, query: &Query) -> bool {
        select::scans(query, &self.schema, &self.model)
    }

    async fn read(&self, statement: ReadStatement) -> Result<Vec<Row>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(statement).await,
            // Boxed: reads of SQLite, which take microseconds, would have to make room for it.
            Backend::Postgres(postgres) => Box::pin(postgres.read(statement)).await,
        }
    }

    /// The entities of a query for each of several owners, whose lists are cut by `skip` and `limit` one by one; the
    /// first entity of a list is there in any case. One statement for up to a thousand owners.
    pub async fn list_each(&self, query: &Query, owners: &Owners) -> Result<Vec<Owned>, ReadError> {
        let mut all = Vec::new();
        for owners in owners.chunks(OWNERS_MAX) {
            let statement = each::list(query, &owners, &self.schema, &self.model);
            all.extend(match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.read_each(statement).await?,
                Backend::Postgres(postgres) => Box::pin(postgres.read_each(statement)).await?,
            });
        }
        Ok(all)
    }

    /// The number of entities that a query matches, whatever its order, cursor, skip and limit.
    pub async fn count(&self, query: &Query) -> Result<u64, ReadError> {
        let statement = select::count(query, &self.schema, &self.model);
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.count(statement).await,
            Backend::Postgres(postgres) => Box::pin(postgres.count(statement)).await,
        }
    }

    /// The numbers of the entities that each of several owners contains, by the value of an indexed property of theirs, which
    /// is a whole number or an enumeration. A value that no entity has is left out.
    pub async fn count_by_value(
        &self,
        tenant: Uuid,
        set: SetId,
        property: PropertyId,
        owners: &[Key],
    ) -> Result<Vec<ValueCount>, ReadError> {
        let mut counts = Vec::new();
        for owners in owners.chunks(OWNERS_MAX) {
            let statement = value_counts(&self.schema, tenant, set, property, owners)
                .ok_or_else(|| ReadError::Corrupt("what is counted by has no index".into()))?;
            counts.extend(match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.value_counts(statement).await?,
                Backend::Postgres(postgres) => Box::pin(postgres.value_counts(statement)).await?,
            });
        }
        Ok(counts)
    }

    /// Commits a unit: all of it or nothing, and on disk when this returns.
    pub async fn apply(&self, unit: Unit) -> Result<Committed, WriteError> {
        let prepared = self.prepare(unit).await?;
        let revealed = self.revealed(&prepared);
        let tenant = prepared.tenant;
        let enqueues = prepared.changes.iter().any(PreparedChange::is_enqueued);
        let written = match prepared.sealed_under() {
            None => self.write(prepared).await,
            Some(_) => Box::pin(self.write_sealed(prepared)).await,
        };
        if matches!(written, Err(WriteError::Overtaken)) {
            self.overtaken.fetch_add(1, Ordering::Relaxed);
        }
        let versions = written?;
        if enqueues {
            self.job_written.notify_one();
        }
        let shown = revealed.iter().map(|(_, keys)| keys.len() as u64).sum();
        self.figures().revealed.fetch_add(shown, Ordering::Relaxed);
        // Only now is it true that the journal says so.
        let receipt = (!revealed.is_empty()).then(|| Arc::new(Receipt::committed(tenant, revealed)));
        Ok(Committed { versions, receipt })
    }

    async fn write(&self, prepared: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(prepared).await,
            Backend::Postgres(postgres) => Box::pin(postgres.write(prepared)).await,
        }
    }

    /// Writes a unit with secrets. If the tenant's data key was replaced since they were sealed, they are sealed anew.
    async fn write_sealed(&self, mut prepared: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        for _ in 1..SEALING_ATTEMPTS_MAX {
            match self.write(prepared.clone()).await {
                Err(WriteError::KeyReplaced) => {
                    self.keyring.forget(prepared.tenant);
                    self.reseal_unit(&mut prepared).await?;
                }
                written => return written,
            }
        }
        self.write(prepared).await
    }

    async fn reseal_unit(&self, prepared: &mut PreparedUnit) -> Result<(), WriteError> {
        let tenant = prepared.tenant;
        for (set, key, state) in prepared.changes.iter_mut().filter_map(PreparedChange::state_mut) {
            let key =
                Key::from_bytes(key).ok_or_else(|| WriteError::Corrupt(format!("the key {key:02x?}")))?;
            if let Some(sealed) = &state.sealed {
                state.sealed = Some(self.reseal(self.owner(tenant, set, &key), set, sealed).await?);
            }
        }
        Ok(())
    }

    /// The number of this process's units that were overtaken so far. What a caller keeps in memory and decides by, under
    /// [`crate::Change::Unchanged`], may be out of date when this has grown.
    pub fn overtaken(&self) -> u64 {
        self.overtaken.load(Ordering::Relaxed)
    }

    /// A tenant's journal after a sequence number, at most `limit` entries; fewer if they name very many keys, but one if
    /// there is any.
    pub async fn journal_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.journal_since(tenant, after, limit).await,
            Backend::Postgres(postgres) => Box::pin(postgres.journal_since(tenant, after, limit)).await,
        }
    }

    /// A sequence number up to which every read that begins from now on sees all of the tenant's journal, and the
    /// entities at least as they were then. Whatever commits later has a larger one.
    pub async fn journal_newest(&self, tenant: Uuid) -> Result<i64, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => Ok(sqlite.journal_newest()),
            Backend::Postgres(postgres) => Box::pin(postgres.journal_newest(tenant)).await,
        }
    }

    /// Whether something of one of these sets of a tenant may be newer than a number of the journal: whether what was read from
    /// them then is what is there now.
    pub async fn is_newer(&self, tenant: Uuid, sets: &[SetId], since: i64) -> Result<bool, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.is_newer(tenant, sets, since),
            Backend::Postgres(postgres) => Box::pin(postgres.is_newer(tenant, sets, since)).await,
        }
    }

    /// Whether no other process can write the database while this one has it.
    pub fn has_database_alone(&self) -> bool {
        match &self.backend {
            Backend::Sqlite(sqlite) => !sqlite.is_beside(),
            Backend::Postgres(_) => false,
        }
    }

    /// The number that [`Store::journal_newest`] answers, of all tenants, where this process knows it without asking: it alone
    /// has the database.
    pub fn newest_known(&self) -> Option<i64> {
        match &self.backend {
            Backend::Sqlite(sqlite) => Some(sqlite.journal_newest()),
            Backend::Postgres(_) => None,
        }
    }

    /// Leases jobs that are due, the longest due first, for so long by the system's clock.
    pub async fn claim_jobs(&self, due: Ticks, lease: Duration, limit: u32) -> Result<Vec<Job>, WriteError> {
        let claim = JobClaim::new(due, self.lease_owner, lease, limit);
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.claim_jobs(claim).await,
            Backend::Postgres(postgres) => Box::pin(postgres.claim_jobs(claim)).await,
        }
    }

    /// The instant at which the next job is due that nobody has leased; none if there is none.
    pub async fn next_job(&self) -> Result<Option<Ticks>, ReadError> {
        let claim = JobClaim::new(Ticks(0), self.lease_owner, Duration::ZERO, 1);
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.next_job(claim),
            Backend::Postgres(postgres) => Box::pin(postgres.next_job(claim)).await,
        }
    }

    /// Returns when this process has written a job since this was last asked.
    pub async fn job_written(&self) {
        self.job_written.notified().await;
    }

    /// Whether a job is due, leased or not.
    pub async fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.is_job_due(due),
            Backend::Postgres(postgres) => Box::pin(postgres.is_job_due(due)).await,
        }
    }

    /// The instant at which a job is due, leased or not; none if it is done, or never was.
    pub async fn job_due(&self, tenant: Uuid, kind: i16, subject: &Key) -> Result<Option<Ticks>, ReadError> {
        let subject = subject.to_bytes();
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.job_due(tenant, kind, &subject),
            Backend::Postgres(postgres) => Box::pin(postgres.job_due(tenant, kind, &subject)).await,
        }
    }

    /// The contents of entries of the ledger, in the order of the keys; none where there is no entry.
    pub async fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.ledger(keys),
            Backend::Postgres(postgres) => Box::pin(postgres.ledger(keys)).await,
        }
    }

    /// The outcome of an earlier request of the same name, if one is still kept.
    pub async fn recall(&self, tenant: Uuid, request: &IdempotentRequest) -> Result<Recall, ReadError> {
        let (name, since) = (self.seal_of(tenant, &request.name), request.since.0);
        let stored = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.recall(tenant, &name, since)?,
            Backend::Postgres(postgres) => Box::pin(postgres.recall(tenant, &name, since)).await?,
        };
        let Some(stored) = stored else { return Ok(Recall::Nothing) };
        if stored.content != self.seal_of(tenant, &request.content) {
            return Ok(Recall::Other);
        }
        let key = Key::from_bytes(&stored.key);
        let key = key.ok_or_else(|| ReadError::Corrupt("the key of what a request created".into()))?;
        let document = Document(stored.document.into());
        Ok(Recall::Same(Row { key, version: stored.version, document, sealed: None, sorted_by: Vec::new() }))
    }

    /// A seal over what is given to a tenant's client and comes back: nobody without the key-encryption key can make
    /// one, nor move it to another tenant.
    pub fn seal_of(&self, tenant: Uuid, content: &[u8]) -> [u8; 16] {
        self.keyring.seal_of(tenant, content)
    }

    /// The name of this process among those that have the database.
    pub(crate) fn process(&self) -> Uuid {
        self.lease_owner
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.ping(),
            Backend::Postgres(postgres) => postgres.ping().await,
        }
    }

    /// Why this program must not go on with the database, if a newer one has opened it. A file is this process's alone.
    pub async fn outdated(&self) -> Result<Option<String>, ReadError> {
        match &self.backend {
            Backend::Sqlite(_) => Ok(None),
            Backend::Postgres(postgres) => postgres.outdated().await,
        }
    }

    /// What is put off by a time.
    pub async fn backlog(&self, due: Ticks) -> Result<Backlog, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.backlog(due),
            Backend::Postgres(postgres) => postgres.backlog(due).await,
        }
    }

    /// The jobs that are not done, by kind.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.job_counts().await,
            Backend::Postgres(postgres) => postgres.job_counts().await,
        }
    }

    /// What this process has done since the database was opened.
    pub fn counts(&self) -> StoreCounts {
        let connections = match &self.backend {
            Backend::Sqlite(_) => None,
            Backend::Postgres(postgres) => Some(postgres.connections()),
        };
        StoreCounts { connections, ..self.figures().counts() }
    }

    fn figures(&self) -> &StoreFigures {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.figures(),
            Backend::Postgres(postgres) => postgres.figures(),
        }
    }

    /// Says that a caller's call reads: writers leave readers room.
    pub fn note_reader(&self) {
        if let Backend::Sqlite(sqlite) = &self.backend {
            sqlite.note_reader();
        }
    }

    /// Finishes what waits to be written, and closes the database.
    pub async fn close(self) {
        match self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }

    /// The paths and keys that a unit reveals.
    fn revealed(&self, unit: &PreparedUnit) -> Vec<(Box<str>, Vec<Key>)> {
        let reveals = unit.changes.iter().filter_map(|change| match change {
            PreparedChange::Note { kind: ChangeKind::Revealed, set, keys, .. } => {
                Some((self.model.set(*set).path.clone(), keys.clone()))
            }
            _ => None,
        });
        reveals.collect()
    }
}
