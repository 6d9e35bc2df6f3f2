//! The kinds of jobs of the vault. Numbers from 30 on are its own; the next free one is 33.

use engine::handlers::{JobFamily, JobKind};

/// Deletes a record of passwords for good that was deleted long enough ago.
pub(super) const PURGE: JobKind = JobKind { number: 31, event: None };

/// Has the devices of records set new passwords. The job's content is a list of keys of records.
pub(super) const ROTATE: JobKind = JobKind { number: 32, event: None };

/// The family of these kinds.
pub(super) const FAMILY: JobFamily =
    JobFamily { permission: "DeviceManagementConfiguration.ReadWrite.All", kinds: &[PURGE, ROTATE] };
