//! What the configuration of a device says of its password, and what the password makes of the configuration's state.

use check_in::{CheckInRequest, ConfigurationVersion, PasswordStatus, TEXT_BYTES_MAX, is_password_key};
use engine::Error;
use password_rotation::Policy;

use crate::custody::PasswordStep;
use crate::firmware::format::ConfigurationFormat;
use crate::firmware::run_state::RunState;
use crate::firmware::winners::WinningConfiguration;

/// The driver of machines that take Dell's files.
const DELL_DRIVER: &str = "dell-wmi-sysman";

/// Whether a device can take a configuration of this format.
pub(super) fn is_applicable(winner: &WinningConfiguration, request: &CheckInRequest) -> bool {
    let driver = request.firmware.as_ref().map(|firmware| firmware.driver.as_str());
    winner.facts.format == ConfigurationFormat::Dell && driver == Some(DELL_DRIVER)
}

/// What is wanted of the password of a device. A configuration that the device cannot take, or that waits for its ring, says
/// nothing.
pub(super) fn policy(winner: Option<&WinningConfiguration>, request: &CheckInRequest) -> Policy {
    let Some(winner) = winner.filter(|winner| is_applicable(winner, request)) else { return Policy::Unsaid };
    let meant = ConfigurationVersion { id: winner.id.to_string(), version: winner.facts.version };
    if winner.release.waits_for.is_some() && request.applied.as_ref() != Some(&meant) {
        return Policy::Unsaid;
    }
    match winner.facts.per_device_password_disabled {
        true => Policy::Disabled,
        false => Policy::Wanted,
    }
}

/// The state that is recorded of a configuration: it succeeds only if the password is as it says, too.
pub(super) fn recorded(state: RunState, step: Option<&PasswordStep>) -> RunState {
    let Some(step) = step else { return state };
    match state {
        RunState::Success | RunState::Pending if step.failure().is_some() => RunState::Fail,
        RunState::Success if step.is_underway() => RunState::Pending,
        state => state,
    }
}

/// Refuses what a device says of its password, if it cannot be.
pub(super) fn check_status(status: &PasswordStatus) -> Result<(), Error> {
    if !is_password_key(&status.key) {
        let message = "The property 'key' of 'password' is no public key on X25519 in Base64.";
        return Err(Error::bad_request(message).coded(odata::code::INVALID_VALUE).about("key"));
    }
    let reason = status.report.as_ref().and_then(|report| report.reason.as_deref()).unwrap_or_default();
    if reason.len() > TEXT_BYTES_MAX {
        let message = format!("The reason of a report has at most {TEXT_BYTES_MAX} bytes.");
        return Err(Error::bad_request(message).coded(odata::code::LONG_VALUE).about("reason"));
    }
    Ok(())
}
