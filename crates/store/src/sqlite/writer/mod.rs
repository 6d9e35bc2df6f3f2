//! The writer: one thread that commits everything that is waiting in one transaction.
//!
//! A commit costs an fsync, which is milliseconds; an insert costs microseconds. While one group is on its way to
//! the disk the next one gathers, so that the disk decides the size of the groups and no unit waits for company.

mod group;
mod handle;
mod load;
mod log;
mod newest_changes;
mod queued_write;
mod tenant_usage;
#[cfg(test)]
mod tests;
mod thread;

pub(super) use handle::SqliteWriter;
pub(super) use load::{WriterGauges, WriterLoad};
pub(super) use log::{LogBound, WriteAheadLog};
pub(super) use newest_changes::{CommittedChanges, NewestChanges};
pub(super) use tenant_usage::TenantUsage;
pub(super) use thread::WriterThread;
