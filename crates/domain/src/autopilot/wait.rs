//! `muster.wait` of imports and of devices: what can be waited for.

use engine::Handlers;
use engine::handlers::{Names, StartError};

use super::sets::{DEVICE, IMPORT, IMPORT_STATE};
use crate::wait::{Wait, WaitParameters, members};

/// Registers the function `wait` of devices and of imports.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let statuses = members(
        names,
        "windowsAutopilotProfileAssignmentStatus",
        &[
            "unknown",
            "assignedInSync",
            "assignedOutOfSync",
            "assignedUnkownSyncState",
            "notAssigned",
            "pending",
            "failed",
        ],
    )?;
    let operations = [names.operation("wait", DEVICE)?, names.operation("wait", IMPORT)?];
    let device = Wait {
        parameters: WaitParameters::new(names, operations[0])?,
        status_path: vec![names.slot(DEVICE, "deploymentProfileAssignmentStatus")?],
        statuses,
        group: ("assigned", "assigned"),
        default_until: "assigned",
        announced_by: None,
    };
    let record = Wait {
        parameters: WaitParameters::new(names, operations[1])?,
        status_path: vec![names.slot(IMPORT, "state")?, names.slot(IMPORT_STATE, "deviceImportStatus")?],
        statuses: members(
            names,
            "importedWindowsAutopilotDeviceIdentityImportStatus",
            &["complete", "error"],
        )?,
        group: ("done", ""),
        default_until: "complete",
        announced_by: None,
    };
    handlers.operation(operations[0], device);
    handlers.operation(operations[1], record);
    Ok(())
}
