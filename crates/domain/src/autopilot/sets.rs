//! The names of Autopilot's sets and types, as the model has them.

/// The set of registered devices.
pub(crate) const DEVICES: &str = "windowsAutopilotDeviceIdentities";
/// The type of a registered device.
pub(crate) const DEVICE: &str = "windowsAutopilotDeviceIdentity";
/// The agents of registered devices.
pub(crate) const AGENTS: &str = "windowsAutopilotDeviceIdentities/musterAgent";
/// The type of an agent.
pub(crate) const AGENT: &str = "muster.deviceAgent";
/// The set of the records of imports.
pub(super) const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
/// The type of the record of an import.
pub(super) const IMPORT: &str = "importedWindowsAutopilotDeviceIdentity";
/// The type of the state of an import.
pub(super) const IMPORT_STATE: &str = "importedWindowsAutopilotDeviceIdentityState";
/// The set of deployment profiles.
pub(super) const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
/// The type of a deployment profile.
pub(super) const PROFILE: &str = "windowsAutopilotDeploymentProfile";
/// The type of a deployment profile for devices that join Active Directory as well.
pub(super) const HYBRID_PROFILE: &str = "activeDirectoryWindowsAutopilotDeploymentProfile";
/// The set of the assignments of a deployment profile.
pub(super) const ASSIGNMENTS: &str = "windowsAutopilotDeploymentProfiles/assignments";
/// The type of an assignment of a deployment profile.
pub(super) const ASSIGNMENT: &str = "windowsAutopilotDeploymentProfileAssignment";
