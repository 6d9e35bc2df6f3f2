//! The kinds of jobs that Autopilot's sets have.

use engine::handlers::{ClockEvent, JobFamily, JobKind};

use crate::assessment::ASSESS;

/// Registers the device of an import's record.
pub(crate) const REGISTER: JobKind = awaited(1, "import", false);
/// Deletes an import's record that was kept long enough.
pub(crate) const RETIRE: JobKind = awaited(2, "retention", true);
/// Deletes a device whose deletion was accepted.
pub(crate) const DEREGISTER: JobKind = awaited(3, "deletion", true);
/// Takes devices a step further towards the profile that was decided for them.
pub(crate) const ADVANCE: JobKind = awaited(5, "assignment", false);
/// Looks at every device of a tenant again.
pub(crate) const SYNC: JobKind = JobKind { number: 6, event: None };
/// Says now and then that a tenant's devices are reconciled, which they always are.
pub(crate) const REFRESH: JobKind = JobKind { number: 20, event: None };

/// The content of the job that registers a record whose hash stands earlier in the same import.
pub(super) const DUPLICATE: &[u8] = b"duplicate";

/// The family of these kinds.
pub(super) const FAMILY: JobFamily = JobFamily {
    permission: "DeviceManagementServiceConfig.ReadWrite.All",
    kinds: &[REGISTER, RETIRE, DEREGISTER, ASSESS, ADVANCE, SYNC, REFRESH],
};

const fn awaited(number: i16, name: &'static str, ends_entity: bool) -> JobKind {
    JobKind { number, event: Some(ClockEvent { name, ends_entity }) }
}
