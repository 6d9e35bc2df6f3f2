//! Imports: the records of imported devices, their registration, and what came of it.

mod batch;
mod checks;
mod error;
mod identity_slots;
mod import_action;
mod imported_identities;
mod pending_imports;
mod record;
mod registration;
mod retirement;
mod why;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::MusterSettings;

/// Registers the handlers of imports.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    import_action::register(names, handlers, settings)?;
    registration::register(names, handlers, settings)?;
    retirement::register(names, handlers)?;
    why::register(names, handlers, settings)
}
