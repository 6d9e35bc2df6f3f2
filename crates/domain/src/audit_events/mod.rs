//! `auditEvents`: the records of the audit, as Graph shows those of its own.

mod activity;
mod event;
mod functions;
mod verify;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use event::{TYPE, TellEvent};

/// The path of the set below the root.
const SET: &str = "auditEvents";

/// Registers the set and its functions.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    handlers.recorded(names.set(SET)?, TellEvent::new(names)?);
    functions::register(names, handlers, TYPE)?;
    verify::register(names, handlers, TYPE)
}
