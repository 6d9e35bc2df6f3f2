//! The writes that wait in the queue, and their outcomes.

use odata::date_time::Ticks;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::WriteError;
use crate::jobs::{Job, JobClaim};
use crate::seal::WrappedKey;
use crate::sql::{PreparedChange, PreparedUnit};
use crate::sqlite::resealing::Resealing;

/// A write, and the caller who waits for it.
pub(super) struct QueuedWrite {
    pub request: WriteRequest,
    pub reply: oneshot::Sender<Result<WriteOutcome, WriteError>>,
}

/// The kinds of writes.
pub(super) enum WriteRequest {
    Unit(Box<PreparedUnit>),
    /// A data key of a tenant.
    TenantKey(Uuid, WrappedKey),
    /// Secrets that were sealed anew.
    Reseal(Resealing),
    /// A lease of jobs that are due.
    Claim(JobClaim),
    /// The end of some of a tenant's journal entries from before a time.
    Prune(Uuid, Ticks),
    /// The end of some of what a tenant has beside its entities and its journal.
    Forget(Uuid),
}

/// The result of a write.
#[derive(Debug)]
pub(super) enum WriteOutcome {
    /// The sequence number of each change of a unit.
    Versions(Vec<i64>),
    /// A tenant's key is kept, this or another one; or secrets are.
    Kept,
    /// The jobs that were claimed.
    Jobs(Vec<Job>),
    /// Old entries, or others, were pruned; whether there may be more.
    Pruned(bool),
}

/// The outcome of each write of a group.
pub(super) type WriteOutcomes = Vec<Result<WriteOutcome, WriteError>>;

impl QueuedWrite {
    /// About how many bytes it writes.
    pub fn bytes(&self) -> usize {
        let unit = match &self.request {
            WriteRequest::Unit(unit) => unit,
            WriteRequest::Reseal(resealing) => return resealing.bytes(),
            _ => return 0,
        };
        let sizes = unit.changes.iter().map(|change| match change {
            PreparedChange::Note { encoded, .. } => encoded.len(),
            change => change.entity_bytes().unwrap_or(0),
        });
        sizes.sum()
    }
}
