//! The open SQLite file: its writer and its readers, and which of them does what.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use odata::date_time::Ticks;
use odata::edm::{Model, SetId};
use rusqlite::Connection;
use uuid::Uuid;

use super::audit_keeping::AuditKeeping;
use super::connection;
use super::error::read_error;
use super::identities::Identities;
use super::key_records::KeyRecords;
use super::measure::SqliteMeasure;
use super::notes_beside::NotesBeside;
use super::readers::SqliteReaders;
use super::resealing::Resealing;
use super::tenant_records::{self, TenantRecords};
use super::trigrams::TrigramIndexes;
use super::writer::{
    CommittedChanges, LogBound, NewestChanges, SqliteWriter, TenantUsage, WriteAheadLog, WriterGauges,
    WriterLoad, WriterThread,
};
use super::{audit, candidates, migrate, read, retention, side_writes};
use crate::audit::{AuditHead, AuditRecord};
use crate::backlog::Backlog;
use crate::database::Access;
use crate::error::{OpenError, ReadError, WriteError};
use crate::figures::{JobCount, StoreFigures};
use crate::idempotency::StoredIdempotencyRecord;
use crate::jobs::{Job, JobClaim};
use crate::journal::JournalEntry;
use crate::ledger::LedgerKey;
use crate::query::{Owned, ValueCount};
use crate::quota::{Quotas, Usage};
use crate::resealed_rows::ResealedRow;
use crate::row::Row;
use crate::seal::WrappedKey;
use crate::sql::{Cost, PreparedUnit, ReadStatement, SqlSchema, journal, session};
use crate::tenant_record::{TenantMark, TenantRecord};

/// The largest number of journal entries that are read where the caller runs.
const SHORT_JOURNAL_MAX: u32 = 64;

/// The open file.
#[derive(Debug)]
pub(crate) struct SqliteBackend {
    pub(super) readers: Arc<SqliteReaders>,
    writer: SqliteWriter,
    pub(super) schema: Arc<SqlSchema>,
    pub(super) identities: Arc<Identities>,
    trigrams: Arc<TrigramIndexes>,
    changes: Arc<CommittedChanges>,
    tenant_records: TenantRecords,
    pub(crate) keys: Box<KeyRecords>,
    pub(crate) audit_keeping: AuditKeeping,
    /// What stands in for the writer of a file that another process has.
    beside: Option<Beside>,
}

/// A file that another process has, so that there is no writer.
#[derive(Debug)]
struct Beside {
    path: PathBuf,
    notes: Arc<NotesBeside>,
}

/// An opened file, and the model with its slots settled.
type Opened = (SqliteBackend, Arc<Model>, Arc<SqlSchema>);

impl SqliteBackend {
    /// Locks, opens and migrates the file; the model comes back with its slots settled. A command that finds it locked goes
    /// beside the process that has it.
    pub async fn open(
        access: Access,
        path: &Path,
        model: Model,
        quotas: Arc<Quotas>,
    ) -> Result<Opened, OpenError> {
        let owned = path.to_owned();
        let open = move || match connection::lock(&owned) {
            Ok(lock) => SqliteBackend::open_locked(&owned, lock, model, quotas),
            Err(OpenError::InUse { .. }) if access == Access::Command => {
                SqliteBackend::open_beside(&owned, model)
            }
            Err(error) => Err(error),
        };
        let opened = tokio::task::spawn_blocking(open).await;
        opened.unwrap_or_else(|error| Err(connection::other(path, error)))
    }

    /// Opens the file beside the process that has migrated it: to read, and to write records of tenants and of looks.
    fn open_beside(path: &Path, model: Model) -> Result<Opened, OpenError> {
        let error = |error: rusqlite::Error| connection::other(path, error);
        let mut connection = connection::writer(path).map_err(error)?;
        let (model, schema) = migrate::settled(&mut connection, path, model)?;
        let sequence = connection.query_row(journal::NEWEST.sqlite(), (), |row| row.get(0)).map_err(error)?;
        let schema = Arc::new(schema);
        let notes = NotesBeside::open(path, Arc::clone(&schema)).map_err(error)?;
        let sqlite = SqliteBackend {
            readers: Arc::new(SqliteReaders::beside(path.to_owned(), sequence)),
            writer: SqliteWriter::none(),
            schema: Arc::clone(&schema),
            identities: Arc::default(),
            trigrams: Arc::default(),
            changes: Arc::new(CommittedChanges::new(sequence)),
            tenant_records: TenantRecords::open(path).map_err(error)?,
            keys: Box::new(KeyRecords::open(path).map_err(error)?),
            audit_keeping: AuditKeeping::open(path).map_err(error)?,
            beside: Some(Beside { path: path.to_owned(), notes: Arc::new(notes) }),
        };
        Ok((sqlite, Arc::new(model), schema))
    }

    fn open_locked(path: &Path, lock: File, model: Model, quotas: Arc<Quotas>) -> Result<Opened, OpenError> {
        let error = |error: rusqlite::Error| connection::other(path, error);
        let mut connection = connection::writer(path).map_err(error)?;
        let (model, schema) = migrate::migrate(&mut connection, path, model)?;
        let sequence = connection.query_row(journal::NEWEST.sqlite(), (), |row| row.get(0)).map_err(error)?;
        let (schema, identities) = (Arc::new(schema), Arc::new(Identities::default()));
        let readers = Arc::new(SqliteReaders::new(path.to_owned(), sequence));
        let trigrams = Arc::new(TrigramIndexes::default());
        let gauges = Arc::<WriterGauges>::default();
        let changes = Arc::new(CommittedChanges::new(sequence));
        let writer_thread = WriterThread {
            connection,
            path: path.to_owned(),
            schema: Arc::clone(&schema),
            identities: Arc::clone(&identities),
            readers: Arc::clone(&readers),
            trigrams: Arc::clone(&trigrams),
            sequence,
            data_version: None,
            newest_changes: NewestChanges::new(Arc::clone(&changes)),
            usage: TenantUsage::new(quotas),
            log: WriteAheadLog::start(path, LogBound::default())
                .map_err(|error| connection::other(path, error))?,
            load: WriterLoad::new(Arc::clone(&gauges)),
        };
        let writer = SqliteWriter::start(writer_thread, lock, gauges);
        let writer = writer.map_err(|error| connection::other(path, error))?;
        let sqlite = SqliteBackend {
            readers,
            writer,
            schema: Arc::clone(&schema),
            identities,
            trigrams,
            changes,
            tenant_records: TenantRecords::open(path).map_err(error)?,
            keys: Box::new(KeyRecords::open(path).map_err(error)?),
            audit_keeping: AuditKeeping::open(path).map_err(error)?,
            beside: None,
        };
        Ok((sqlite, Arc::new(model), schema))
    }

    /// The rows of a get or list.
    pub async fn read(&self, statement: ReadStatement) -> Result<Vec<Row>, ReadError> {
        match statement.cost {
            Cost::Point => {
                self.readers.short(|connection| read::rows(connection, &self.identities, None, &statement))
            }
            Cost::Scan => {
                let (identities, trigrams) = (Arc::clone(&self.identities), Arc::clone(&self.trigrams));
                let read = move |connection: &Connection| {
                    read::rows(connection, &identities, Some(&trigrams), &statement)
                };
                let rows = self.readers.long(read).await;
                self.make_wanted();
                rows
            }
        }
    }

    /// The rows of lists of several owners.
    pub async fn read_each(&self, statement: ReadStatement) -> Result<Vec<Owned>, ReadError> {
        let identities = Arc::clone(&self.identities);
        self.readers.long(move |connection| read::owned(connection, &identities, &statement)).await
    }

    /// The numbers of entities by owner and value.
    pub async fn value_counts(&self, statement: ReadStatement) -> Result<Vec<ValueCount>, ReadError> {
        let identities = Arc::clone(&self.identities);
        self.readers.long(move |connection| read::value_counts(connection, &identities, &statement)).await
    }

    /// The number of a count.
    pub async fn count(&self, statement: ReadStatement) -> Result<u64, ReadError> {
        let (identities, trigrams) = (Arc::clone(&self.identities), Arc::clone(&self.trigrams));
        let read = move |connection: &Connection| read::count(connection, &identities, &trigrams, &statement);
        let count = self.readers.long(read).await;
        self.make_wanted();
        count
    }

    /// Has the indexes made that queries would have used.
    fn make_wanted(&self) {
        while let Some(wanted) = self.trigrams.next_wanted() {
            let (readers, trigrams) = (Arc::clone(&self.readers), Arc::clone(&self.trigrams));
            tokio::spawn(async move {
                let _turn = trigrams.turn.lock().await;
                let indexes = Arc::clone(&trigrams);
                let made =
                    readers.long(move |connection| candidates::make(connection, &indexes, &wanted)).await;
                if let Err(error) = made {
                    tracing::warn!(%error, "an index of trigrams was not made; queries look at all rows");
                }
            });
        }
    }

    /// Commits a unit; gives the sequence number of each change when it is on disk.
    pub async fn write(&self, unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        let Some(Beside { notes, .. }) = &self.beside else { return self.writer.unit(unit).await };
        let notes = Arc::clone(notes);
        let written = tokio::task::spawn_blocking(move || notes.write(&unit)).await;
        written.unwrap_or_else(|error| Err(WriteError::Unavailable(error.to_string())))
    }

    /// A tenant's journal after a sequence number.
    pub async fn journal_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        let (wanted, identities, schema) = ((tenant, after, limit), &self.identities, &self.schema);
        if limit <= SHORT_JOURNAL_MAX {
            return self
                .readers
                .short(|connection| read::journal(connection, identities, &schema.layout, wanted));
        }
        let (identities, schema) = (Arc::clone(identities), Arc::clone(schema));
        self.readers
            .long(move |connection| read::journal(connection, &identities, &schema.layout, wanted))
            .await
    }

    /// A tenant's entries after a number that name a key, newest first.
    pub async fn journal_of(
        &self,
        tenant: Uuid,
        range: Range<i64>,
        key: Vec<u8>,
        limit: u32,
    ) -> Result<(Vec<JournalEntry>, Option<i64>), ReadError> {
        let (identities, schema) = (Arc::clone(&self.identities), Arc::clone(&self.schema));
        self.readers
            .long(move |connection| {
                read::journal_of(connection, &identities, &schema.layout, (tenant, range, &key, limit))
            })
            .await
    }

    /// Leases jobs that are due.
    pub async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<Job>, WriteError> {
        self.writer.claim(claim).await
    }

    /// The time of the next job that is not leased.
    pub fn next_job(&self, claim: JobClaim) -> Result<Option<Ticks>, ReadError> {
        self.readers.short(|connection| side_writes::next(connection, &claim))
    }

    /// Whether a job is due.
    pub fn is_job_due(&self, due: Ticks) -> Result<bool, ReadError> {
        self.readers.short(|connection| side_writes::is_due(connection, due))
    }

    /// The time of a job; none if it is not there.
    pub fn job_due(&self, tenant: Uuid, kind: i16, subject: &[u8]) -> Result<Option<Ticks>, ReadError> {
        self.readers.short(|connection| side_writes::due(connection, tenant, kind, subject))
    }

    /// The contents of entries of the ledger.
    pub fn ledger(&self, keys: &[LedgerKey]) -> Result<Vec<Option<Box<[u8]>>>, ReadError> {
        self.readers.short(|connection| side_writes::ledger(connection, keys))
    }

    /// A call reads: the writer leaves it room.
    pub fn note_reader(&self) {
        self.writer.gauges.reads.fetch_add(1, Ordering::Relaxed);
    }

    /// What is put off.
    pub fn backlog(&self, due: Ticks) -> Result<Backlog, ReadError> {
        let gauges = &self.writer.gauges;
        let (jobs_due, oldest_job) =
            self.readers.short(|connection| side_writes::count_due(connection, due))?;
        Ok(Backlog {
            units_waiting: gauges.units_waiting.load(Ordering::Relaxed),
            log_pages: gauges.log_pages.load(Ordering::Relaxed),
            jobs_due,
            oldest_job,
        })
    }

    /// The jobs that are not done, by kind: a look at all of them, beside short reads.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>, ReadError> {
        self.readers.long(side_writes::count_by_kind).await
    }

    /// What was done since the file was opened.
    pub fn figures(&self) -> &StoreFigures {
        &self.writer.gauges.figures
    }

    /// The next tenant with an entry to prune.
    pub async fn next_to_prune(&self, after: Uuid, before: Ticks) -> Result<Option<Uuid>, ReadError> {
        self.readers.long(move |connection| retention::next_tenant(connection, after, before)).await
    }

    /// Prunes some entries of a tenant; whether there may be more.
    pub async fn prune_journal(&self, tenant: Uuid, before: Ticks) -> Result<bool, WriteError> {
        self.writer.prune(tenant, before).await
    }

    /// The number up to which a tenant's journal was pruned.
    pub fn journal_pruned(&self, tenant: Uuid) -> Result<i64, ReadError> {
        self.readers.short(|connection| retention::pruned(connection, &self.identities, tenant))
    }

    /// A sequence number up to which every read that begins from now on sees the journal, whichever connection it gets.
    pub fn journal_newest(&self) -> i64 {
        self.readers.newest()
    }

    /// Whether something of one of these sets of a tenant may be newer than a number.
    pub fn is_newer(&self, tenant: Uuid, sets: &[SetId], since: i64) -> Result<bool, ReadError> {
        let number = |connection: &Connection| self.identities.number(connection, tenant).map_err(read_error);
        let Some(tenant) = self.readers.short(number)? else { return Ok(false) };
        Ok(sets.iter().any(|set| self.changes.is_newer(tenant, *set, since)))
    }

    /// The record of an idempotent request, unless it is from before `since`.
    pub fn recall(
        &self,
        tenant: Uuid,
        name: &[u8],
        since: i64,
    ) -> Result<Option<StoredIdempotencyRecord>, ReadError> {
        self.readers.short(|connection| read::recall(connection, &self.identities, (tenant, name, since)))
    }

    /// Inserts a data key, unless the tenant has one of this version or the key that wrapped it counts no more.
    pub async fn insert_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        self.writer.tenant_key(tenant, key).await
    }

    /// Writes what was sealed anew.
    pub async fn reseal(&self, tenant: Uuid, set: SetId, rows: Vec<ResealedRow>) -> Result<(), WriteError> {
        self.writer.reseal(Resealing { tenant, set, rows }).await
    }

    /// Whether another process has the file.
    pub fn is_beside(&self) -> bool {
        self.beside.is_some()
    }

    /// Whether the process that had the file has it no longer.
    pub fn is_left_alone(&self) -> bool {
        self.beside.as_ref().is_some_and(|beside| connection::lock(&beside.path).is_ok())
    }

    /// The records of tenants.
    pub fn tenant_records(&self) -> Result<Vec<TenantRecord>, ReadError> {
        self.tenant_records.all()
    }

    /// Adds a tenant; whether it was not there.
    pub fn add_tenant(&self, record: &TenantRecord) -> Result<bool, WriteError> {
        self.tenant_records.add(record)
    }

    /// Marks a tenant; whether it had the mark that it should have.
    pub fn mark_tenant(&self, record: &TenantRecord, before: TenantMark) -> Result<bool, WriteError> {
        self.tenant_records.mark(record, before)
    }

    /// The tenants that have ever written.
    pub async fn tenants_seen(&self) -> Result<Vec<Uuid>, ReadError> {
        self.readers.long(tenant_records::seen).await
    }

    /// What a tenant holds.
    pub async fn tenant_usage(&self, tenant: Uuid, quotas: Quotas) -> Result<Usage, ReadError> {
        let (identities, schema) = (Arc::clone(&self.identities), Arc::clone(&self.schema));
        let count = move |connection: &Connection| {
            let Some(tenant) = identities.number(connection, tenant).map_err(read_error)? else {
                return Ok(Usage::default());
            };
            let (schema, quotas) = (&*schema, &quotas);
            SqliteMeasure { connection, schema, quotas, tenant }.all().map_err(read_error)
        };
        self.readers.long(count).await
    }

    /// Ends some of what a tenant has beside its entities.
    pub async fn forget_tenant(&self, tenant: Uuid) -> Result<bool, WriteError> {
        self.writer.forget(tenant).await
    }

    /// Ends a tenant's data keys.
    pub fn end_tenant_keys(&self, tenant: Uuid) -> Result<(), WriteError> {
        self.tenant_records.end_keys(tenant)
    }

    /// A tenant's records for an audit.
    pub fn audit_since(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<AuditRecord>, ReadError> {
        self.readers.short(|connection| audit::since(connection, &self.identities, (tenant, after, limit)))
    }

    /// The end of a tenant's chain of records.
    pub fn audit_head(&self, tenant: Uuid) -> Result<Option<AuditHead>, ReadError> {
        self.readers.short(|connection| audit::head(connection, &self.identities, tenant))
    }

    /// The tenants that have records.
    pub fn audited_tenants(&self) -> Result<Vec<Uuid>, ReadError> {
        self.readers.short(audit::tenants)
    }

    /// Whether the file can be read.
    pub fn ping(&self) -> Result<(), ReadError> {
        self.readers.short(|connection| {
            connection.query_row(session::PING.sqlite(), (), |_| Ok(())).map_err(read_error)
        })
    }

    /// Finishes what waits to be written, and closes the file.
    pub async fn close(self) {
        self.trigrams.stop();
        // The writer's thread ends when its queue is dropped; waiting for that is no work for an async thread.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}
