//! BIOS configuration: `hardwareConfigurations` and what is assigned of them.

mod hardware_configurations;

use crate::handlers::{Handlers, Names, StartError};
use crate::operations::ReplaceAssignments;

/// Hooks in what is special.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let set = names.set("hardwareConfigurations")?;
    handlers.set(set, hardware_configurations::HardwareConfigurations::new(names)?);
    let assignments = names.set("hardwareConfigurations/assignments")?;
    for action in ["assign", "assignHardwareConfiguration"] {
        let id = names.operation(action, "hardwareConfiguration")?;
        handlers.operation(id, ReplaceAssignments { set: assignments });
    }
    Ok(())
}
