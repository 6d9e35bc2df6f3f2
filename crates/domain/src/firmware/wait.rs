//! `muster.wait` of the state of a device: it may be waited for before the device has reported.

use engine::Handlers;
use engine::handlers::{Names, StartError};

use super::run_state::RunState;
use super::sets::DEVICE_STATE;
use crate::autopilot::sets::DEVICES;
use crate::wait::{Wait, WaitParameters, members};

/// Registers the function `wait` of the states of devices.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let operation = names.operation("wait", DEVICE_STATE)?;
    let wait = Wait {
        parameters: WaitParameters::new(names, operation)?,
        status_path: vec![names.slot(DEVICE_STATE, "configurationState")?],
        statuses: members(names, "runState", &RunState::ALL.map(RunState::name))?,
        group: ("reported", ""),
        default_until: "success",
        announced_by: Some(names.set(DEVICES)?),
    };
    handlers.operation(operation, wait);
    Ok(())
}
