//! Reading: a few connections that all point reads share by pipelining, and a few more, each for one scan at a time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::{Connection, Parameters};
use super::connection_config::ConnectionConfig;
use super::connection_holder::ConnectionHolder;
use super::error::{PostgresError, timed_out};
use crate::sql::{Cost, ReadStatement, session};

/// The number of connections that point reads share. Measured on two cores with 32 and 128 readers: 95,000 reads a
/// second pipelined, half of that when each read had a connection to itself; more than two connections gain nothing
/// there.
const POINT_CONNECTIONS: usize = 4;
/// The number of connections for scans, one at a time each, so that no point read waits behind a scan.
const SCAN_CONNECTIONS: usize = 4;
/// The longest time that a point read may take, the connecting and further tries included.
const POINT_MAX: Duration = Duration::from_secs(4);
/// The longest time that a scan may take once it is its turn: it is at work all that time, since the server gives up what
/// waits for a lock, and a network that is cut shows sooner.
const SCAN_MAX: Duration = Duration::from_secs(30);
/// The time without an answer after which it is asked whether the server still answers others.
const SILENT_MAX: Duration = Duration::from_secs(2);
/// The longest time that the answer to that may take.
const PROBE_MAX: Duration = Duration::from_millis(1_500);
/// The longest time that a scan may wait for its turn.
const TURN_MAX: Duration = Duration::from_secs(4);
/// The largest number of scans that may wait for their turn.
const SCANS_WAITING_MAX: usize = 256;
/// The largest number of times that a read is tried again whose connection turns out lost.
const LOSSES_MAX: u32 = 2;

/// The connections that read.
pub(super) struct PostgresReaders {
    config: Arc<ConnectionConfig>,
    points: Vec<ConnectionHolder>,
    next: AtomicUsize,
    scans: Vec<(ConnectionHolder, Semaphore)>,
    scan_turns: Semaphore,
    scan_waits: Semaphore,
}

impl PostgresReaders {
    /// The holders of all connections, none of them connected yet.
    pub fn new(config: &Arc<ConnectionConfig>) -> PostgresReaders {
        let holder = |_| ConnectionHolder::new(Arc::clone(config), session::READER_SETTINGS);
        PostgresReaders {
            config: Arc::clone(config),
            points: (0..POINT_CONNECTIONS).map(holder).collect(),
            next: AtomicUsize::new(0),
            scans: (0..SCAN_CONNECTIONS).map(|at| (holder(at), Semaphore::new(1))).collect(),
            scan_turns: Semaphore::new(SCAN_CONNECTIONS),
            scan_waits: Semaphore::new(SCANS_WAITING_MAX),
        }
    }

    /// Runs a statement of the store's.
    pub async fn read(&self, statement: &ReadStatement) -> Result<Vec<Row>, PostgresError> {
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
    ) -> Result<Vec<Row>, PostgresError> {
        match cost {
            Cost::Point => {
                let next = self.next.fetch_add(1, Ordering::Relaxed) % POINT_CONNECTIONS;
                let holder = self.points.get(next).ok_or_else(timed_out)?;
                self.attempts(holder, text, parameters, cost).await
            }
            Cost::Scan => {
                let _turn = self.turn().await?;
                // Holding one of as many turns as there are connections, so one of them is free.
                let free =
                    self.scans.iter().find_map(|(holder, busy)| Some((holder, busy.try_acquire().ok()?)));
                let (holder, _) = free.as_ref().ok_or_else(timed_out)?;
                self.attempts(holder, text, parameters, cost).await
            }
        }
    }

    /// The turn of a scan. Both how many wait for one and for how long is bounded.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, PostgresError> {
        if let Ok(turn) = self.scan_turns.try_acquire() {
            return Ok(turn);
        }
        let busy = || PostgresError::Ended("too many reads are waiting".to_owned());
        let _place = self.scan_waits.try_acquire().map_err(|_| busy())?;
        let _wait = self.config.figures.wait();
        let turn = timeout(TURN_MAX, self.scan_turns.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or_else(busy)
    }

    /// Runs a statement on a connection, again on another one if that turns out lost, and again if a SERIALIZABLE database
    /// undoes it.
    async fn attempts(
        &self,
        holder: &ConnectionHolder,
        text: &Arc<str>,
        parameters: Parameters<'_>,
        cost: Cost,
    ) -> Result<Vec<Row>, PostgresError> {
        let begin = Instant::now();
        let (connected_by, answered_by) = match cost {
            Cost::Point => (begin + POINT_MAX, begin + POINT_MAX),
            Cost::Scan => (begin + POINT_MAX, begin + SCAN_MAX),
        };
        let (mut conflicts, mut losses) = (holder.conflicts(), 0);
        loop {
            // Not to be had at all is an answer; only what breaks while in use is tried again.
            let connection =
                timeout_at(connected_by, holder.connection()).await.map_err(|_| timed_out())??;
            let in_use = connection.in_use();
            let answer = match cost {
                Cost::Point => timeout_at(answered_by, connection.query(text, parameters)).await.ok(),
                Cost::Scan => {
                    let answer = timeout_at(answered_by, connection.query_bounded(text, parameters));
                    self.unless_dead(&connection, answer).await
                }
            };
            drop(in_use);
            match answer {
                Some(Err(PostgresError::Standby(_))) if losses < LOSSES_MAX => {
                    losses += 1;
                    self.config.renew_all();
                }
                Some(Err(PostgresError::Lost(_) | PostgresError::Ended(_)))
                    if losses < LOSSES_MAX && connection.is_closed() =>
                {
                    losses += 1;
                }
                Some(Err(PostgresError::Conflict(_))) if conflicts.wait().await => {}
                Some(answer) => return answer,
                None => {
                    holder.forget(&connection).await;
                    if matches!(cost, Cost::Point) {
                        // Other connections may be as dead, and whoever waits for them must not wait long.
                        self.config.renew_all();
                    }
                    return Err(timed_out());
                }
            }
        }
    }

    /// Waits for the answer to a scan while its connection may be alive: a server behind a proxy can fall silent without its
    /// connections' showing it, so others are asked now and then. None if there will be no answer.
    async fn unless_dead<T, E>(
        &self,
        connection: &Connection,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Option<T> {
        let mut answer = pin!(answer);
        loop {
            if let Ok(answer) = timeout(SILENT_MAX, &mut answer).await {
                return answer.ok();
            }
            if connection.is_superseded() || !self.answers().await {
                return None;
            }
        }
    }

    /// Whether the server answers another connection soon.
    async fn answers(&self) -> bool {
        let next = self.next.fetch_add(1, Ordering::Relaxed) % POINT_CONNECTIONS;
        let Some(holder) = self.points.get(next) else { return false };
        let asking = async { holder.connection().await?.query(session::PING.postgres(), &[]).await };
        matches!(timeout(PROBE_MAX, asking).await, Ok(Ok(_)))
    }

    /// Ends all connections.
    pub async fn close(&self) {
        for holder in self.points.iter().chain(self.scans.iter().map(|(holder, _)| holder)) {
            holder.close().await;
        }
    }
}
