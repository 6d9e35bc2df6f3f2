//! The assignment of profiles to devices, by groups and to all devices: decided whenever something changes that it depends
//! on, and carried through the statuses that clients wait for.
//!
//! Each such change writes a job in the same unit, and the job assesses exactly the devices that may be affected.

mod advance;
mod assess;
mod assignments;
mod hardware_class;
mod refreshed_tenants;
mod scope;
mod sources;
mod status_advance;
mod statuses;
mod targets;
mod tenant_assignments;
mod why;

pub(super) use status_advance::StatusAdvances;
pub(super) use statuses::AssignmentStatuses;

use std::sync::Arc;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::MusterSettings;

/// Registers assignments and the jobs that carry them out.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let statuses = Arc::new(AssignmentStatuses::new(names, settings)?);
    assignments::register(names, handlers)?;
    assess::register(names, handlers, statuses.clone())?;
    advance::register(names, handlers, statuses.clone())?;
    why::register(names, handlers, statuses)
}
