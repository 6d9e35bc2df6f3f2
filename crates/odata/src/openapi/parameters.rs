//! Parameters: keys in the path, query options, and the headers that a client may send.

use serde_json::{Value as JsonValue, json};

use super::view::{View, reference};
use crate::edm::{Kind, Parameter, Property, StructuredType};
use crate::payload::json::JsonObject;
use crate::query::options::names_of;
use crate::uri::Shape;

/// The query options that are the same everywhere, and the headers; by the name that they are referred to by.
pub(super) fn shared() -> JsonObject {
    let whole = json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX });
    let text = json!({ "type": "string" });
    let options = [
        ("$top", "How many entities at most on a page.", whole.clone()),
        ("$skip", "How many entities to pass over.", whole),
        ("$count", "Whether to tell how many entities there are.", json!({ "type": "boolean" })),
        ("$filter", "An expression that is true of every entity that is told.", text.clone()),
        ("$search", "Words that every entity that is told has.", text.clone()),
        ("$skiptoken", "Where the page before ended; it comes in @odata.nextLink.", text.clone()),
        ("$deltatoken", "Since when to tell changes; it comes in @odata.deltaLink.", text.clone()),
        ("$format", "The representation, in place of the header Accept.", json!({ "enum": ["json"] })),
    ];
    let headers = [
        ("If-Match", "The entity tag that the entity must have."),
        ("If-None-Match", "The entity tag that the entity must not have; `*` for none at all."),
        ("Prefer", "return=minimal, return=representation or odata.maxpagesize=n."),
        ("Idempotency-Key", "The client's name for a request that it may have to send again."),
    ];
    let option = |(name, description, schema)| parameter(name, "query", description, schema);
    let header = |(name, description)| parameter(name, "header", description, text.clone());
    let all = options.into_iter().map(option).chain(headers.into_iter().map(header));
    all.filter_map(|parameter| Some((plain(parameter["name"].as_str()?).to_owned(), parameter))).collect()
}

/// A reference to one of them.
pub(super) fn named(name: &str) -> JsonValue {
    reference("parameters", plain(name))
}

/// A component's name has no dollar sign.
fn plain(name: &str) -> &str {
    name.trim_start_matches('$')
}

/// The query options of a resource.
pub(super) fn options(view: View<'_>, shape: &Shape) -> Vec<JsonValue> {
    let of = match shape {
        Shape::Entities(id) | Shape::Entity(id) | Shape::References(id, _) => {
            Some(view.model.structured(*id))
        }
        Shape::Operation(id) => match view.model.operation(*id).returns.map(|returns| returns.kind) {
            Some(Kind::Entity(id)) => Some(view.model.structured(id)),
            _ => None,
        },
        _ => None,
    };
    let of_type = |name: &str| {
        let of = of?;
        Some(match name {
            "$select" => listed(name, "Which properties to tell.", selectable(view, of)),
            "$orderby" => listed(name, "What to sort by.", sortable(view, of)),
            "$expand" => listed(name, "What to tell of what the entity leads to.", expandable(view, of)?),
            _ => return None,
        })
    };
    names_of(view.model, shape)
        .filter_map(|name| match name {
            "$select" | "$orderby" | "$expand" => of_type(name),
            _ => Some(named(name)),
        })
        .collect()
}

fn selectable(view: View<'_>, of: &StructuredType) -> Vec<String> {
    view.properties(of).map(|property| property.name.to_string()).collect()
}

/// Single primitive values; a secret must not show by where it stands.
fn sortable(view: View<'_>, of: &StructuredType) -> Vec<String> {
    let fits = |property: &&Property| {
        let is_plain = matches!(property.type_ref.kind, Kind::Primitive(_) | Kind::Enum(_));
        is_plain && !property.type_ref.collection && !property.secret
    };
    let names = view.properties(of).filter(fits).map(|property| &property.name);
    names.flat_map(|name| [name.to_string(), format!("{name} desc")]).collect()
}

fn expandable(view: View<'_>, of: &StructuredType) -> Option<Vec<String>> {
    let navigations = of.navigations.iter().map(|id| view.model.navigation(*id));
    let shown = navigations.filter(|navigation| {
        navigation.versions.contains(view.version)
            && !navigation.not_implemented
            && navigation.restrictions.read.is_some()
    });
    let names: Vec<String> = shown.map(|navigation| navigation.name.to_string()).collect();
    (!names.is_empty()).then_some(names)
}

/// An option whose value is a list of names.
fn listed(name: &str, description: &str, names: Vec<String>) -> JsonValue {
    let items = json!({ "type": "string", "enum": names });
    let schema = json!({ "type": "array", "items": items, "minItems": 1, "uniqueItems": true });
    let mut parameter = parameter(name, "query", description, schema);
    if let JsonValue::Object(members) = &mut parameter {
        members.insert("style".into(), "form".into());
        members.insert("explode".into(), false.into());
    }
    parameter
}

/// The key of an entity in a path.
pub(super) fn key(name: &str, of: &StructuredType) -> JsonValue {
    let schema = json!({ "type": "string", "minLength": 1 });
    required(parameter(name, "path", &format!("The id of the {}.", of.name), schema))
}

/// A segment that is one of these names.
pub(super) fn one_of(name: &str, description: &str, names: &[&str]) -> JsonValue {
    required(parameter(name, "path", description, json!({ "type": "string", "enum": names })))
}

/// An argument of a function; the template has the quotes of a text, anything else is a JSON literal.
pub(super) fn argument(view: View<'_>, argument: &Parameter) -> JsonValue {
    let schema = super::values::of(view, crate::edm::TypeRef { nullable: false, ..argument.type_ref });
    let described = parameter(&argument.name, "path", "An argument of the function.", schema);
    let mut described = required(described);
    if let (true, JsonValue::Object(members)) = (argument.type_ref.collection, &mut described)
        && let Some(schema) = members.remove("schema")
    {
        members.insert("content".into(), json!({ "application/json": { "schema": schema } }));
    }
    described
}

fn parameter(name: &str, place: &str, description: &str, schema: JsonValue) -> JsonValue {
    json!({ "name": name, "in": place, "description": description, "schema": schema })
}

fn required(mut parameter: JsonValue) -> JsonValue {
    if let JsonValue::Object(members) = &mut parameter {
        members.insert("required".into(), true.into());
    }
    parameter
}
