//! The open PostgreSQL database: its readers and its writer, and which of them does what.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::{Model, SetId};
use tokio_postgres::Row as PostgresRow;
use uuid::Uuid;

use super::audit_rows;
use super::connection::Parameters;
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;
use super::migrate;
use super::readers::PostgresReaders;
use super::value::{self, column};
use super::writer::PostgresWriter;
use crate::audit::{AuditHead, AuditRecord};
use crate::backlog::Backlog;
use crate::builds;
use crate::error::{OpenError, ReadError, WriteError};
use crate::figures::{ConnectionCounts, JobCount, StoreFigures};
use crate::idempotency::StoredIdempotencyRecord;
use crate::journal::{ChangeKind, JournalEntry, PAGE_KEYS_BYTES_MAX, PRUNED_TOGETHER_MAX, decode_keys};
use crate::query::{Owned, ValueCount};
use crate::quota::Quotas;
use crate::row::{ROW_COLUMNS, Row};
use crate::schema_version::SchemaVersion;
use crate::sql::{
    Cost, PreparedUnit, ReadStatement, SqlSchema, audit, catalog, idempotency, jobs, journal, retention,
    session,
};
use crate::unit::Actor;

/// The open database. Connections are made when first used and again when lost.
pub(crate) struct PostgresBackend {
    name: String,
    pub(super) config: Arc<ConnectionConfig>,
    pub(super) schema: Arc<SqlSchema>,
    pub(super) readers: PostgresReaders,
    writer: PostgresWriter,
}

impl fmt::Debug for PostgresBackend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgresBackend({})", self.name)
    }
}

impl PostgresBackend {
    /// Connects, brings the schema up to what the model asks, and starts the writer. Returns the model with its slots
    /// settled as this database has them.
    pub async fn open(
        url: &str,
        model: Model,
        quotas: Arc<Quotas>,
    ) -> Result<(PostgresBackend, Arc<Model>, Arc<SqlSchema>), OpenError> {
        let config = ConnectionConfig::find(url).await.map_err(|error| OpenError::Other {
            // The URL itself may hold a password.
            database: "the PostgreSQL database".into(),
            reason: error.message().to_owned(),
        })?;
        let config = Arc::new(config);
        let plan = migrate::migrate(&config, model).await?;
        let schema = Arc::new(plan.schema);
        let postgres = PostgresBackend {
            name: config.name(),
            config: Arc::clone(&config),
            schema: Arc::clone(&schema),
            readers: PostgresReaders::new(&config),
            writer: PostgresWriter::start(config, Arc::clone(&schema), quotas),
        };
        Ok((postgres, Arc::new(plan.model), schema))
    }

    /// The rows of a list or get.
    pub async fn read(&self, statement: ReadStatement) -> Result<Vec<Row>, ReadError> {
        Ok(value::rows(&self.readers.read(&statement).await?, ROW_COLUMNS, &statement.sorted_by)?)
    }

    /// The rows of lists of several owners: after a row's columns come its owner, its position and the list's length.
    pub async fn read_each(&self, statement: ReadStatement) -> Result<Vec<Owned>, ReadError> {
        let rows = self.readers.read(&statement).await?;
        let listed = |row: &PostgresRow| {
            let owner = Key::from_bytes(column(row, ROW_COLUMNS)?);
            let owner = owner.ok_or_else(|| PostgresError::Refused("a malformed key".into()))?;
            let number = |at| {
                let number = column::<i64>(row, at)?;
                u64::try_from(number)
                    .map_err(|_| PostgresError::Refused(format!("the number {number} in a list")))
            };
            Ok((owner, number(ROW_COLUMNS + 1)?, number(ROW_COLUMNS + 2)?))
        };
        let lists = rows.iter().map(listed).collect::<Result<Vec<_>, PostgresError>>()?;
        let owned = lists.into_iter().zip(value::rows(&rows, ROW_COLUMNS + 3, &statement.sorted_by)?);
        Ok(owned.map(|((owner, place, total), row)| Owned { owner, place, total, row }).collect())
    }

    /// The numbers of entities by owner and value.
    pub async fn value_counts(&self, statement: ReadStatement) -> Result<Vec<ValueCount>, ReadError> {
        let rows = self.readers.read(&statement).await?;
        let count = |row| {
            let (owner, value, count) = (column(row, 0)?, column(row, 1)?, column(row, 2)?);
            Ok::<(&[u8], Option<i64>, i64), PostgresError>((owner, value, count))
        };
        rows.iter()
            .map(|row| count(row).map(|(owner, value, count)| ValueCount::read(owner, value, count))?)
            .collect()
    }

    /// The number that a count answers.
    pub async fn count(&self, statement: ReadStatement) -> Result<u64, ReadError> {
        let rows = self.readers.read(&statement).await?;
        let row = rows.first().ok_or_else(|| ReadError::Corrupt("a count without a row".into()))?;
        let number: i64 = column(row, 0)?;
        u64::try_from(number).map_err(|_| ReadError::Corrupt(format!("a count of {number}")))
    }

    /// Commits a unit; when this returns, it is durable. The number of each change, in order.
    pub async fn write(&self, unit: PreparedUnit) -> Result<Vec<i64>, WriteError> {
        self.writer.write(unit).await
    }

    /// A tenant's entries after a number, in order. No entry ever appears before one that was there.
    pub async fn journal_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        let (mut after, limit, bytes) = (after, i64::from(limit), PAGE_KEYS_BYTES_MAX as i64);
        loop {
            let rows = self
                .readers
                .query(journal::SINCE.postgres(), &[&tenant, &after, &limit, &bytes], Cost::Point)
                .await?;
            let entries = rows.iter().filter_map(|row| self.entry(row).transpose());
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            match rows.last() {
                // Nothing but entries of sets that have left the model: there may be others behind them.
                Some(last) if entries.is_empty() => after = column(last, 0)?,
                _ => return Ok(entries),
            }
        }
    }

    /// A tenant's entries of a range that name a key, newest first, and the newest number before the range.
    pub async fn journal_of(
        &self,
        tenant: Uuid,
        range: Range<i64>,
        key: &[u8],
        limit: u32,
    ) -> Result<(Vec<JournalEntry>, Option<i64>), ReadError> {
        let (limit, Range { start, end }) = (i64::from(limit), range);
        let rows = self
            .readers
            .query(journal::OF_KEY.postgres(), &[&tenant, &start, &end, &key, &limit], Cost::Scan)
            .await?;
        let entries: Result<Vec<_>, _> = rows.iter().filter_map(|row| self.entry(row).transpose()).collect();
        let earlier =
            self.readers.query(journal::NEWEST_BEFORE.postgres(), &[&tenant, &start], Cost::Point).await?;
        Ok((entries?, earlier.first().map(|row| column(row, 0)).transpose()?.flatten()))
    }

    /// The record of an idempotent request, unless it is from before `since`.
    pub async fn recall(
        &self,
        tenant: Uuid,
        name: &[u8],
        since: i64,
    ) -> Result<Option<StoredIdempotencyRecord>, ReadError> {
        let rows =
            self.readers.query(idempotency::READ.postgres(), &[&tenant, &name, &since], Cost::Point).await?;
        let record = |row| -> Result<StoredIdempotencyRecord, PostgresError> {
            let (content, key, version) = (column(row, 0)?, column(row, 1)?, column(row, 2)?);
            Ok(StoredIdempotencyRecord { content, key, version, document: column(row, 3)? })
        };
        let Some(row) = rows.first() else { return Ok(None) };
        // It is answered like the write itself, so it must be as durable.
        self.readers.query(idempotency::CONFIRM.postgres(), &[&tenant, &name], Cost::Point).await?;
        Ok(Some(record(row)?))
    }

    /// The number of a tenant's newest entry; 0 if it has none.
    pub async fn journal_newest(&self, tenant: Uuid) -> Result<i64, ReadError> {
        let rows = self.readers.query(journal::NEWEST.postgres(), &[&tenant], Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?.unwrap_or(0))
    }

    /// Whether something of one of these sets of a tenant is newer than a number.
    pub async fn is_newer(&self, tenant: Uuid, sets: &[SetId], since: i64) -> Result<bool, ReadError> {
        let rows = self.readers.query(&journal::NEWEST_OF_SETS, &[&tenant], Cost::Point).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let newest: Vec<i64> = column(row, 0)?;
        let of_set = |set: &SetId| {
            let place = usize::try_from(self.schema.layout.table(*set).number).ok()?;
            newest.get(place).copied()
        };
        Ok(sets.iter().filter_map(of_set).any(|newest| newest > since))
    }

    /// What is put off.
    pub async fn backlog(&self, due: Ticks) -> Result<Backlog, ReadError> {
        let rows = self.readers.query(jobs::COUNT_DUE.postgres(), &[&due.0], Cost::Point).await?;
        let row = rows.first().ok_or_else(|| ReadError::Corrupt("a count without a row".into()))?;
        let oldest_job: Option<i64> = column(row, 1)?;
        Ok(Backlog {
            units_waiting: self.writer.units_waiting(),
            log_pages: 0,
            jobs_due: column(row, 0)?,
            oldest_job: oldest_job.map(Ticks),
        })
    }

    /// The jobs that are not done, by kind.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>, ReadError> {
        let rows = self.readers.query(jobs::COUNT_BY_KIND.postgres(), &[], Cost::Scan).await?;
        let count =
            |row| Ok(JobCount { kind: column(row, 0)?, count: column(row, 1)?, first_due: column(row, 2)? });
        Ok(rows.iter().map(count).collect::<Result<_, PostgresError>>()?)
    }

    /// What was done since the database was opened.
    pub fn figures(&self) -> &StoreFigures {
        self.writer.figures()
    }

    /// How connections are used.
    pub fn connections(&self) -> ConnectionCounts {
        self.config.figures.counts()
    }

    /// The next tenant with an entry to prune.
    pub async fn next_to_prune(&self, after: Uuid, before: Ticks) -> Result<Option<Uuid>, ReadError> {
        let text = retention::NEXT_TENANT.postgres();
        let rows = self.readers.query(text, &[&after, &before.0], Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?)
    }

    /// Prunes some entries of a tenant; whether there may be more.
    pub async fn prune_journal(&self, tenant: Uuid, before: Ticks) -> Result<bool, WriteError> {
        let most = i64::from(PRUNED_TOGETHER_MAX);
        let text = retention::PRUNE_SOME.postgres();
        let rows = self.readers.query(text, &[&tenant, &before.0, &most], Cost::Point).await?;
        let passed: Option<i64> = rows.first().map(|row| column(row, 0)).transpose()?;
        Ok(passed == Some(most))
    }

    /// The number up to which a tenant's journal was pruned.
    pub async fn journal_pruned(&self, tenant: Uuid) -> Result<i64, ReadError> {
        let rows = self.readers.query(retention::PRUNED.postgres(), &[&tenant], Cost::Point).await?;
        Ok(rows.first().map(|row| column(row, 0)).transpose()?.unwrap_or(0))
    }

    /// An entry; None if its set has left the model.
    fn entry(&self, row: &tokio_postgres::Row) -> Result<Option<JournalEntry>, ReadError> {
        let Some(set) = self.schema.layout.set_of(i64::from(column::<i32>(row, 2)?)) else { return Ok(None) };
        let sequence: i64 = column(row, 0)?;
        let malformed = |what| ReadError::Corrupt(format!("the {what} of journal entry {sequence}"));
        let kind = ChangeKind::from_number(column(row, 3)?).ok_or_else(|| malformed("kind"))?;
        Ok(Some(JournalEntry {
            sequence,
            at: Ticks(column(row, 1)?),
            set,
            kind,
            keys: decode_keys(kind, column(row, 7)?).ok_or_else(|| malformed("keys"))?,
            actor: Actor { id: column(row, 4)?, application: column(row, 5)? },
            request_id: column(row, 6)?,
        }))
    }

    /// A tenant's records for an audit.
    pub async fn audit_since(
        &self,
        tenant: Uuid,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, ReadError> {
        let parameters: Parameters<'_> = &[&tenant, &after, &i64::from(limit)];
        let rows = self.readers.query(audit::SINCE.postgres(), parameters, Cost::Point).await?;
        Ok(audit_rows::records(&rows)?)
    }

    /// The end of a tenant's chain of records.
    pub async fn audit_head(&self, tenant: Uuid) -> Result<Option<AuditHead>, ReadError> {
        let rows = self.readers.query(audit::HEAD.postgres(), &[&tenant], Cost::Point).await?;
        Ok(audit_rows::head(&rows)?)
    }

    /// The tenants that have records.
    pub async fn audited_tenants(&self) -> Result<Vec<Uuid>, ReadError> {
        let rows = self.readers.query(audit::TENANTS.postgres(), &[], Cost::Point).await?;
        Ok(audit_rows::tenants(&rows)?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ReadError> {
        Ok(self.readers.query(session::PING.postgres(), &[], Cost::Point).await.map(|_| ())?)
    }

    /// Why this program must not go on with the database, if a newer one has opened it.
    pub async fn outdated(&self) -> Result<Option<String>, ReadError> {
        let rows = self.readers.query(&catalog::NEIGHBOUR.into(), &[&builds::LIST], Cost::Point).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let version = SchemaVersion { migration: column(row, 0)?, layout: column(row, 1)? };
        Ok(version.outdated(column(row, 2)?))
    }

    /// Commits what waits and ends all connections.
    pub async fn close(self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}
