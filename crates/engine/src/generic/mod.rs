//! What holds for every entity set: read, list, count, create, update, delete.

mod canonical;
mod create;
mod delete;
mod expand;
mod invoke;
mod linking;
mod links;
mod once;
mod present;
mod property;
mod property_path;
mod property_update;
mod read;
mod references;
mod related;
mod replace_contained;
mod results;
mod update;

pub(crate) use create::create;
pub use create::insertion;
pub(crate) use delete::delete;
pub use delete::delete_at;
pub(crate) use invoke::invoke;
pub(crate) use linking::{link, unlink};
pub(crate) use present::Presenter;
pub use present::{entities, row_of};
pub(crate) use property::property;
pub(crate) use property_update::update_property;
pub(crate) use read::{count, get, list};
pub(crate) use references::{reference, references};
pub use replace_contained::ReplaceContained;
pub use results::{boolean, complex_value, complex_values};
pub use update::changed;
pub(crate) use update::update;
