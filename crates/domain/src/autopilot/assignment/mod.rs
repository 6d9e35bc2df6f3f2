//! Which profile a device has: assigned to groups and to all devices, decided whenever something changes that it hangs
//! on, and carried through the states that clients wait for.
//!
//! Whatever changes writes a job in the same unit, and the job looks at exactly the devices that are touched.

mod advance;
mod assess;
mod assignments;
mod hardware_class;
mod statuses;
mod targets;
mod tenant_assignments;
mod why;

pub(super) use advance::Steps;
pub(super) use statuses::Statuses;

use std::sync::Arc;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::Settings;

/// Hooks in what is special.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &Settings,
) -> Result<(), StartError> {
    let statuses = Arc::new(Statuses::new(names, settings)?);
    assignments::register(names, handlers)?;
    assess::register(names, handlers, statuses.clone())?;
    advance::register(names, handlers, statuses.clone())?;
    why::register(names, handlers, statuses)
}
