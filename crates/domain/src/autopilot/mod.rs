//! Registration: imported identities, device identities, deployment profiles, the settings singleton.

mod assignment;
mod check_in;
mod deployment_profiles;
mod device_actions;
mod device_identities;
mod device_name;
mod device_users;
mod events;
mod holding;
mod identification;
mod import_error;
mod import_record;
mod imported_identities;
mod jobs;
mod ownership;
mod phrase;
mod profile_shapes;
mod registration;
mod remediation;
mod retirement;
mod settings;
mod wait;
mod why_import;

pub(crate) use device_identities::{SET as DEVICES, TYPE as DEVICE_TYPE};
pub use phrase::Phrase;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::Settings;

/// Hooks in what is special.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &Settings,
) -> Result<(), StartError> {
    handlers.jobs(names, &jobs::FAMILY)?;
    imported_identities::register(names, handlers, settings)?;
    registration::register(names, handlers, settings)?;
    retirement::register(names, handlers)?;
    device_identities::register(names, handlers, settings)?;
    device_actions::register(names, handlers)?;
    check_in::register(names, handlers, settings)?;
    deployment_profiles::register(names, handlers, settings)?;
    assignment::register(names, handlers, settings)?;
    settings::register(names, handlers, settings)?;
    why_import::register(names, handlers, settings)?;
    wait::register(names, handlers)
}
