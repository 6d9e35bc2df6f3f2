//! Registered devices: their identities, the actions on them, and what they report of themselves.

mod actions;
mod check_in;
mod enrollment;
mod events;
mod identities;
mod remediation;
mod timeline;
mod users;

pub(crate) use enrollment::{DeviceReport, Enrollment};
pub(super) use remediation::{DeviceToRemedy, Remediation};

use std::sync::Arc;

use engine::Handlers;
use engine::handlers::{Names, StartError};

use crate::MusterSettings;
use crate::autopilot::assignment::ProfileDecisions;
use crate::firmware::ConfiguredDevices;

/// Registers the handlers of device identities.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
    decisions: &Arc<ProfileDecisions>,
    enrollment: &Arc<Enrollment>,
    firmware: &Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    identities::register(names, handlers, settings, decisions, firmware)?;
    actions::register(names, handlers)?;
    timeline::register(names, handlers)?;
    check_in::register(names, handlers, enrollment)
}
