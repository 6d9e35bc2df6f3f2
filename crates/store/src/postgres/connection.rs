//! A connection with its prepared statements, and the holder of one that is made anew when it is lost.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use quick_cache::sync::Cache;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, CopyInSink, CopyOutStream, NoTls, Statement};

use super::error::{PostgresError, timed_out};
use crate::sql::transaction;

/// The largest number of prepared statements that a connection keeps; the least used are closed beyond it.
const STATEMENTS_MAX: usize = 256;
/// The longest time that making a connection may take, name resolution and authentication included.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// The longest time that sent bytes may stay unacknowledged before the connection counts as lost.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(10);
/// The time for which an idle connection may be silent before the other end is probed.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);

/// The parameters of a statement, as the library takes them.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The address of the database with all that a connection needs.
#[derive(Clone, Debug)]
pub(super) struct ConnectionConfig {
    config: Config,
}

impl ConnectionConfig {
    /// Reads a connection URL.
    pub fn parse(url: &str) -> Result<ConnectionConfig, PostgresError> {
        let mut config: Config = url.parse()?;
        config.tcp_user_timeout(UNACKNOWLEDGED_MAX).keepalives_idle(KEEPALIVE_AFTER);
        if config.get_application_name().is_none() {
            config.application_name("muster");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_MAX);
        }
        Ok(ConnectionConfig { config })
    }

    /// Host, port and database name: what may stand in a message. Never user or password.
    pub fn name(&self) -> String {
        use tokio_postgres::config::Host;
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".into(),
        };
        let port = self.config.get_ports().first().map_or_else(String::new, |port| format!(":{port}"));
        format!("postgres://{host}{port}/{}", self.config.get_dbname().unwrap_or_default())
    }
}

/// An open connection. Statements sent while others are under way are pipelined, and answered in order.
pub(super) struct Connection {
    client: Client,
    statements: Cache<Arc<str>, Statement>,
}

impl Connection {
    /// Connects and applies settings; a setting the server does not know is passed over, because databases that only
    /// speak PostgreSQL's protocol lack some.
    pub async fn open(config: &ConnectionConfig, settings: &[&str]) -> Result<Connection, PostgresError> {
        let connecting = timeout(CONNECT_MAX, config.config.connect(NoTls));
        let (client, connection) = connecting.await.map_err(|_| timed_out())??;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a database connection ended");
            }
        });
        for setting in settings {
            match timeout(CONNECT_MAX, client.batch_execute(setting)).await.map_err(|_| timed_out())? {
                Err(error) if error.as_db_error().is_none() => return Err(error.into()),
                Err(error) => tracing::warn!(%error, setting, "the database does not take a setting"),
                Ok(()) => {}
            }
        }
        Ok(Connection { client, statements: Cache::new(STATEMENTS_MAX) })
    }

    /// The prepared form of a text; asks the server only the first time.
    pub async fn prepare(&self, text: &Arc<str>) -> Result<Statement, PostgresError> {
        Ok(self.statements.get_or_insert_async(text, self.client.prepare(text)).await?)
    }

    /// Runs a statement and returns its rows.
    pub async fn query(
        &self,
        text: &Arc<str>,
        parameters: Parameters<'_>,
    ) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        Ok(self.client.query(&self.prepare(text).await?, parameters).await?)
    }

    /// Runs a statement and returns how many rows it changed.
    pub async fn execute(&self, text: &Arc<str>, parameters: Parameters<'_>) -> Result<u64, PostgresError> {
        Ok(self.client.execute(&self.prepare(text).await?, parameters).await?)
    }

    /// Begins a transaction. Answers no rows, so that it can be one of a pipeline of statements.
    pub async fn begin(&self) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        self.client.batch_execute(transaction::BEGIN).await?;
        Ok(Vec::new())
    }

    /// Commits. Answers no rows, so that it can be the last of a pipeline of statements.
    pub async fn commit(&self) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        self.client.batch_execute(transaction::COMMIT).await?;
        Ok(Vec::new())
    }

    /// Runs a prepared statement, which is sent when this is first polled.
    pub async fn send(
        &self,
        statement: &Statement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        Ok(self.client.query(statement, parameters).await?)
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

    /// Whether it has been lost.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

/// The holder of one connection, which is made anew when it is lost.
pub(super) struct ConnectionHolder {
    config: Arc<ConnectionConfig>,
    settings: &'static [&'static str],
    current: Mutex<Option<Arc<Connection>>>,
}

impl ConnectionHolder {
    /// A holder without a connection: it connects when it is first used.
    pub fn new(config: Arc<ConnectionConfig>, settings: &'static [&'static str]) -> ConnectionHolder {
        ConnectionHolder { config, settings, current: Mutex::new(None) }
    }

    /// The connection; a new one if there is none or it has been lost.
    pub async fn connection(&self) -> Result<Arc<Connection>, PostgresError> {
        let mut current = self.current.lock().await;
        if let Some(connection) = current.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(Arc::clone(connection));
        }
        let connection = Arc::new(Connection::open(&self.config, self.settings).await?);
        *current = Some(Arc::clone(&connection));
        Ok(connection)
    }

    /// Forgets the connection: it did not answer, or broke its word.
    pub async fn forget(&self, connection: &Arc<Connection>) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|held| Arc::ptr_eq(held, connection)) {
            *current = None;
        }
    }

    /// Ends the connection.
    pub async fn close(&self) {
        *self.current.lock().await = None;
    }
}
