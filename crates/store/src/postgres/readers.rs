//! Reading: a few connections that all point reads share by pipelining, and a few more, each for one scan at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;

use super::connection::{ConnectionConfig, ConnectionHolder, Parameters};
use super::error::{PostgresError, timed_out};
use crate::sql::{Cost, ReadStatement, session};

/// The number of connections that point reads share. Measured on two cores with 32 and 128 readers: 95,000 reads a
/// second pipelined, half of that when each read had a connection to itself; more than two connections gain nothing
/// there.
const POINT_CONNECTIONS: usize = 4;
/// The number of connections for scans, one at a time each, so that no point read waits behind a scan.
const SCAN_CONNECTIONS: usize = 4;
/// The longest time that a point read may take, the connecting included.
const POINT_MAX: Duration = Duration::from_secs(10);
/// The longest time that a scan may take once it is its turn.
const SCAN_MAX: Duration = Duration::from_secs(30);
/// The longest time that a scan may wait for its turn.
const TURN_MAX: Duration = Duration::from_secs(30);
/// The largest number of times that a read is tried: a connection may turn out lost, and a SERIALIZABLE database may
/// undo a read.
const ATTEMPTS_MAX: usize = 3;

/// The connections that read.
pub(super) struct PostgresReaders {
    points: Vec<ConnectionHolder>,
    next: AtomicUsize,
    scans: Vec<(ConnectionHolder, Semaphore)>,
    scan_turns: Semaphore,
}

impl PostgresReaders {
    /// The holders of all connections, none of them connected yet.
    pub fn new(config: &Arc<ConnectionConfig>) -> PostgresReaders {
        let holder = |_| ConnectionHolder::new(Arc::clone(config), session::READER_SETTINGS);
        PostgresReaders {
            points: (0..POINT_CONNECTIONS).map(holder).collect(),
            next: AtomicUsize::new(0),
            scans: (0..SCAN_CONNECTIONS).map(|at| (holder(at), Semaphore::new(1))).collect(),
            scan_turns: Semaphore::new(SCAN_CONNECTIONS),
        }
    }

    /// Runs a statement of the store's.
    pub async fn read(&self, statement: &ReadStatement) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        let parameters: Vec<&(dyn ToSql + Sync)> = [&statement.tenant as &(dyn ToSql + Sync)]
            .into_iter()
            .chain(statement.parameters.iter().map(|value| value as &(dyn ToSql + Sync)))
            .collect();
        self.query(&statement.text, &parameters, statement.cost).await
    }

    /// Runs a statement that reads.
    pub async fn query(
        &self,
        text: &Arc<str>,
        parameters: Parameters<'_>,
        cost: Cost,
    ) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
        match cost {
            Cost::Point => {
                let next = self.next.fetch_add(1, Ordering::Relaxed) % POINT_CONNECTIONS;
                point(self.points.get(next).ok_or_else(timed_out)?, text, parameters).await
            }
            Cost::Scan => {
                let turn = timeout(TURN_MAX, self.scan_turns.acquire()).await;
                let _turn = turn.map_err(|_| timed_out())?;
                // Holding one of as many turns as there are connections, so one of them is free.
                let free =
                    self.scans.iter().find_map(|(holder, busy)| Some((holder, busy.try_acquire().ok()?)));
                let (holder, _) = free.as_ref().ok_or_else(timed_out)?;
                attempts(holder, text, parameters, SCAN_MAX).await
            }
        }
    }

    /// Ends all connections.
    pub async fn close(&self) {
        for holder in self.points.iter().chain(self.scans.iter().map(|(holder, _)| holder)) {
            holder.close().await;
        }
    }
}

/// Runs a point read on a connection.
async fn point(
    holder: &ConnectionHolder,
    text: &Arc<str>,
    parameters: Parameters<'_>,
) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
    attempts(holder, text, parameters, POINT_MAX).await
}

async fn attempts(
    holder: &ConnectionHolder,
    text: &Arc<str>,
    parameters: Parameters<'_>,
    patience: Duration,
) -> Result<Vec<tokio_postgres::Row>, PostgresError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        // Not to be had at all is an answer; only what breaks while in use is tried again.
        let connection = timeout(patience, holder.connection()).await.map_err(|_| timed_out())??;
        match timeout(patience, connection.query(text, parameters)).await {
            Ok(Err(PostgresError::Lost(_) | PostgresError::Ended(_)))
                if attempts < ATTEMPTS_MAX && connection.is_closed() => {}
            Ok(Err(PostgresError::Conflict(_))) if attempts < ATTEMPTS_MAX => {}
            Ok(answer) => return answer,
            Err(_) => {
                holder.forget(&connection).await;
                return Err(timed_out());
            }
        }
    }
}
