//! An open connection, with its prepared statements.
//!
//! Behind a pooler that hands out connections by the transaction nothing is left in one: statements are sent whole each
//! time, with the types of their parameters, and settings hold for a transaction only.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use bytes::Bytes;
use quick_cache::sync::Cache;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, CopyInSink, CopyOutStream, Row, SimpleQueryMessage, Statement};
use uuid::Uuid;

use super::conflicts::retry;
use super::connection_config::{ConnectionConfig, ParameterTypes};
use super::connection_figures::{GaugeShare, Use};
use super::error::{PostgresError, timed_out};
use crate::sql::{session, transaction};

/// The largest number of prepared statements that a connection keeps; the least used are closed beyond it.
const STATEMENTS_MAX: usize = 256;
/// The longest time that one setting may take.
const SETTING_MAX: Duration = Duration::from_secs(4);
/// The age at which a connection is made anew, so that a change of names or of servers is followed some day.
const AGE_MAX: Duration = Duration::from_secs(30 * 60);

/// The parameters of a statement, as the library takes them.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A statement that can be sent.
pub(super) enum ReadyStatement {
    /// The server knows it.
    Prepared(Statement),
    /// It is sent with each use.
    Whole(Arc<str>, ParameterTypes),
}

/// An open connection. Statements sent while others are under way are pipelined, and answered in order.
pub(super) struct Connection {
    client: Client,
    statements: Cache<Arc<str>, Statement>,
    config: Arc<ConnectionConfig>,
    generation: u64,
    opened: Instant,
    /// The settings as they stand behind the beginning of each transaction, if they cannot stand in the session.
    local_settings: String,
    uses: Arc<AtomicU64>,
    _open: GaugeShare,
}

impl Connection {
    /// Connects and applies settings; a setting the server does not know is passed over, because databases that only
    /// speak PostgreSQL's protocol lack some.
    pub async fn open(
        config: &Arc<ConnectionConfig>,
        settings: &[&str],
    ) -> Result<Connection, PostgresError> {
        let generation = config.generation();
        let client = config.connect().await?;
        let (session, local) = if config.is_pooled() { (&[][..], settings) } else { (settings, &[][..]) };
        for setting in session {
            match timeout(SETTING_MAX, client.batch_execute(setting)).await.map_err(|_| timed_out())? {
                Err(error) if error.as_db_error().is_none() => return Err(error.into()),
                Err(error) => tracing::debug!(%error, setting, "the database does not take a setting"),
                Ok(()) => {}
            }
        }
        Ok(Connection {
            client,
            statements: Cache::new(STATEMENTS_MAX),
            config: Arc::clone(config),
            generation,
            opened: Instant::now(),
            local_settings: session::local(local),
            uses: Arc::default(),
            _open: config.figures.opened(),
        })
    }

    /// A statement as it can be sent; asks the server only the first time.
    pub async fn prepare(&self, text: &Arc<str>) -> Result<ReadyStatement, PostgresError> {
        if self.config.is_pooled() {
            let types = self.config.types.get_or_insert_async(text, self.types(text)).await?;
            return Ok(ReadyStatement::Whole(Arc::clone(text), types));
        }
        let prepared = self.statements.get_or_insert_async(text, self.client.prepare(text)).await?;
        Ok(ReadyStatement::Prepared(prepared))
    }

    /// The types that the server finds for the parameters of a text. It is prepared under a name that nobody else
    /// has and forgotten again, in one message, so that whoever uses the server's connection next finds nothing.
    async fn types(&self, text: &Arc<str>) -> Result<ParameterTypes, PostgresError> {
        let question = session::parameter_types(Uuid::new_v4(), text);
        let answer = self.client.simple_query(&question).await?;
        let found = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let types = found.map(|oid| oid.parse().ok().and_then(Type::from_oid));
        let types = types.collect::<Option<Vec<Type>>>();
        let unknown = || PostgresError::Refused("a statement has a parameter of an unknown type".into());
        Ok(types.ok_or_else(unknown)?.into())
    }

    /// Runs a statement and returns its rows.
    pub async fn query(
        &self,
        text: &Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PostgresError> {
        self.send(&self.prepare(text).await?, parameters).await
    }

    /// Runs a statement that is a transaction by itself.
    pub async fn query_alone(
        &self,
        text: &Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PostgresError> {
        self.retry(|| self.query(text, parameters)).await
    }

    /// Runs what is a transaction by itself, and again if it is undone in favour of others.
    pub async fn retry<T, A>(&self, attempt: impl Fn() -> A) -> Result<T, PostgresError>
    where
        A: Future<Output = Result<T, PostgresError>>,
    {
        retry(&self.config.figures, attempt).await
    }

    /// Runs statements as a transaction, and commits it.
    pub async fn transaction<T, A>(&self, statements: impl Fn() -> A) -> Result<T, PostgresError>
    where
        A: Future<Output = Result<T, PostgresError>>,
    {
        let attempt = async || {
            self.begin().await?;
            match statements().await {
                Ok(done) => self.run(transaction::COMMIT).await.map(|()| done),
                Err(error) => self.run(transaction::ROLLBACK).await.and(Err(error)),
            }
        };
        self.retry(attempt).await
    }

    /// Runs a statement and returns how many rows it changed.
    pub async fn execute(&self, text: &Arc<str>, parameters: Parameters<'_>) -> Result<u64, PostgresError> {
        Ok(match &self.prepare(text).await? {
            ReadyStatement::Prepared(statement) => self.client.execute(statement, parameters).await?,
            ReadyStatement::Whole(text, types) => {
                self.client.execute_typed(text, &typed(parameters, types)).await?
            }
        })
    }

    /// Runs a statement that may take long. Behind a pooler its bounds need a transaction.
    pub async fn query_bounded(
        &self,
        text: &Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PostgresError> {
        if !self.config.is_pooled() {
            return self.query(text, parameters).await;
        }
        self.begin().await?;
        let rows = self.query(text, parameters).await;
        self.run(if rows.is_ok() { transaction::COMMIT } else { transaction::ROLLBACK }).await?;
        rows
    }

    /// Begins a transaction. Answers no rows, so that it can be one of a pipeline of statements.
    pub async fn begin(&self) -> Result<Vec<Row>, PostgresError> {
        self.begin_as(transaction::BEGIN).await?;
        Ok(Vec::new())
    }

    /// Begins a transaction of a kind.
    pub async fn begin_as(&self, begin: &str) -> Result<(), PostgresError> {
        match self.local_settings.as_str() {
            "" => self.run(begin).await,
            settings => self.run(&format!("{begin}{settings}")).await,
        }
    }

    /// Commits. Answers no rows, so that it can be the last of a pipeline of statements.
    pub async fn commit(&self) -> Result<Vec<Row>, PostgresError> {
        self.client.batch_execute(transaction::COMMIT).await?;
        Ok(Vec::new())
    }

    /// Runs a statement, which is sent when this is first polled.
    pub async fn send(
        &self,
        statement: &ReadyStatement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PostgresError> {
        Ok(match statement {
            ReadyStatement::Prepared(statement) => self.client.query(statement, parameters).await?,
            ReadyStatement::Whole(text, types) => {
                self.client.query_typed(text, &typed(parameters, types)).await?
            }
        })
    }

    /// Runs a text without parameters, which may be several statements.
    pub async fn run(&self, text: &str) -> Result<(), PostgresError> {
        Ok(self.client.batch_execute(text).await?)
    }

    /// Copies rows out of a table.
    pub async fn copy_out(&self, text: &str) -> Result<CopyOutStream, PostgresError> {
        Ok(self.client.copy_out(text).await?)
    }

    /// Copies rows into a table.
    pub async fn copy_in(&self, text: &str) -> Result<CopyInSink<Bytes>, PostgresError> {
        Ok(self.client.copy_in(text).await?)
    }

    /// The connection itself, for what needs it bare: migrations.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Counts it as being used until this is dropped.
    pub fn in_use(&self) -> Use {
        self.config.figures.use_of(&self.uses)
    }

    /// Whether it has been lost.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Whether it was made before it turned out that connections no longer lead to the server.
    pub fn is_superseded(&self) -> bool {
        self.generation != self.config.generation()
    }

    /// Whether it can go on being used: not lost, not old, and to the server that is the one now.
    pub fn is_current(&self) -> bool {
        !self.is_closed() && !self.is_superseded() && self.opened.elapsed() < AGE_MAX
    }
}

fn typed<'a>(parameters: Parameters<'a>, types: &ParameterTypes) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    parameters.iter().copied().zip(types.iter().cloned()).collect()
}
