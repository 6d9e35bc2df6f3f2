//! A small directory: groups, whose members are added or selected by a rule, and the devices in them.

mod devices;
mod group_slots;
mod groups;
mod member_groups;
mod member_of;
mod members;
mod memberships;
mod objects;
mod physical_id;
mod registration_projection;
pub(crate) mod rule;
mod rule_preview;
pub(crate) mod sets;

pub(crate) use group_slots::GroupSlots;
pub(crate) use objects::{DirectoryObjects, StoredObject};
pub(crate) use physical_id::PhysicalId;

use engine::Handlers;
use engine::handlers::{Names, StartError};

/// Registers the behaviour of the directory's sets.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    devices::register(names, handlers)?;
    groups::register(names, handlers)?;
    members::register(names, handlers)?;
    member_groups::register(names, handlers)?;
    rule_preview::register(names, handlers)?;
    member_of::register(names, handlers)
}
