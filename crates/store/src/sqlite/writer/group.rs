//! The writes that are committed together.

use std::sync::mpsc::Receiver;

use super::queued_write::{QueuedWrite, WriteOutcome, WriteOutcomes};

/// The largest number of writes that are committed together.
pub(super) const GROUP_WRITES_MAX: usize = 512;
/// The largest number of bytes that are committed together, unless one unit alone has more.
const GROUP_BYTES_MAX: usize = 2 << 20;

/// Takes everything that waits, within bounds.
pub(super) fn gather(first: QueuedWrite, queue: &Receiver<QueuedWrite>) -> Vec<QueuedWrite> {
    let mut bytes = first.bytes();
    let mut group = vec![first];
    while group.len() < GROUP_WRITES_MAX
        && bytes < GROUP_BYTES_MAX
        && let Ok(write) = queue.try_recv()
    {
        bytes += write.bytes();
        group.push(write);
    }
    group
}

/// The largest sequence number among the outcomes of a group.
pub(super) fn newest(outcomes: &WriteOutcomes) -> Option<i64> {
    let newest_of = |outcome: &WriteOutcome| match outcome {
        WriteOutcome::Versions(versions) => versions.iter().max().copied(),
        WriteOutcome::Kept | WriteOutcome::Jobs(_) | WriteOutcome::Pruned(_) => None,
    };
    outcomes.iter().flatten().filter_map(newest_of).max()
}
