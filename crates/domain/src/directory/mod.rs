//! A small directory: groups, by hand or by rule, and the devices in them.

mod devices;
mod groups;
mod members;
pub(crate) mod rule;

pub(crate) use devices::{DirectoryDevices, PhysicalId, directory_key};
pub(crate) use groups::GroupSlots;
pub(crate) use members::ADDED_MAX;

use engine::Handlers;
use engine::handlers::{Names, StartError};

/// Hooks in what is special.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    devices::register(names, handlers)?;
    groups::register(names, handlers)?;
    members::register(names, handlers)
}
