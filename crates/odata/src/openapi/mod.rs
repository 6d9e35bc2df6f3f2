//! OpenAPI 3.1: what `$metadata` says, in the words of HTTP. The same paths, types, bounds and permissions, each derived
//! from the model; the same model always makes the same text.
//!
//! Paths begin with their version. A schema has the qualified name of its type, and in `/v1.0`, where a type has fewer
//! members, the version before it.

mod messages;
mod operations;
mod parameters;
mod paths;
mod permissions;
mod properties;
mod protocol;
mod schemas;
#[cfg(test)]
mod tests;
mod trail;
mod values;

use serde_json::{Value as JsonValue, json};

use crate::edm::{EnumType, Model, Property, StructuredType, TypeId, Version};
use crate::payload::json::JsonObject;

/// Marks an operation that answers 501.
const NOT_IMPLEMENTED: &str = "x-not-implemented";

/// The service as the document describes it.
#[derive(Clone, Copy, Debug)]
pub struct Info<'a> {
    /// The title of the service.
    pub title: &'a str,
    /// The version of the software.
    pub version: &'a str,
    /// The sentence that says what the service does.
    pub description: &'a str,
}

/// The document about these versions of the model.
pub fn write(model: &Model, versions: &[Version], info: Info<'_>) -> String {
    let (mut paths, mut schemas) = (JsonObject::new(), schemas::of_protocol());
    for version in versions {
        let view = View { model, version: *version };
        paths.extend(paths::of(view));
        schemas.extend(schemas::of(view));
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": info.title,
            "version": info.version,
            "description": info.description,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters::shared(),
            "responses": messages::errors(),
            "securitySchemes": permissions::schemes(),
        },
    });
    document.to_string()
}

/// The model as one version shows it.
#[derive(Clone, Copy)]
struct View<'m> {
    model: &'m Model,
    version: Version,
}

impl<'m> View<'m> {
    /// The properties of a type.
    fn properties(self, of: &'m StructuredType) -> impl Iterator<Item = &'m Property> {
        let properties = of.properties.iter().map(move |id| self.model.property(*id));
        properties.filter(move |property| property.versions.contains(self.version))
    }

    /// A type and those derived from it, as far as they are shown.
    fn family(self, id: TypeId) -> impl Iterator<Item = &'m StructuredType> {
        let hierarchy = self.model.structured(self.model.structured(id).root).hierarchy.iter();
        let members = hierarchy.filter(move |member| self.model.is_a(**member, id));
        let types = members.map(move |member| self.model.structured(*member));
        types.filter(move |member| member.versions.contains(self.version))
    }

    /// The name of the schema of a qualified name.
    fn schema_name(self, qualified_name: &str) -> String {
        match self.version {
            Version::Beta => qualified_name.to_owned(),
            version => format!("{}.{qualified_name}", version.segment()),
        }
    }

    /// A reference to the schema of a structured type.
    fn type_reference(self, of: &StructuredType) -> JsonValue {
        reference("schemas", &self.schema_name(&of.qualified_name()))
    }

    /// A reference to the schema of an enumeration.
    fn enum_reference(self, of: &EnumType) -> JsonValue {
        reference("schemas", &self.schema_name(&of.qualified_name()))
    }
}

/// A reference to a component.
fn reference(kind: &str, name: &str) -> JsonValue {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
