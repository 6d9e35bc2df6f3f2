//! The queue before the writer, and the task that empties it: batches, retries, a new connection for a lost one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use odata::edm::SetId;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{Answer, Stop, Tables, commit};
use crate::WriteError;
use crate::layout::Layout;
use crate::postgres::connection::{Connection, Lane, Target};
use crate::postgres::failure::{Failure, timed_out};
use crate::sql::dialect::quoted;
use crate::sql::{PreparedChange, PreparedUnit};

/// How many units may wait; beyond it the answer is `Busy`.
const QUEUE_MAX: usize = 4096;
/// How many changes one transaction takes; a larger unit has one for itself.
const CHANGES_MAX: usize = 1024;
/// How many bytes of documents one transaction takes.
const BYTES_MAX: usize = 8 << 20;
/// How often a batch is tried that the database undoes in favour of others.
const CONFLICTS_MAX: u32 = 10;
/// How often a batch is tried whose connection turns out lost.
const LOSSES_MAX: u32 = 2;
/// The longest wait before the next try; the first is a hundredth of it, each further one twice the last.
const BACKOFF_MAX: Duration = Duration::from_millis(300);
/// How many rows this writer has inserted into a table when it has the server look at it. The server itself looks a minute
/// later, and until then takes a tenant for a two-hundredth of the table, so that reads by keys go through all of it.
const ANALYZED_ROWS: usize = 1_000;
/// How long one try may take.
const TRY_MAX: Duration = Duration::from_secs(20);
/// The server frees the locks of a writer that has gone silent; a commit waits for the disk even where that is not the
/// default; and statements of many rows go by the whole of each key even before the tables' statistics are known: where
/// pages cost nothing, the fewest rows win. By the tenant alone each row would cost a look at all of the tenant's.
const SETTINGS: &[&str] = &[
    "set statement_timeout = '15s'",
    "set lock_timeout = '5s'",
    "set idle_in_transaction_session_timeout = '15s'",
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
    "set enable_seqscan = off",
    "set random_page_cost = 0",
    "set seq_page_cost = 0",
];

/// The writer's end that callers hold.
pub(in crate::postgres) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

struct Job {
    unit: PreparedUnit,
    answer: oneshot::Sender<Answer>,
}

impl Writer {
    /// Starts the task. It connects when the first unit comes, and ends when this is closed or dropped.
    pub fn start(target: Arc<Target>, layout: Arc<Layout>) -> Writer {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let lane = Lane::new(target, SETTINGS);
        let task = Task { lane, tables: Tables::new(layout), inserted: HashMap::new() };
        let task = tokio::spawn(task.run(jobs));
        Writer { queue: Mutex::new(Some(queue)), task: tokio::sync::Mutex::new(Some(task)) }
    }

    /// Commits a unit: when this returns its versions, they are durable.
    pub async fn write(&self, unit: PreparedUnit) -> Answer {
        if unit.changes.is_empty() {
            return Ok(Vec::new());
        }
        let closed = || WriteError::Unavailable("the store is closed".into());
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)?;
        queue.try_send(Job { unit, answer }).map_err(|refusal| match refusal {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        answered.await.map_err(|_| closed())?
    }

    /// Commits what waits, then ends.
    pub async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

struct Task {
    lane: Lane,
    tables: Tables,
    /// How many rows were inserted since the task started.
    inserted: HashMap<SetId, usize>,
}

impl Task {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Some(job) = jobs.recv().await else { break };
                waiting.push_back(job);
            }
            while waiting.len() < CHANGES_MAX
                && let Ok(job) = jobs.try_recv()
            {
                waiting.push_back(job);
            }
            let (units, answers): (Vec<PreparedUnit>, Vec<_>) = take_batch(&mut waiting).into_iter().unzip();
            if units.is_empty() {
                continue;
            }
            let units: Vec<&PreparedUnit> = units.iter().collect();
            for (answer, result) in answers.into_iter().zip(self.write(&units).await) {
                // Whoever asked may have gone; what was written stays written.
                let _ = answer.send(result);
            }
            self.analyze(&units).await;
        }
    }

    /// Has the server look at tables into which many rows have come. Whoever waits to write waits milliseconds for it.
    async fn analyze(&mut self, units: &[&PreparedUnit]) {
        for change in units.iter().flat_map(|unit| &unit.changes) {
            let PreparedChange::Insert { set, .. } = change else { continue };
            let count = self.inserted.entry(*set).or_default();
            *count += 1;
            if *count != ANALYZED_ROWS {
                continue;
            }
            let Ok(connection) = self.lane.connection().await else { continue };
            let text = format!("analyze {}", quoted(&self.tables.layout.table(*set).name));
            if !matches!(timeout(TRY_MAX, connection.run(&text)).await, Ok(Ok(()))) {
                self.lane.forget(&connection).await;
            }
        }
    }

    /// Commits a batch, however often it takes within the bounds.
    async fn write(&self, units: &[&PreparedUnit]) -> Vec<Answer> {
        let mut suspects = HashSet::new();
        let (mut conflicts, mut losses) = (0, 0);
        loop {
            // Not to be had at all is an answer; only what breaks while in use is tried again.
            let connection = match self.lane.connection().await {
                Ok(connection) => connection,
                Err(failure) => return refuse(units, &failure),
            };
            let failure = match self.attempt(&connection, units, &suspects).await {
                Ok(answers) => return answers,
                Err(Stop::Suspects(more)) => {
                    // The second time something else interferes: then all go one by one, and that ends it.
                    let all = if suspects.is_empty() { more } else { (0..units.len()).collect() };
                    suspects.extend(all);
                    continue;
                }
                Err(Stop::Unknown(message)) => return refuse(units, &Failure::Lost(message)),
                Err(Stop::Failed(failure)) => failure,
            };
            match failure {
                Failure::Conflict(_) if conflicts < CONFLICTS_MAX => {
                    conflicts += 1;
                    sleep(backoff(conflicts)).await;
                }
                Failure::Lost(_) | Failure::Ended(_) if losses < LOSSES_MAX && connection.is_closed() => {
                    losses += 1
                }
                failure => return refuse(units, &failure),
            }
        }
    }

    /// Tries once. Whatever fails, the connection is left outside any transaction, or is given up.
    async fn attempt(
        &self,
        connection: &Arc<Connection>,
        units: &[&PreparedUnit],
        suspects: &HashSet<usize>,
    ) -> Result<Vec<Answer>, Stop> {
        let stop = match timeout(TRY_MAX, commit(connection, &self.tables, units, suspects)).await {
            Ok(Ok(answers)) => return Ok(answers),
            Ok(Err(stop)) => stop,
            // It may have been in the middle of the commit.
            Err(_) => Stop::Unknown(timed_out().message().to_owned()),
        };
        if !self.undo(connection, &stop).await {
            self.lane.forget(connection).await;
        }
        Err(stop)
    }

    async fn undo(&self, connection: &Connection, stop: &Stop) -> bool {
        match stop {
            Stop::Unknown(_) | Stop::Failed(Failure::Lost(_) | Failure::Ended(_)) => false,
            Stop::Suspects(_) | Stop::Failed(_) => {
                matches!(timeout(TRY_MAX, connection.run("rollback")).await, Ok(Ok(())))
            }
        }
    }
}

/// As many of those that wait as one transaction takes, at least one. Who has stopped waiting is passed over.
fn take_batch(waiting: &mut VecDeque<Job>) -> Vec<(PreparedUnit, oneshot::Sender<Answer>)> {
    let mut batch = Vec::new();
    let (mut changes, mut bytes) = (0, 0);
    while let Some(job) = waiting.pop_front() {
        if job.answer.is_closed() {
            continue;
        }
        changes += job.unit.changes.len();
        bytes += job.unit.changes.iter().map(size).sum::<usize>();
        if !batch.is_empty() && (changes > CHANGES_MAX || bytes > BYTES_MAX) {
            waiting.push_front(job);
            break;
        }
        batch.push((job.unit, job.answer));
    }
    batch
}

fn size(change: &PreparedChange) -> usize {
    match change {
        PreparedChange::Insert { document, .. } | PreparedChange::Update { document, .. } => document.len(),
        PreparedChange::Delete { .. }
        | PreparedChange::Note { .. }
        | PreparedChange::Unchanged { .. }
        | PreparedChange::Beside(_) => 0,
    }
}

fn refuse(units: &[&PreparedUnit], failure: &Failure) -> Vec<Answer> {
    units.iter().map(|_| Err(failure.clone().into())).collect()
}

/// How long to wait before try number `tries` + 1: between half and all of a doubling span, so that those who collided
/// do not collide again.
fn backoff(tries: u32) -> Duration {
    let span = (BACKOFF_MAX / 100 * 2_u32.saturating_pow(tries - 1)).min(BACKOFF_MAX);
    let [dice, ..] = *Uuid::new_v4().as_bytes();
    span / 2 + span / 2 * u32::from(dice) / 255
}
