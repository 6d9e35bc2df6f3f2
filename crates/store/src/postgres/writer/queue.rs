//! The queue before the writer, and the task that empties it: batches, retries, a new connection for a lost one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use odata::edm::SetId;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::commit::commit;
use super::outcome::BatchError;
use super::settlement::{Settlement, UnitResult, UnsettledCommit};
use super::tables::WriterTables;
use crate::error::WriteError;
use crate::figures::StoreFigures;
use crate::postgres::connection::Connection;
use crate::postgres::connection_config::ConnectionConfig;
use crate::postgres::connection_holder::ConnectionHolder;
use crate::postgres::error::{PostgresError, timed_out};
use crate::quota::Quotas;
use crate::sql::{PreparedChange, PreparedUnit, SqlSchema, session, transaction};

/// The largest number of units that may wait; beyond it the answer is `Busy`.
const QUEUE_MAX: usize = 4096;
/// The largest number of changes of one transaction; a larger unit has one for itself.
const CHANGES_MAX: usize = 1024;
/// The largest number of bytes of entities of one transaction.
const BYTES_MAX: usize = 8 << 20;
/// The largest number of times that a batch is tried again whose connection turns out lost.
const LOSSES_MAX: u32 = 2;
/// The number of rows inserted into a table after which this writer has the server gather statistics of it. The server
/// itself looks a minute later, and until then takes a tenant for a two-hundredth of the table, so that reads by keys
/// go through all of it.
const ANALYZED_ROWS: usize = 1_000;
/// The longest time that the writing of an ordinary batch may take, and its commit.
const TRY_MAX: Duration = Duration::from_secs(4);
/// The same for a unit that is too large to share a transaction.
const BULK_TRY_MAX: Duration = Duration::from_secs(30);
/// The longest time that an ordinary unit may wait for its batch.
const WAIT_MAX: Duration = Duration::from_secs(4);
/// The same for one of many changes, whose caller has time.
const BULK_WAIT_MAX: Duration = Duration::from_secs(30);
/// The longest time after which the caller of an ordinary unit is answered, whatever becomes of it: waiting, each try and
/// the look at what became of a commit may take their bound one after another.
const ANSWER_MAX: Duration = Duration::from_millis(4_500);
/// The number of changes from which on a unit is one of many.
const BULK_CHANGES_MIN: usize = 64;
/// The longest time for which it is looked what became of a commit whose answer was lost.
const SETTLE_MAX: Duration = Duration::from_secs(5);
/// The wait between two such looks.
const SETTLE_INTERVAL: Duration = Duration::from_millis(100);

/// The callers' end of the queue.
pub(in crate::postgres) struct PostgresWriter {
    queue: Mutex<Option<mpsc::Sender<QueuedUnit>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    figures: Arc<StoreFigures>,
}

/// A unit, and the caller who waits for it.
struct QueuedUnit {
    unit: PreparedUnit,
    answer: oneshot::Sender<UnitResult>,
    /// Until when it may wait for its batch.
    waits_until: Instant,
}

impl PostgresWriter {
    /// Starts the task. It connects when the first unit comes, and ends when this is closed or dropped.
    pub fn start(
        config: Arc<ConnectionConfig>,
        schema: Arc<SqlSchema>,
        quotas: Arc<Quotas>,
    ) -> PostgresWriter {
        let (queue, queued) = mpsc::channel(QUEUE_MAX);
        let holder = ConnectionHolder::new(config, session::WRITER_SETTINGS);
        let tables = WriterTables::new(schema, quotas);
        let figures = Arc::<StoreFigures>::default();
        let figures_of_task = Arc::clone(&figures);
        let task = WriterTask {
            holder,
            tables,
            inserted: HashMap::new(),
            newest: HashMap::new(),
            figures: figures_of_task,
        };
        let task = tokio::spawn(task.run(queued));
        PostgresWriter { queue: Mutex::new(Some(queue)), task: tokio::sync::Mutex::new(Some(task)), figures }
    }

    /// Commits a unit: when this returns its versions, they are durable.
    pub async fn write(&self, unit: PreparedUnit) -> UnitResult {
        if unit.changes.is_empty() {
            return Ok(Vec::new());
        }
        let closed = || WriteError::Unavailable("the store is closed".into());
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        let is_bulk = unit.changes.len() >= BULK_CHANGES_MIN;
        let waits_until = Instant::now() + if is_bulk { BULK_WAIT_MAX } else { WAIT_MAX };
        queue.try_send(QueuedUnit { unit, answer, waits_until }).map_err(|refusal| match refusal {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        if is_bulk {
            return answered.await.map_err(|_| closed())?;
        }
        let late = |_| {
            let reason = timed_out().message().to_owned();
            WriteError::Unavailable(format!("whether the write was committed is unknown: {reason}"))
        };
        timeout(ANSWER_MAX, answered).await.map_err(late)?.map_err(|_| closed())?
    }

    /// What was done since the writer was started.
    pub fn figures(&self) -> &StoreFigures {
        &self.figures
    }

    /// The number of units in the queue.
    pub fn units_waiting(&self) -> usize {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// Commits what waits, then ends.
    pub async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

/// The state of the task.
struct WriterTask {
    holder: ConnectionHolder,
    tables: WriterTables,
    /// The number of rows inserted into each set's table since the task started.
    inserted: HashMap<SetId, usize>,
    /// The last number of each tenant that this writer has committed.
    newest: HashMap<Uuid, i64>,
    figures: Arc<StoreFigures>,
}

impl WriterTask {
    async fn run(mut self, mut queued: mpsc::Receiver<QueuedUnit>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Some(queued_unit) = queued.recv().await else { break };
                waiting.push_back(queued_unit);
            }
            while waiting.len() < CHANGES_MAX
                && let Ok(queued_unit) = queued.try_recv()
            {
                waiting.push_back(queued_unit);
            }
            let (units, answers): (Vec<PreparedUnit>, Vec<_>) = take_batch(&mut waiting).into_iter().unzip();
            if units.is_empty() {
                continue;
            }
            let units: Vec<&PreparedUnit> = units.iter().collect();
            let begin = Instant::now();
            let results = self.write(&units).await;
            self.note(&units, &results, begin.elapsed());
            for (answer, result) in answers.into_iter().zip(results) {
                // Whoever asked may have gone; what was written stays written.
                let _ = answer.send(result);
            }
            self.analyze(&units).await;
        }
    }

    /// Counts a commit. One in which every unit failed counts as failed.
    fn note(&mut self, units: &[&PreparedUnit], results: &[UnitResult], took: Duration) {
        for (unit, result) in units.iter().zip(results) {
            if let Some(last) = result.as_ref().ok().and_then(|numbers| numbers.iter().max()) {
                self.newest.insert(unit.tenant, *last);
            }
        }
        match results.iter().filter(|result| result.is_ok()).count() {
            0 => {
                self.figures.failed_commits.fetch_add(1, Ordering::Relaxed);
            }
            units => {
                self.figures.commit_units.note(units as u64);
                self.figures.commit_micros.note_duration(took);
            }
        }
    }

    /// Has the server gather statistics of tables into which many rows have come. Other writes wait milliseconds for
    /// it.
    async fn analyze(&mut self, units: &[&PreparedUnit]) {
        for change in units.iter().flat_map(|unit| &unit.changes) {
            let PreparedChange::Insert { set, .. } = change else { continue };
            let count = self.inserted.entry(*set).or_default();
            *count += 1;
            if *count != ANALYZED_ROWS {
                continue;
            }
            let Ok(connection) = self.holder.connection().await else { continue };
            let text = session::analyze(self.tables.schema.table(*set));
            if !matches!(timeout(TRY_MAX, connection.run(&text)).await, Ok(Ok(()))) {
                self.holder.forget(&connection).await;
            }
        }
    }

    /// Commits a batch, however often it takes within the bounds.
    async fn write(&self, units: &[&PreparedUnit]) -> Vec<UnitResult> {
        let mut suspects = HashSet::new();
        let (mut conflicts, mut losses) = (self.holder.conflicts(), 0);
        loop {
            // Not to be had at all is an answer, and nothing is done; only what breaks while in use is tried again.
            let connection = match self.holder.connection().await {
                Ok(connection) => connection,
                Err(error) => return refuse(units, &error),
            };
            let error = match self.attempt(&connection, units, &suspects).await {
                Ok(answers) => return answers,
                Err(BatchError::Suspects(more)) => {
                    // The second time something else interferes: then all go one by one, and that ends it.
                    let all = if suspects.is_empty() { more } else { (0..units.len()).collect() };
                    suspects.extend(all);
                    continue;
                }
                Err(BatchError::Unknown(commit)) => match self.settle(&commit, units).await {
                    Some(Settlement::Committed(results)) => return results,
                    Some(Settlement::Undone) if losses < LOSSES_MAX => {
                        losses += 1;
                        continue;
                    }
                    Some(Settlement::Undone) => {
                        return refuse(units, &PostgresError::Lost("the commit was not done".to_owned()));
                    }
                    Some(Settlement::Untraceable) | None => {
                        return refuse(units, &PostgresError::Lost(commit.message));
                    }
                },
                Err(BatchError::Failed(error)) => error,
            };
            match error {
                PostgresError::Conflict(_) if conflicts.wait().await => {}
                PostgresError::Standby(_) if losses < LOSSES_MAX => {
                    losses += 1;
                    self.holder.renew_all();
                }
                PostgresError::Lost(_) | PostgresError::Ended(_)
                    if losses < LOSSES_MAX && connection.is_closed() =>
                {
                    losses += 1
                }
                error => return refuse(units, &error),
            }
        }
    }

    /// Tries once. Whatever fails, the connection is left outside any transaction, or is given up.
    async fn attempt(
        &self,
        connection: &Arc<Connection>,
        units: &[&PreparedUnit],
        suspects: &HashSet<usize>,
    ) -> Result<Vec<UnitResult>, BatchError> {
        let _in_use = connection.in_use();
        let is_bulk = units.iter().map(|unit| unit.changes.len()).sum::<usize>() > CHANGES_MAX;
        let patience = if is_bulk { BULK_TRY_MAX } else { TRY_MAX };
        let stop = match commit(connection, &self.tables, units, suspects, patience).await {
            Ok(answers) => return Ok(answers),
            Err(stop) => stop,
        };
        if !self.undo(connection, &stop).await {
            self.holder.forget(connection).await;
        }
        if matches!(stop, BatchError::Failed(PostgresError::Lost(_))) && !connection.is_closed() {
            // It is silent. Others may be as dead, and whoever waits for them must not wait long.
            self.holder.renew_all();
        }
        Err(stop)
    }

    /// Looks what became of a commit; none if that cannot be told in time.
    async fn settle(&self, commit: &UnsettledCommit, units: &[&PreparedUnit]) -> Option<Settlement> {
        // The server may be another one by now.
        self.holder.renew_all();
        let newest = |tenant| self.newest.get(&tenant).copied().unwrap_or(0);
        let looking = async {
            loop {
                if let Ok(connection) = self.holder.connection().await {
                    match commit.settle(&connection, &self.tables, units, newest).await {
                        Ok(settlement) => return settlement,
                        Err(error) => {
                            tracing::debug!(error = error.message(), "a commit is not settled yet");
                            self.holder.forget(&connection).await;
                        }
                    }
                }
                sleep(SETTLE_INTERVAL).await;
            }
        };
        let settlement = timeout(SETTLE_MAX, looking).await.ok();
        let outcome = match &settlement {
            Some(Settlement::Committed(_)) => "it was committed",
            Some(Settlement::Undone) => "it was not committed",
            Some(Settlement::Untraceable) | None => "it stays unknown whether it was committed",
        };
        tracing::warn!(reason = commit.message, outcome, "a commit was not answered");
        settlement
    }

    async fn undo(&self, connection: &Connection, stop: &BatchError) -> bool {
        match stop {
            BatchError::Unknown(_)
            | BatchError::Failed(
                PostgresError::Lost(_) | PostgresError::Ended(_) | PostgresError::Standby(_),
            ) => false,
            BatchError::Suspects(_) | BatchError::Failed(_) => {
                matches!(timeout(TRY_MAX, connection.run(transaction::ROLLBACK)).await, Ok(Ok(())))
            }
        }
    }
}

/// Takes as many of the units that wait as one transaction may have, at least one. Units whose caller has stopped
/// waiting are passed over, and those that have waited too long are refused.
fn take_batch(waiting: &mut VecDeque<QueuedUnit>) -> Vec<(PreparedUnit, oneshot::Sender<UnitResult>)> {
    let mut batch = Vec::new();
    let (mut changes, mut bytes) = (0, 0);
    while let Some(queued_unit) = waiting.pop_front() {
        if queued_unit.answer.is_closed() {
            continue;
        }
        if queued_unit.waits_until < Instant::now() {
            let _ = queued_unit.answer.send(Err(WriteError::Busy));
            continue;
        }
        changes += queued_unit.unit.changes.len();
        bytes += queued_unit.unit.changes.iter().filter_map(PreparedChange::entity_bytes).sum::<usize>();
        if !batch.is_empty() && (changes > CHANGES_MAX || bytes > BYTES_MAX) {
            waiting.push_front(queued_unit);
            break;
        }
        batch.push((queued_unit.unit, queued_unit.answer));
    }
    batch
}

fn refuse(units: &[&PreparedUnit], error: &PostgresError) -> Vec<UnitResult> {
    units.iter().map(|_| Err(error.clone().into())).collect()
}
