//! The assignment of profiles to devices, by groups and to all devices: decided whenever something changes that it depends
//! on, and carried through the statuses that clients wait for.
//!
//! A change of a device decides in the same unit. A change of what decides about many writes a job in the same unit, and the
//! job assesses exactly the devices that may be affected.

mod advance;
mod assess;
mod assignments;
mod decisions;
mod hardware_class;
mod profile_assignments;
mod scope;
mod status_advance;
mod statuses;
mod why;

pub(super) use decisions::ProfileDecisions;
pub(super) use status_advance::StatusAdvances;
pub(super) use statuses::AssignmentStatuses;

use std::sync::Arc;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::firmware::ConfiguredDevices;

/// Registers assignments and the jobs that carry them out.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    decisions: &Arc<ProfileDecisions>,
    firmware: &Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    assignments::register(names, handlers)?;
    assess::register(names, handlers, decisions.clone(), firmware.clone())?;
    advance::register(names, handlers, decisions.clone())?;
    why::register(names, handlers, decisions.clone())
}
