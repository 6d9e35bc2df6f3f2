//! Reads the model from CSDL XML: all files merged, every name resolved, every slip an error.

mod annotations;
mod container;
mod element;
mod error;
mod grammar;
mod hierarchy;
mod loader;
mod names;
mod operations;
mod restrictions;
mod schema;
mod structured_types;
#[cfg(test)]
mod tests;
mod visibility;

pub use error::CsdlError;
use loader::Loader;

use crate::edm::Model;

/// Reads a model from CSDL XML 4.01 documents, given as file name and text.
///
/// All schemas of all files are merged, in the order given: ids follow it, so that the same files always make the
/// same model. Names are resolved across files; `Alias` attributes of `<Schema>` and `<edmx:Include>` count
/// within their own file. There is exactly one entity container.
///
/// # Versions
///
/// A file whose name starts with `v1.0` declares nothing. It is plain CSDL without annotations that *names* what
/// `/v1.0` shows of the rest: types, properties, navigation properties, enumeration members, operations (found by
/// name and binding type) with their parameters, and the container's sets and singletons. What it says about them
/// has to agree with the declaration, and what it shows must not need anything that it does not show. An inherited
/// property is named on the type that declares it.
///
/// # Annotations
///
/// | term | on | meaning |
/// |---|---|---|
/// | `Core.Computed`, `Core.Immutable` | property | who may set it, and when |
/// | `Core.Description` | type, property, navigation property, operation | for the generated documentation |
/// | `Capabilities.{Read,Insert,Update,Delete}Restrictions` | navigation property, set, singleton | that the operation
/// exists there, and the permissions for it |
/// | `Capabilities.OperationRestrictions` | action, function | the permissions for it; mandatory |
/// | `muster.Secret`, `muster.Indexed`, `muster.Caseless`, `muster.Unique` | property (`Secret`: parameter too) | see
/// [`crate::edm::Property`] |
/// | `muster.Hidden` | property | stored, and shown by no version |
/// | `muster.NotImplemented` | navigation property, action, function | requests through it answer 501 |
/// | `muster.Permissions` with a qualifier | container | names a set of permissions |
///
/// A restriction's `Permissions` are written out as a collection of `Capabilities.PermissionType` records, or refer
/// to a named set: `Path="/namespace.Container/@muster.Permissions#Qualifier"`. If there is a set named `All`, it
/// holds every permission there is, and a scope that is not in it is an error.
///
/// # Sets
///
/// The container's sets and singletons come first, then a set for each contained navigation property that can be
/// reached from them. References, and collections with a `Partner` (the inverse of a reference; they make no set),
/// get theirs from a `NavigationPropertyBinding` of the container.
///
/// # Errors
///
/// Anything that is not exactly understood: unknown elements and attributes, unknown or doubly declared names,
/// types that do not fit, default values that do not parse, keys other than one string property `id`, terms where
/// they do not apply, references without binding. The first mistake is reported.
pub fn read(files: &[(&str, &str)]) -> Result<Model, CsdlError> {
    let roots = files.iter().map(|(name, text)| element::parse(name, text)).collect::<Result<Vec<_>, _>>()?;
    let mut full = Vec::new();
    let mut subsets = Vec::new();
    for ((name, _), root) in files.iter().zip(&roots) {
        let schemas = if is_visibility_subset(name) { &mut subsets } else { &mut full };
        schema::schemas(root, schemas)?;
    }
    let mut loader = Loader::new(&full);
    loader.read_terms()?;
    loader.read_types()?;
    loader.resolve_hierarchies()?;
    loader.read_operations()?;
    let container = loader.find_container(files)?;
    loader.read_named_permissions(container)?;
    loader.read_restrictions()?;
    let shown = loader.mark_visible(&subsets, container)?;
    loader.read_sets(container, &shown)?;
    loader.model.order_permissions();
    Ok(loader.model)
}

/// Whether a file only names what `/v1.0` shows.
fn is_visibility_subset(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|name| name.starts_with("v1.0"))
}
