//! The model as the document sees it: what one version shows, and how components are referred to.

use serde_json::{Value as JsonValue, json};

use crate::edm::{EnumType, Model, Property, StructuredType, TypeId, Version};

/// Marks an operation that answers 501.
pub(super) const NOT_IMPLEMENTED: &str = "x-not-implemented";

/// The model as one version shows it.
#[derive(Clone, Copy)]
pub(super) struct View<'m> {
    pub(super) model: &'m Model,
    pub(super) version: Version,
}

impl<'m> View<'m> {
    /// The properties of a type.
    pub(super) fn properties(self, of: &'m StructuredType) -> impl Iterator<Item = &'m Property> {
        let properties = of.properties.iter().map(move |id| self.model.property(*id));
        properties.filter(move |property| property.versions.contains(self.version))
    }

    /// A type and those derived from it, as far as they are shown.
    pub(super) fn family(self, id: TypeId) -> impl Iterator<Item = &'m StructuredType> {
        let hierarchy = self.model.structured(self.model.structured(id).root).hierarchy.iter();
        let members = hierarchy.filter(move |member| self.model.is_a(**member, id));
        let types = members.map(move |member| self.model.structured(*member));
        types.filter(move |member| member.versions.contains(self.version))
    }

    /// The name of the schema of a qualified name.
    pub(super) fn schema_name(self, qualified_name: &str) -> String {
        match self.version {
            Version::Beta => qualified_name.to_owned(),
            version => format!("{}.{qualified_name}", version.segment()),
        }
    }

    /// A reference to the schema of a structured type.
    pub(super) fn type_reference(self, of: &StructuredType) -> JsonValue {
        reference("schemas", &self.schema_name(&of.qualified_name()))
    }

    /// A reference to the schema of an enumeration.
    pub(super) fn enum_reference(self, of: &EnumType) -> JsonValue {
        reference("schemas", &self.schema_name(&of.qualified_name()))
    }
}

/// A reference to a component.
pub(super) fn reference(kind: &str, name: &str) -> JsonValue {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
