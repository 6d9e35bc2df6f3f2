//! The newest sequence numbers of tenants' journals, read for many callers at once.
//!
//! Callers who come while a statement is under way wait for the next one, which is sent after they came: its answer is
//! never older than they may be told. So the busier the server, the more callers share a statement.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::connection::{ConnectionConfig, ConnectionHolder};
use super::error::PostgresError;
use super::readers::point;
use super::value::column;
use crate::sql::{journal, session};

/// The largest number of callers in the queue; more wait to get into it.
const WAITING_MAX: usize = 4_096;
/// The largest number of callers that share a statement.
const SHARING_MAX: usize = 512;

/// The callers' end of the queue. The task behind it ends when this is dropped.
pub(super) struct NewestSequences {
    requests: mpsc::Sender<SequenceRequest>,
}

/// The request of one caller.
struct SequenceRequest {
    tenant: Uuid,
    answer: oneshot::Sender<Result<i64, PostgresError>>,
}

impl NewestSequences {
    /// Starts the task that asks. It connects when it is first asked.
    pub fn start(config: &Arc<ConnectionConfig>) -> NewestSequences {
        let (requests, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(answer(ConnectionHolder::new(Arc::clone(config), session::READER_SETTINGS), waiting));
        NewestSequences { requests }
    }

    /// The newest sequence number of a tenant's journal; 0 if it has none.
    pub async fn newest(&self, tenant: Uuid) -> Result<i64, PostgresError> {
        let closed = || PostgresError::Refused("the store is closed".into());
        let (answer, answered) = oneshot::channel();
        self.requests.send(SequenceRequest { tenant, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

async fn answer(holder: ConnectionHolder, mut waiting: mpsc::Receiver<SequenceRequest>) {
    let mut requests = Vec::new();
    while waiting.recv_many(&mut requests, SHARING_MAX).await > 0 {
        let found = ask(&holder, &requests).await;
        for request in requests.drain(..) {
            // A tenant that has never written has no row.
            let newest = found.as_ref().map(|found| found.get(&request.tenant).copied().unwrap_or(0));
            // A reader who has gone away needs no answer.
            let _ = request.answer.send(newest.map_err(Clone::clone));
        }
    }
    holder.close().await;
}

async fn ask(
    holder: &ConnectionHolder,
    requests: &[SequenceRequest],
) -> Result<HashMap<Uuid, i64>, PostgresError> {
    let mut tenants: Vec<Uuid> = requests.iter().map(|request| request.tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let rows = point(holder, journal::NEWEST.postgres(), &[&tenants]).await?;
    rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?))).collect()
}
