//! The writes that wait in the queue, and their outcomes.

use odata::date_time::Ticks;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::WriteError;
use crate::jobs::{Job, JobClaim};
use crate::seal::WrappedKey;
use crate::sql::{PreparedChange, PreparedUnit};

/// A write, and the caller who waits for it.
pub(super) struct QueuedWrite {
    pub request: WriteRequest,
    pub reply: oneshot::Sender<Result<WriteOutcome, WriteError>>,
}

/// The kinds of writes.
pub(super) enum WriteRequest {
    Unit(Box<PreparedUnit>),
    /// A data key of a tenant that has none yet.
    TenantKey(Uuid, WrappedKey),
    /// A lease of jobs that are due.
    Claim(JobClaim),
    /// The end of some of a tenant's journal entries from before a time.
    Prune(Uuid, Ticks),
}

/// The result of a write.
#[derive(Debug)]
pub(super) enum WriteOutcome {
    /// The sequence number of each change of a unit.
    Versions(Vec<i64>),
    /// A tenant's key is kept, this or another one.
    TenantKey,
    /// The jobs that were claimed.
    Jobs(Vec<Job>),
    /// Old entries were pruned; whether there may be more.
    Pruned(bool),
}

/// The outcome of each write of a group.
pub(super) type WriteOutcomes = Vec<Result<WriteOutcome, WriteError>>;

impl QueuedWrite {
    /// About how many bytes it writes.
    pub fn bytes(&self) -> usize {
        let WriteRequest::Unit(unit) = &self.request else { return 0 };
        let sizes = unit.changes.iter().map(|change| match change {
            PreparedChange::Insert { state, .. } | PreparedChange::Update { state, .. } => state.bytes(),
            PreparedChange::Delete { .. }
            | PreparedChange::Unchanged { .. }
            | PreparedChange::SideWrite(_) => 0,
            PreparedChange::Note { encoded, .. } => encoded.len(),
        });
        sizes.sum()
    }
}
