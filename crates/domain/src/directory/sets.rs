//! The names of the directory's sets and types, as the model has them, and the bound of a group.

/// The set of devices as the directory knows them.
pub(crate) const DEVICES: &str = "devices";
/// The type of a device as the directory knows it.
pub(crate) const DEVICE: &str = "device";
/// The set of groups.
pub(crate) const GROUPS: &str = "groups";
/// The type of a group.
pub(crate) const GROUP: &str = "group";
/// The set of the devices that were added to a group.
pub(crate) const MEMBERS: &str = "groups/members";

/// The number of devices that can be added to a group; a rule may select any number.
pub(crate) const ADDED_MEMBERS_MAX: u64 = 10_000;
