//! The state of reading: the model while it is being built, and where each part of it is declared.

use super::element::Element;
use super::error::CsdlError;
use super::schema::Schema;
use crate::edm::{Model, Permissions};

/// The place of a declaration: its element and the schema that it is in.
#[derive(Clone, Copy)]
pub(super) struct Declaration<'a> {
    pub(super) schema: &'a Schema<'a>,
    pub(super) element: &'a Element,
}

/// The model while it is being built; the lists of declarations go by the same ids as the model's lists.
pub(super) struct Loader<'a> {
    pub(super) model: Model,
    pub(super) schemas: &'a [Schema<'a>],
    pub(super) terms: Vec<&'a str>,
    pub(super) enums: Vec<Declaration<'a>>,
    pub(super) types: Vec<Declaration<'a>>,
    pub(super) properties: Vec<Declaration<'a>>,
    pub(super) navigations: Vec<Declaration<'a>>,
    pub(super) operations: Vec<Declaration<'a>>,
    pub(super) named_permissions: Vec<(&'a str, Permissions)>,
    pub(super) container: String,
}

impl<'a> Loader<'a> {
    pub(super) fn new(schemas: &'a [Schema<'a>]) -> Loader<'a> {
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
    pub(super) fn declarations(&self, name: &'static str) -> impl Iterator<Item = Declaration<'a>> + use<'a> {
        self.schemas.iter().flat_map(move |schema| {
            schema.element.named(name).map(move |element| Declaration { schema, element })
        })
    }
}

/// The next id of a list.
pub(super) fn next_id(length: usize, at: &Element) -> Result<u16, CsdlError> {
    u16::try_from(length).map_err(|_| at.error("a model has at most 65,535 elements of a kind"))
}
