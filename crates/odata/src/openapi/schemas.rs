//! The schemas of types: objects with all that they inherit, closed, because an unknown member is refused.

use serde_json::{Value as JsonValue, json};

use super::values;
use super::view::{View, reference};
use crate::edm::StructuredType;
use crate::payload::json::JsonObject;

/// Annotations: clients may send any, which are ignored, and get the protocol's own.
const ANNOTATION: &str = "@";

/// The schemas of every type that the version shows.
pub(super) fn of(view: View<'_>) -> JsonObject {
    let mut schemas = JsonObject::new();
    for shown in view.model.enums.iter().filter(|shown| shown.versions.contains(view.version)) {
        schemas.insert(view.schema_name(&shown.qualified_name()), values::of_enum(view, shown));
    }
    for shown in view.model.types.iter().filter(|shown| shown.versions.contains(view.version)) {
        schemas.insert(view.schema_name(&shown.qualified_name()), of_type(view, shown));
    }
    schemas
}

/// The schemas that the protocol itself has: Graph's error body, and the envelopes of a batch.
pub(super) fn of_protocol() -> JsonObject {
    let text = json!({ "type": "string" });
    let error = json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "innerError"],
                "properties": {
                    "code": text,
                    "message": text,
                    "target": text,
                    "details": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["code", "message"],
                            "properties": { "code": text, "message": text, "target": text },
                        },
                    },
                    "innerError": {
                        "type": "object",
                        "required": ["code", "number", "date", "request-id", "client-request-id"],
                        "properties": {
                            "code": text,
                            "number": { "type": "integer", "format": "int32" },
                            "date": { "type": "string", "format": "date-time" },
                            "request-id": { "type": "string", "format": "uuid" },
                            "client-request-id": text,
                        },
                    },
                },
            },
        },
    });
    let headers = json!({ "type": "object", "additionalProperties": text });
    let request = json!({
        "type": "object",
        "required": ["id", "method", "url"],
        "properties": {
            "id": { "type": "string", "minLength": 1 },
            "method": { "type": "string", "enum": ["GET", "POST", "PATCH", "PUT", "DELETE"] },
            "url": { "type": "string", "description": "Relative to the root of the version." },
            "headers": headers,
            "body": {},
            "dependsOn": { "type": "array", "items": text },
            "atomicityGroup": text,
        },
    });
    let response = json!({
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": text,
            "status": { "type": "integer", "minimum": 100, "maximum": 599 },
            "headers": headers,
            "body": {},
        },
    });
    let list = |name: &str, item| {
        json!({
            "type": "object",
            "required": [name],
            "properties": { name: { "type": "array", "items": item } },
        })
    };
    let named = [
        ("error", error),
        ("batchRequest", list("requests", request)),
        ("batchResponse", list("responses", response)),
    ];
    named.map(|(name, schema)| (name.to_owned(), schema)).into_iter().collect()
}

/// A page of a collection, or a result that is one.
pub(super) fn page(items: JsonValue) -> JsonValue {
    json!({
        "type": "object",
        "required": ["value"],
        "properties": {
            "@odata.context": { "type": "string" },
            "@odata.count": { "type": "integer", "minimum": 0 },
            "@odata.nextLink": { "type": "string" },
            "@odata.deltaLink": { "type": "string" },
            "value": { "type": "array", "items": items },
        },
        "additionalProperties": false,
    })
}

/// A result that is a single value.
pub(super) fn single(value: JsonValue) -> JsonValue {
    json!({
        "type": "object",
        "required": ["value"],
        "properties": { "@odata.context": { "type": "string" }, "value": value },
        "additionalProperties": false,
    })
}

/// An object of these members and of annotations, and of nothing else.
pub(super) fn closed(properties: JsonObject) -> JsonObject {
    let schema = json!({
        "type": "object",
        "properties": properties,
        "patternProperties": { ANNOTATION: {} },
        "additionalProperties": false,
    });
    match schema {
        JsonValue::Object(members) => members,
        _ => JsonObject::new(),
    }
}

/// A type: its own object, or that of a type derived from it.
fn of_type(view: View<'_>, of: &StructuredType) -> JsonValue {
    let mut own = object(view, of);
    let derived: Vec<&StructuredType> =
        view.family(of.id).filter(|member| member.base == Some(of.id)).collect();
    if derived.is_empty() {
        return own.into();
    }
    let description = own.remove("description");
    let mut schemas = vec![JsonValue::from(own)];
    schemas.extend(derived.into_iter().map(|member| view.type_reference(member)));
    let mut schema = JsonObject::new();
    schema.extend(description.map(|text| ("description".to_owned(), text)));
    schema.insert("anyOf".into(), schemas.into());
    schema.into()
}

fn object(view: View<'_>, of: &StructuredType) -> JsonObject {
    let mut members = JsonObject::new();
    let name = of.qualified_name();
    members.insert("@odata.type".into(), json!({ "type": "string", "enum": [format!("#{name}"), name] }));
    for property in view.properties(of) {
        members.insert(property.name.to_string(), values::of_property(view, property));
    }
    for navigation in of.navigations.iter().map(|id| view.model.navigation(*id)) {
        if navigation.versions.contains(view.version) && !navigation.not_implemented {
            let target = view.type_reference(view.model.structured(navigation.target));
            members.insert(navigation.name.to_string(), expanded(target, navigation.collection));
        }
    }
    let mut schema = closed(members);
    if let Some(description) = &of.description {
        schema.insert("description".into(), (&**description).into());
    }
    schema
}

/// What a navigation property shows when it is expanded. It is written at a path of its own.
fn expanded(target: JsonValue, collection: bool) -> JsonValue {
    match collection {
        true => json!({ "type": "array", "items": target, "readOnly": true }),
        false => json!({ "anyOf": [target, { "type": "null" }], "readOnly": true }),
    }
}

/// A reference to Graph's error body.
pub(super) fn error() -> JsonValue {
    reference("schemas", "error")
}
