//! How connections are made: the hosts one after another, and what is common to all connections of one database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use quick_cache::sync::Cache;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::address::{DatabaseHost, DatabaseUrl, Pooler};
use super::connection_figures::ConnectionFigures;
use super::error::PostgresError;
use super::pooler;

/// The largest number of statements of which the types of parameters are kept.
const TYPED_STATEMENTS_MAX: usize = 4_096;
/// The time for which a host may be silent before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(300);

/// The types of a statement's parameters.
pub(super) type ParameterTypes = Arc<[Type]>;

/// The address of the database with all that a connection needs.
pub(super) struct ConnectionConfig {
    url: DatabaseUrl,
    /// The place of the host that answered last, which is tried first.
    last_good: AtomicUsize,
    /// Counts the times that connections turned out to lead to a server that is no longer the one. Older ones are made anew.
    generation: AtomicU64,
    /// Whether connections are handed out by the transaction: nothing may be left in one then.
    is_pooled: AtomicBool,
    /// The types of the parameters of statements that cannot stay prepared.
    pub types: Cache<Arc<str>, ParameterTypes>,
    pub figures: Arc<ConnectionFigures>,
}

impl ConnectionConfig {
    /// Reads a connection URL, and looks whether a pooler stands before the database unless the URL says so.
    pub async fn find(url: &str) -> Result<ConnectionConfig, PostgresError> {
        ConnectionConfig::of(read(url)?).await
    }

    /// The same for who only reads: a standby will do.
    pub async fn find_to_read(url: &str) -> Result<ConnectionConfig, PostgresError> {
        ConnectionConfig::of(read(url)?.with_standbys()).await
    }

    async fn of(url: DatabaseUrl) -> Result<ConnectionConfig, PostgresError> {
        let pooler = url.pooler;
        let config = ConnectionConfig {
            url,
            last_good: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            is_pooled: AtomicBool::new(pooler == Pooler::Transaction),
            types: Cache::new(TYPED_STATEMENTS_MAX),
            figures: Arc::default(),
        };
        if pooler == Pooler::Detect
            && pooler::is_before(&config.connect().await?, &config.connect().await?).await
        {
            tracing::info!(database = config.name(), "a pooler hands out connections by the transaction");
            config.is_pooled.store(true, Ordering::Relaxed);
        }
        Ok(config)
    }

    /// Hosts and database name: what may stand in a message. Never user or password.
    pub fn name(&self) -> String {
        self.url.name.clone()
    }

    /// Whether all hosts are this machine.
    pub fn is_local(&self) -> bool {
        self.url.hosts.iter().all(|host| host.is_local)
    }

    /// Whether connections are handed out by the transaction.
    pub fn is_pooled(&self) -> bool {
        self.is_pooled.load(Ordering::Relaxed)
    }

    /// The generation of connections that are made now.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Has all connections made anew when they are next used: the server is another one.
    pub fn renew_all(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// Connects to the first host that answers and takes writes, beginning with the one that did so last. Each further one is
    /// tried once those before it have failed or are silent: a host that was cut off holds nobody up.
    pub async fn connect(&self) -> Result<Client, PostgresError> {
        let (count, first) = (self.url.hosts.len(), self.last_good.load(Ordering::Relaxed));
        let mut places = (0..count).map(|at| (first + at) % count);
        let mut attempts = FuturesUnordered::new();
        let mut failures = Vec::new();
        loop {
            let next = places.next();
            attempts.extend(next.map(|place| self.attempt(place)));
            let patience = next.map_or(Duration::MAX, |_| HEAD_START);
            match timeout(patience, attempts.next()).await {
                Ok(Some(Ok(client))) => return Ok(client),
                Ok(Some(Err(failure))) => failures.push(failure),
                Ok(None) => break,
                Err(_) => {}
            }
        }
        self.figures.note_failure();
        Err(PostgresError::Lost(failures.join("; ")))
    }

    /// Connects to the host at a place; otherwise says why not.
    async fn attempt(&self, place: usize) -> Result<Client, String> {
        let host = self.url.hosts.get(place).ok_or("there is no such host")?;
        let connected = timeout(host.time_max, connect(host)).await;
        match connected.unwrap_or_else(|_| Err("it did not answer in time".to_owned())) {
            Ok(client) => {
                self.last_good.store(place, Ordering::Relaxed);
                Ok(client)
            }
            Err(reason) if self.url.hosts.len() == 1 => Err(reason),
            Err(reason) => Err(format!("{}: {reason}", host.name)),
        }
    }
}

fn read(url: &str) -> Result<DatabaseUrl, PostgresError> {
    DatabaseUrl::parse(url)
        .map_err(|reason| PostgresError::Refused(format!("its URL is malformed: {reason}")))
}

/// Connects to a host. Its files are read where that keeps nobody waiting.
async fn connect(host: &DatabaseHost) -> Result<Client, String> {
    let of_files = host.clone();
    let ready = spawn_blocking(move || of_files.ready()).await.map_err(|error| error.to_string())?;
    let (config, tls) = ready?;
    let connected = config.connect(tls).await;
    let (client, connection) = connected.map_err(|error| PostgresError::from(error).message().to_owned())?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a database connection ended");
        }
    });
    Ok(client)
}
