//! The holder of one connection, which is made anew when it is lost or no longer leads to the right server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::conflicts::Conflicts;
use super::connection::Connection;
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;

/// What holds one connection, and makes it when it is first used.
pub(super) struct ConnectionHolder {
    config: Arc<ConnectionConfig>,
    settings: &'static [&'static str],
    current: Mutex<HeldConnection>,
    /// The number of attempts to connect that have ended.
    attempts: AtomicU64,
}

/// The connection, or why there is none.
#[derive(Default)]
struct HeldConnection {
    connection: Option<Arc<Connection>>,
    failure: Option<PostgresError>,
}

impl ConnectionHolder {
    /// A holder without a connection: it connects when it is first used.
    pub fn new(config: Arc<ConnectionConfig>, settings: &'static [&'static str]) -> ConnectionHolder {
        ConnectionHolder { config, settings, current: Mutex::default(), attempts: AtomicU64::new(0) }
    }

    /// The connection; a new one if there is none that can go on being used. Those who wait for one attempt share its
    /// failure, so that none of them waits for one after another.
    pub async fn connection(&self) -> Result<Arc<Connection>, PostgresError> {
        let attempts = self.attempts.load(Ordering::Acquire);
        let waiting = self.current.try_lock();
        let wait = waiting.is_err().then(|| self.config.figures.wait());
        let mut current = match waiting {
            Ok(current) => current,
            Err(_) => self.current.lock().await,
        };
        if let Some(connection) = current.connection.as_ref().filter(|connection| connection.is_current()) {
            return Ok(Arc::clone(connection));
        }
        if let Some(failure) = current.failure.as_ref()
            && self.attempts.load(Ordering::Acquire) != attempts
        {
            return Err(failure.clone());
        }
        let _wait = wait.unwrap_or_else(|| self.config.figures.wait());
        current.connection = None;
        let opened = Connection::open(&self.config, self.settings).await.map(Arc::new);
        self.attempts.fetch_add(1, Ordering::AcqRel);
        current.connection = opened.as_ref().ok().cloned();
        current.failure = opened.as_ref().err().cloned();
        opened
    }

    /// Forgets the connection: it did not answer, or broke its word.
    pub async fn forget(&self, connection: &Arc<Connection>) {
        let mut current = self.current.lock().await;
        if current.connection.as_ref().is_some_and(|held| Arc::ptr_eq(held, connection)) {
            current.connection = None;
        }
    }

    /// No conflicts yet, for what is about to be tried on the connection.
    pub fn conflicts(&self) -> Conflicts {
        Conflicts::new(&self.config.figures)
    }

    /// Has all connections to the database made anew when they are next used.
    pub fn renew_all(&self) {
        self.config.renew_all();
    }

    /// Ends the connection.
    pub async fn close(&self) {
        *self.current.lock().await = HeldConnection::default();
    }
}
