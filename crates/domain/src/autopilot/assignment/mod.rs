//! Which profile a device has: assigned to groups and to all devices, decided whenever something changes that it hangs
//! on, and carried through the states that clients wait for.
//!
//! Whatever changes writes a job in the same unit, and the job looks at exactly the devices that are [`Touched`].

mod advance;
mod assess;
mod assignments;
mod candidates;
mod hardware_class;
mod status;
mod targets;
mod touched;
mod why;

pub(super) use advance::Steps;
pub(super) use status::Statuses;
pub(crate) use touched::{Cause, Touched, assessment, looked_at_together};

use std::sync::Arc;

use crate::handlers::{Handlers, Names, StartError};

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let statuses = Arc::new(Statuses::new(names)?);
    assignments::register(names, handlers)?;
    assess::register(names, handlers, statuses.clone())?;
    advance::register(names, handlers, statuses.clone())?;
    why::register(names, handlers, statuses)
}
