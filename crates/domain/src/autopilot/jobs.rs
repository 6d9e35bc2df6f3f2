//! The kinds of jobs that Autopilot's sets have. [`ASSESS`] has the number 4; the next free one is 21.

use engine::handlers::{ClockEvent, JobFamily, JobKind};

use crate::assessment::ASSESS;

/// Registers the devices of the records of an import.
pub(crate) const REGISTER: JobKind = awaited(1, "import", false);
/// Deletes the records of an import that were kept long enough.
pub(crate) const RETIRE: JobKind = awaited(2, "retention", true);
/// Deletes a device whose deletion was accepted.
pub(crate) const DEREGISTER: JobKind = awaited(3, "deletion", true);
/// Advances the assignment status of devices towards the profile that is intended for them.
pub(crate) const ADVANCE: JobKind = awaited(5, "assignment", false);
/// Assesses every device of a tenant again, and ends a sync.
pub(crate) const SYNC: JobKind = JobKind { number: 6, event: None };
/// Refreshes the time of a tenant's last sync: its devices are always reconciled.
pub(crate) const REFRESH: JobKind = JobKind { number: 20, event: None };

/// The family of these kinds.
pub(super) const FAMILY: JobFamily = JobFamily {
    permission: "DeviceManagementServiceConfig.ReadWrite.All",
    kinds: &[REGISTER, RETIRE, DEREGISTER, ASSESS, ADVANCE, SYNC, REFRESH],
};

const fn awaited(number: i16, name: &'static str, ends_entity: bool) -> JobKind {
    JobKind { number, event: Some(ClockEvent { name, ends_entity }) }
}
