//! BIOS configuration: `hardwareConfigurations` and what is assigned of them.

mod file_findings;
mod hardware_configurations;

use engine::Handlers;
use engine::generic::ReplaceContained;
use engine::handlers::{Names, StartError};

use crate::MusterSettings;

/// Registers the behaviour of hardware configurations, and the actions on them.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let set = names.set("hardwareConfigurations")?;
    handlers.set(set, hardware_configurations::HardwareConfigurations::new(names, settings.firmware.lint)?);
    let assignments = names.set("hardwareConfigurations/assignments")?;
    for action in ["assign", "assignHardwareConfiguration"] {
        let id = names.operation(action, "hardwareConfiguration")?;
        let replace = ReplaceContained::new(names, id, assignments, "hardwareConfigurationAssignments")?;
        handlers.operation(id, replace);
    }
    Ok(())
}
