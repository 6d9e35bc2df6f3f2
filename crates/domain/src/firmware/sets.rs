//! The names of the sets and types of firmware configurations, as the model has them.

/// The set of configurations.
pub(crate) const CONFIGURATIONS: &str = "hardwareConfigurations";
/// The type of a configuration.
pub(crate) const CONFIGURATION: &str = "hardwareConfiguration";
/// The set of the assignments of a configuration.
pub(super) const ASSIGNMENTS: &str = "hardwareConfigurations/assignments";
/// The type of an assignment of a configuration.
pub(super) const ASSIGNMENT: &str = "hardwareConfigurationAssignment";
/// The set of the states of devices under a configuration.
pub(crate) const DEVICE_STATES: &str = "hardwareConfigurations/deviceRunStates";
/// The type of the state of a device.
pub(super) const DEVICE_STATE: &str = "hardwareConfigurationDeviceState";
/// The set of the states of users under a configuration.
pub(super) const USER_STATES: &str = "hardwareConfigurations/userRunStates";
/// The type of the state of a user.
pub(super) const USER_STATE: &str = "hardwareConfigurationUserState";
/// The set of the summaries of configurations.
pub(super) const RUN_SUMMARY: &str = "hardwareConfigurations/runSummary";
/// The type of a summary.
pub(super) const SUMMARY: &str = "hardwareConfigurationRunSummary";
/// The set of what says how configurations reach their devices.
pub(super) const ROLLOUTS: &str = "hardwareConfigurations/rollout";
/// The type of what says how a configuration reaches its devices.
pub(super) const ROLLOUT: &str = "muster.rollout";
/// The set of what a configuration was.
pub(super) const VERSIONS: &str = "hardwareConfigurations/versions";
/// The type of what a configuration was.
pub(super) const VERSION: &str = "muster.configurationVersion";
