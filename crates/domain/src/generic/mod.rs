//! What holds for every entity set: read, list, count, create, update, delete.

mod canonical;
mod create;
mod delete;
mod expand;
mod links;
mod once;
mod preconditions;
mod present;
mod property;
mod property_update;
mod read;
mod references;
mod related;
mod update;
mod way;

pub(crate) use create::create;
pub(crate) use delete::{delete, delete_at};
pub(crate) use present::{Presenter, entities, row_of};
pub(crate) use property::property;
pub(crate) use property_update::update_property;
pub(crate) use read::{count, get, list};
pub(crate) use references::{reference, references};
pub(crate) use update::{changed, update};
