//! PostgreSQL, or an engine that speaks its protocol: may be shared by several processes.
//!
//! What orders writers is the tenant's row in the table `tenant`, locked from the first statement of a transaction to
//! its commit: that makes the journal's numbers gap-free and in the order of commits, with nothing but row locks.

mod connection;
mod failure;
mod jobs;
mod newest;
mod open;
mod readers;
mod value;
mod writer;

use std::fmt;
use std::sync::{Arc, LazyLock};

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::Model;
use uuid::Uuid;

use crate::idempotency::Memory;
use crate::journal::{ChangeKind, decode_keys};
use crate::layout::Layout;
use crate::seal::WrappedKey;
use crate::sql::{Cost, Dialect, PreparedUnit, Statement, idempotency};
use crate::{Actor, JournalEntry, OpenError, Owned, ReadError, Row, WriteError};
use connection::{Parameters, Target};
use failure::Failure;
use newest::Newest;
use readers::Readers;
use value::column;
use writer::Writer;

/// The engine. Connections are made when first used and again when lost.
pub(crate) struct Postgres {
    name: String,
    layout: Arc<Layout>,
    readers: Readers,
    newest: Newest,
    writer: Writer,
}

static PING: LazyLock<Arc<str>> = LazyLock::new(|| "select 1".into());
static TENANT_KEYS: LazyLock<Arc<str>> =
    LazyLock::new(|| "select version, wrapped from tenant_key where tenant = $1 order by version".into());
static INSERT_TENANT_KEY: LazyLock<Arc<str>> = LazyLock::new(|| {
    "insert into tenant_key (tenant, version, wrapped) values ($1, $2, $3) on conflict do nothing".into()
});
static JOURNAL_SINCE: LazyLock<Arc<str>> = LazyLock::new(|| {
    "select sequence, at, entity_set, kind, actor, application, request_id, keys from journal \
     where tenant = $1 and sequence > $2 order by sequence limit $3"
        .into()
});

static RECALL: LazyLock<Arc<str>> = LazyLock::new(|| idempotency::recall(Dialect::Postgres).into());

impl fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Postgres({})", self.name)
    }
}

impl Postgres {
    /// Connects, brings the schema up to what the model asks, and starts the writer. Returns the model with its slots
    /// settled as this database has them.
    pub async fn open(url: &str, model: Model) -> Result<(Postgres, Arc<Model>, Arc<Layout>), OpenError> {
        let target = Target::parse(url).map_err(|failure| OpenError::Other {
            // The URL itself may hold a password.
            database: "the PostgreSQL database".into(),
            reason: format!("its URL is malformed: {}", failure.message()),
        })?;
        let plan = open::migrate(&target, model).await?;
        let (target, layout) = (Arc::new(target), Arc::new(plan.layout));
        let engine = Postgres {
            name: target.name(),
            layout: Arc::clone(&layout),
            readers: Readers::new(&target),
            newest: Newest::start(&target),
            writer: Writer::start(target, Arc::clone(&layout)),
        };
        Ok((engine, Arc::new(plan.model), layout))
    }

    /// The rows of a list or get.
    pub async fn read(&self, statement: Statement) -> Result<Vec<Row>, ReadError> {
        Ok(value::rows(&self.readers.read(&statement).await?, 4, &statement.sorted_by)?)
    }

    /// The rows of lists of several owners: after a row's columns come its owner, its place and the list's length.
    pub async fn read_each(&self, statement: Statement) -> Result<Vec<Owned>, ReadError> {
        let rows = self.readers.read(&statement).await?;
        let listed = |row: &tokio_postgres::Row| {
            let owner = Key::from_bytes(column(row, 4)?);
            let owner = owner.ok_or_else(|| Failure::Refused("a malformed key".into()))?;
            let number = |at| column::<i64>(row, at).map(i64::unsigned_abs);
            Ok((owner, number(5)?, number(6)?))
        };
        let lists = rows.iter().map(listed).collect::<Result<Vec<_>, Failure>>()?;
        let owned = lists.into_iter().zip(value::rows(&rows, 7, &statement.sorted_by)?);
        Ok(owned.map(|((owner, place, total), row)| Owned { owner, place, total, row }).collect())
    }

    /// The number that a count answers.
    pub async fn count(&self, statement: Statement) -> Result<u64, ReadError> {
        let rows = self.readers.read(&statement).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| column(row, 0))?;
        Ok(u64::try_from(count).unwrap_or_default())
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
        let (mut after, limit) = (after, i64::from(limit));
        loop {
            let rows = self.readers.query(&JOURNAL_SINCE, &[&tenant, &after, &limit], Cost::Point).await?;
            let entries = rows.iter().filter_map(|row| self.entry(row).transpose());
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            match rows.last() {
                // Nothing but entries of sets that have left the model: there may be others behind them.
                Some(last) if entries.is_empty() => after = column(last, 0)?,
                _ => return Ok(entries),
            }
        }
    }

    /// What is known of a request that may be sent again, unless it is from before `since`.
    pub async fn recall(&self, tenant: Uuid, name: &[u8], since: i64) -> Result<Option<Memory>, ReadError> {
        let rows = self.readers.query(&RECALL, &[&tenant, &name, &since], Cost::Point).await?;
        let memory = |row| -> Result<Memory, Failure> {
            let (content, key, version) = (column(row, 0)?, column(row, 1)?, column(row, 2)?);
            Ok(Memory { content, key, version, document: column(row, 3)? })
        };
        Ok(rows.first().map(memory).transpose()?)
    }

    /// The number of a tenant's newest entry; 0 if it has none.
    pub async fn journal_newest(&self, tenant: Uuid) -> Result<i64, ReadError> {
        Ok(self.newest.newest(tenant).await?)
    }

    /// An entry; None if its set has left the model.
    fn entry(&self, row: &tokio_postgres::Row) -> Result<Option<JournalEntry>, ReadError> {
        let Some(set) = self.layout.set_of(i64::from(column::<i32>(row, 2)?)) else { return Ok(None) };
        let malformed = || ReadError::Corrupt("a malformed journal entry".into());
        let kind = ChangeKind::from_number(i64::from(column::<i16>(row, 3)?)).ok_or_else(malformed)?;
        Ok(Some(JournalEntry {
            sequence: column(row, 0)?,
            at: Ticks(column(row, 1)?),
            set,
            kind,
            keys: decode_keys(kind, column(row, 7)?).ok_or_else(malformed)?,
            actor: Actor { id: column(row, 4)?, application: column(row, 5)? },
            request_id: column(row, 6)?,
        }))
    }

    /// The wrapped data keys of a tenant, oldest first.
    pub async fn tenant_keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        let rows = self.readers.query(&TENANT_KEYS, &[&tenant], Cost::Point).await?;
        let key = |row| {
            let version = u32::try_from(column::<i32>(row, 0)?);
            let version = version.map_err(|_| Failure::Refused("a malformed data key".into()))?;
            Ok(WrappedKey { version, wrapped: column(row, 1)? })
        };
        Ok(rows.iter().map(key).collect::<Result<_, Failure>>()?)
    }

    /// Keeps a wrapped data key, unless the tenant has one of that version: read again to know.
    pub async fn insert_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        let version = i32::try_from(key.version).unwrap_or(i32::MAX);
        let parameters: Parameters<'_> = &[&tenant, &version, &key.wrapped];
        Ok(self.readers.query(&INSERT_TENANT_KEY, parameters, Cost::Point).await.map(|_| ())?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ReadError> {
        Ok(self.readers.query(&PING, &[], Cost::Point).await.map(|_| ())?)
    }

    /// Commits what waits and ends all connections.
    pub async fn close(self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}
