//! Reads the model from CSDL XML: all files merged, every name resolved, every slip an error.

mod annotations;
mod container;
mod element;
mod grammar;
mod hierarchy;
mod names;
mod operations;
mod restrictions;
mod structured_types;
#[cfg(test)]
mod tests;
mod visibility;

use element::Element;
use names::Schema;
pub(super) use names::name_of;

use crate::edm::Model;

/// The reason why a model could not be read: always a mistake in one of its files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {element}: {reason}")]
pub struct CsdlError {
    /// The file's name, as given to [`read`].
    pub file: String,
    /// The path of the element, such as
    /// `/edmx:Edmx/edmx:DataServices/Schema microsoft.graph/EntityType book/Property title`.
    pub element: String,
    /// The mistake, with the near miss where there is one.
    pub reason: String,
}

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
        names::schemas(root, schemas)?;
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
    Ok(loader.model)
}

/// Whether a file only names what `/v1.0` shows.
fn is_visibility_subset(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|name| name.starts_with("v1.0"))
}

/// The place of a declaration: its element and the schema that it is in.
#[derive(Clone, Copy)]
struct Declaration<'a> {
    schema: &'a Schema<'a>,
    element: &'a Element,
}

/// The model while it is being built; the lists of declarations go by the same ids as the model's lists.
struct Loader<'a> {
    model: Model,
    schemas: &'a [Schema<'a>],
    terms: Vec<&'a str>,
    enums: Vec<Declaration<'a>>,
    types: Vec<Declaration<'a>>,
    properties: Vec<Declaration<'a>>,
    navigations: Vec<Declaration<'a>>,
    operations: Vec<Declaration<'a>>,
    named_permissions: Vec<(&'a str, crate::edm::Permissions)>,
    container: String,
}

impl<'a> Loader<'a> {
    fn new(schemas: &'a [Schema<'a>]) -> Loader<'a> {
        Loader {
            model: Model::default(),
            schemas,
            terms: Vec::new(),
            enums: Vec::new(),
            types: Vec::new(),
            properties: Vec::new(),
            navigations: Vec::new(),
            operations: Vec::new(),
            named_permissions: Vec::new(),
            container: String::new(),
        }
    }

    /// The declarations of an element name, in the order of files and lines.
    fn declarations(&self, name: &'static str) -> impl Iterator<Item = Declaration<'a>> + use<'a> {
        self.schemas.iter().flat_map(move |schema| {
            schema.element.named(name).map(move |element| Declaration { schema, element })
        })
    }
}

/// The next id of a list.
fn next_id(length: usize, at: &Element) -> Result<u16, CsdlError> {
    u16::try_from(length).map_err(|_| at.error("a model has at most 65,535 elements of a kind"))
}
