//! `auditEvents`: the records of the audit, as Graph shows those of its own.

mod activity;
mod event;
mod functions;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use event::TellEvent;

/// The set and the type of its entities.
const SET: &str = "auditEvents";
const TYPE: &str = "auditEvent";

/// Registers the set and its functions.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    handlers.recorded(names.set(SET)?, TellEvent::new(names)?);
    functions::register(names, handlers, TYPE)
}
