//! Imports: the records of imported devices, their registration, and what came of it.

mod call_keys;
mod checks;
mod decision;
mod error;
mod hash_records;
mod identity_slots;
mod import_action;
mod imported_identities;
mod record;
mod registrar;
mod registration;
mod registry;
mod retirement;
mod why;

pub(crate) use registry::{DeviceRegistration, DeviceRegistry, PresentedDevice};

use std::sync::Arc;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use self::registrar::Registrar;
use crate::MusterSettings;

/// Registers the handlers of imports.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let registrar = Arc::new(Registrar::new(names, settings)?);
    import_action::register(names, handlers, settings, registrar.clone())?;
    registration::register(handlers, registrar.clone());
    retirement::register(handlers, registrar);
    hash_records::register(names, handlers, settings)?;
    why::register(names, handlers, settings)
}
