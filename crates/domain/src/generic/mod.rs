//! What holds for every entity set: read, list, count, create, update, delete.

mod create;
mod delete;
mod expand;
mod once;
mod preconditions;
mod present;
mod read;
mod related;
mod update;

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use present::{Presenter, entities, row_of};
pub(crate) use read::{count, get, list};
pub(crate) use update::{changed, update};
