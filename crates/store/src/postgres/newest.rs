//! How far tenants' journals have come, asked for many readers at once.
//!
//! Whoever asks while a question is under way waits for the next one, which is put after they asked: what it answers
//! is never older than they may be told. So the busier the server, the more readers share a question.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::connection::{Lane, Target};
use super::failure::Failure;
use super::readers::{SETTINGS, point};
use super::value::column;

/// How many readers may wait; more wait for a place.
const WAITING_MAX: usize = 4_096;
/// How many readers share a question at most.
const SHARING_MAX: usize = 512;

static NEWEST: LazyLock<Arc<str>> =
    LazyLock::new(|| "select id, sequence from tenant where id = any($1)".into());

/// Where readers ask. The task behind it ends when this is dropped.
pub(super) struct Newest {
    questions: mpsc::Sender<Question>,
}

struct Question {
    tenant: Uuid,
    answer: oneshot::Sender<Result<i64, Failure>>,
}

impl Newest {
    /// Starts the task that asks. It connects when it is first asked.
    pub fn start(target: &Arc<Target>) -> Newest {
        let (questions, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(answer(Lane::new(Arc::clone(target), SETTINGS), waiting));
        Newest { questions }
    }

    /// The newest sequence number of a tenant's journal; 0 if it has none.
    pub async fn newest(&self, tenant: Uuid) -> Result<i64, Failure> {
        let closed = || Failure::Refused("the store is closed".into());
        let (answer, answered) = oneshot::channel();
        self.questions.send(Question { tenant, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

async fn answer(lane: Lane, mut waiting: mpsc::Receiver<Question>) {
    let mut questions = Vec::new();
    while waiting.recv_many(&mut questions, SHARING_MAX).await > 0 {
        let found = ask(&lane, &questions).await;
        for question in questions.drain(..) {
            let newest = found.as_ref().map(|found| found.get(&question.tenant).copied().unwrap_or(0));
            // A reader who has gone away needs no answer.
            let _ = question.answer.send(newest.map_err(Clone::clone));
        }
    }
    lane.close().await;
}

async fn ask(lane: &Lane, questions: &[Question]) -> Result<HashMap<Uuid, i64>, Failure> {
    let mut tenants: Vec<Uuid> = questions.iter().map(|question| question.tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let rows = point(lane, &NEWEST, &[&tenants]).await?;
    rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?))).collect()
}
