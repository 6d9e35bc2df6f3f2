//! The schemas of values: what JSON makes of each type of the model, and within which bounds.

use serde_json::{Value as JsonValue, json};

use super::view::View;
use crate::edm::{EnumType, Kind, Primitive, Property, TypeRef};
use crate::payload::json::JsonObject;

/// Base64 with its padding.
const BASE64: &str = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";
/// A day-time duration of ISO 8601.
const DURATION: &str =
    r"^-?P(?!$)(?:[0-9]{1,5}D)?(?:T(?!$)(?:[0-9]{1,5}H)?(?:[0-9]{1,5}M)?(?:[0-9]{1,5}(?:\.[0-9]{1,7})?S)?)?$";
/// The member that tells clients that members may come; no value has it.
const SENTINEL: &str = "unknownFutureValue";

/// The schema of a value.
pub(super) fn of(view: View<'_>, type_ref: TypeRef) -> JsonValue {
    bounded(view, type_ref, None)
}

/// The schema of a property.
pub(super) fn of_property(view: View<'_>, property: &Property) -> JsonValue {
    let mut schema = bounded(view, property.type_ref, property.max_length);
    let JsonValue::Object(members) = &mut schema else { return schema };
    if let Some(description) = &property.description {
        members.insert("description".into(), (&**description).into());
    }
    if property.computed {
        members.insert("readOnly".into(), true.into());
    }
    if property.secret {
        let texts = if property.type_ref.collection { members.get_mut("items") } else { Some(&mut schema) };
        if let Some(JsonValue::Object(texts)) = texts {
            texts.insert("format".into(), "password".into());
        }
    }
    schema
}

/// The schema of an enumeration.
pub(super) fn of_enum(view: View<'_>, of: &EnumType) -> JsonValue {
    let shown = of.members.iter().filter(|member| member.versions.contains(view.version));
    let names: Vec<&str> = shown.map(|member| &*member.name).filter(|name| *name != SENTINEL).collect();
    match of.is_flags {
        false => json!({ "type": "string", "enum": names }),
        true => {
            let one = names.join("|");
            json!({ "type": "string", "pattern": format!("^(?:{one})(?:,(?:{one}))*$") })
        }
    }
}

fn bounded(view: View<'_>, type_ref: TypeRef, max_length: Option<u32>) -> JsonValue {
    let single = single(view, type_ref.kind, max_length);
    match type_ref {
        // A collection is never null, and nothing in it is.
        TypeRef { collection: true, .. } => json!({ "type": "array", "items": single }),
        TypeRef { nullable: true, .. } => nullable(single),
        _ => single,
    }
}

/// The same schema, or null.
pub(super) fn nullable(schema: JsonValue) -> JsonValue {
    match schema {
        JsonValue::Object(mut members) if members.get("type").is_some_and(JsonValue::is_string) => {
            let only = members.get("type").cloned();
            members.insert("type".into(), json!([only, "null"]));
            JsonValue::Object(members)
        }
        other => json!({ "anyOf": [other, { "type": "null" }] }),
    }
}

fn single(view: View<'_>, kind: Kind, max_length: Option<u32>) -> JsonValue {
    match kind {
        Kind::Primitive(primitive) => of_primitive(primitive, max_length).into(),
        Kind::Enum(id) => view.enum_reference(view.model.enum_type(id)),
        Kind::Complex(id) | Kind::Entity(id) => view.type_reference(view.model.structured(id)),
    }
}

fn of_primitive(primitive: Primitive, max_length: Option<u32>) -> JsonObject {
    let schema = match primitive {
        Primitive::Binary => json!({ "type": "string", "contentEncoding": "base64", "pattern": BASE64 }),
        Primitive::Boolean => json!({ "type": "boolean" }),
        Primitive::DateTimeOffset => json!({ "type": "string", "format": "date-time" }),
        Primitive::Double => json!({ "type": "number", "format": "double" }),
        Primitive::Duration => json!({ "type": "string", "format": "duration", "pattern": DURATION }),
        Primitive::Guid => json!({ "type": "string", "format": "uuid" }),
        Primitive::Int32 => {
            json!({ "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX })
        }
        Primitive::Int64 => json!({ "type": "integer", "format": "int64" }),
        Primitive::String => json!({ "type": "string" }),
    };
    let JsonValue::Object(mut members) = schema else { return JsonObject::new() };
    if let Some(length) = max_length.map(|length| letters(primitive, length)) {
        members.insert("maxLength".into(), length.into());
    }
    members
}

/// The most letters that the text of a value has; base64 makes four of three bytes.
fn letters(primitive: Primitive, max_length: u32) -> u64 {
    match primitive {
        Primitive::Binary => u64::from(max_length).div_ceil(3) * 4,
        _ => max_length.into(),
    }
}
