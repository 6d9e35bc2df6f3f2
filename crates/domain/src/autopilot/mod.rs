//! Autopilot: imports, registered devices, deployment profiles, their assignment to devices, and the settings.

mod assignment;
mod device_name;
mod devices;
mod imports;
mod jobs;
mod ledger;
mod phrase;
mod profiles;
pub(crate) mod sets;
mod settings;
mod wait;

pub(crate) use devices::{DeviceReport, Enrollment};
pub(crate) use imports::{DeviceRegistration, DeviceRegistry, PresentedDevice};
pub use phrase::Phrase;

use std::sync::Arc;

use assignment::ProfileDecisions;
use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::MusterSettings;
use crate::firmware::ConfiguredDevices;

/// Registers the handlers of Autopilot.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
    enrollment: &Arc<Enrollment>,
    firmware: &Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    handlers.jobs(names, &jobs::FAMILY)?;
    let decisions = Arc::new(ProfileDecisions::new(names, settings)?);
    imports::register(names, handlers, settings)?;
    devices::register(names, handlers, settings, &decisions, enrollment, firmware)?;
    profiles::register(names, handlers, settings)?;
    assignment::register(names, handlers, &decisions, firmware)?;
    settings::register(names, handlers, settings)?;
    wait::register(names, handlers)
}
