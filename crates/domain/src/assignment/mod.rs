//! Assignments: which of a tenant's profiles or configurations reach a device, by groups, by all devices or by its user, and
//! which of them wins. What is read is kept in memory.

mod group_sources;
mod kept;
mod reach;
mod sources;
mod target_changes;
mod targets;

pub(crate) use group_sources::GroupSources;
pub(crate) use kept::{KeptAssignments, ReadAssignments};
pub(crate) use reach::{AddedMembers, Assigned, AssignedDevice, Reach, TenantAssignments};
pub(crate) use sources::{AssignedKind, AssignmentSources};
pub(crate) use target_changes::TargetChanges;
pub(crate) use targets::{AssignmentTarget, TargetSlots};
