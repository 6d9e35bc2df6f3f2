//! Registration: imported identities, device identities, deployment profiles, the settings singleton.

mod assignment;
mod bulk;
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
mod ownership;
mod profile_shapes;
mod registration;
mod remediation;
mod retirement;
mod settings;
mod wait;
mod why_import;

pub(crate) use assignment::{Cause, Touched, assessment, looked_at_together};
pub(crate) use bulk::DeviceChanges;
pub use bulk::{BULK_LINES, Bulk, BulkOutcome};
pub(crate) use wait::patience;

use crate::handlers::{Handlers, Names, StartError};

/// Hooks in what is special.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    imported_identities::register(names, handlers)?;
    registration::register(names, handlers)?;
    retirement::register(names, handlers)?;
    device_identities::register(names, handlers)?;
    device_actions::register(names, handlers)?;
    check_in::register(names, handlers)?;
    deployment_profiles::register(names, handlers)?;
    assignment::register(names, handlers)?;
    settings::register(names, handlers)?;
    why_import::register(names, handlers)?;
    wait::register(names, handlers)
}
