//! Paths below an entity's: its properties, their bare values, how many they are, and references. All properties of
//! a type share a path, whose last segment is a parameter.

use serde_json::{Value as JsonValue, json};

use super::messages::{self, Responses};
use super::operations::{About, readable};
use super::parameters::{self, named};
use super::schemas;
use super::trail::Trail;
use super::view::View;
use crate::edm::{Kind, Permissions, Property, StructuredType, TypeId};
use crate::payload::json::JsonObject;
use crate::uri::Shape;

/// The path items of the properties of what is at the end of a trail.
pub(super) fn of(view: View<'_>, trail: &Trail<'_>, of: TypeId) -> Vec<(String, JsonObject)> {
    let Some(read) = readable(trail).filter(|_| trail.is_implemented) else { return Vec::new() };
    let target = view.model.structured(of);
    let mut items =
        Below { view, target, read, update: trail.restrictions.update.as_ref(), items: Vec::new() };
    items.add(trail, target);
    items.items
}

/// `GET` of the reference that a navigation property is, or of those that it has.
pub(super) fn of_references(view: View<'_>, trail: &Trail<'_>, of: TypeId, collection: bool) -> JsonObject {
    let Some(read) = readable(trail).filter(|_| trail.is_implemented) else { return JsonObject::new() };
    let reference = |more: JsonValue| {
        let mut members = JsonObject::from_iter([("@odata.id".to_owned(), json!({ "type": "string" }))]);
        members.extend(more.as_object().cloned().unwrap_or_default());
        json!({
            "type": "object",
            "required": ["@odata.id"],
            "properties": members,
            "additionalProperties": false,
        })
    };
    let successes = match collection {
        true => vec![("200", messages::told("A page.", schemas::page(reference(json!({})))))],
        false => {
            let context = json!({ "@odata.context": { "type": "string" } });
            vec![
                ("200", messages::told("The reference.", reference(context))),
                ("204", messages::nothing("It leads nowhere.")),
            ]
        }
    };
    let target = view.model.structured(of);
    let parameters = parameters::options(view, &Shape::References(of, collection));
    let about = About {
        verb: "getReference",
        summary: format!("Get where {} leads", trail.last()),
        description: target,
    };
    let responses = Responses::new(successes);
    JsonObject::from_iter([(
        "get".to_owned(),
        about.operation(view, trail, parameters, None, responses, read),
    )])
}

/// The paths below one entity.
struct Below<'a, 'm> {
    view: View<'m>,
    target: &'m StructuredType,
    read: &'a Permissions,
    update: Option<&'a Permissions>,
    items: Vec<(String, JsonObject)>,
}

impl<'m> Below<'_, 'm> {
    /// The properties of a type, and those of the complex values among them.
    fn add(&mut self, trail: &Trail<'m>, of: &'m StructuredType) {
        let properties: Vec<&Property> = self.view.properties(of).collect();
        let is_complex = |property: &&Property| {
            matches!(property.type_ref.kind, Kind::Complex(_)) && !property.type_ref.collection
        };
        let is_bare = |property: &&Property| {
            matches!(property.type_ref.kind, Kind::Primitive(_) | Kind::Enum(_))
                && !property.type_ref.collection
        };
        let is_own = |property: &&Property| !property.computed && !property.immutable && property.slot != 0;
        let names = |fits: &dyn Fn(&&Property) -> bool| -> Vec<&str> {
            properties.iter().filter(|property| fits(property)).map(|property| &*property.name).collect()
        };
        let mut item = JsonObject::new();
        self.insert(&mut item, "get", trail, names(&|_| true), self.reading());
        if let Some(update) = self.update {
            let value = || messages::body(json!({ "type": "object" }), true);
            for (method, verb, what, of, body) in [
                ("put", "setProperty", "Set", names(&is_own), Some(value())),
                (
                    "patch",
                    "changeProperty",
                    "Change",
                    names(&|property| is_own(property) && is_complex(property)),
                    Some(value()),
                ),
                ("delete", "clearProperty", "Clear", names(&is_own), None),
            ] {
                let responses = Responses::new([
                    ("200", messages::told("The new value.", json!({ "type": "object" }))),
                    ("204", messages::nothing("Changed, and not told.")),
                ]);
                let responses = responses.with_body().refused(&["405", "409", "412"]);
                let parameters = vec![named("If-Match"), named("Prefer")];
                let operation =
                    PropertyOperation { verb, what, parameters, body, responses, required: update };
                self.insert(&mut item, method, trail, of, operation);
            }
        }
        self.push(trail, "", item);
        let mut item = JsonObject::new();
        self.insert(&mut item, "get", trail, names(&is_bare), self.reading_bare());
        self.push(trail, "/$value", item);
        let mut item = JsonObject::new();
        self.insert(
            &mut item,
            "get",
            trail,
            names(&|property| property.type_ref.collection),
            self.counting(),
        );
        self.push(trail, "/$count", item);
        for property in properties.iter().filter(|property| is_complex(property)) {
            if let Kind::Complex(id) = property.type_ref.kind {
                // What is within a value that cannot be changed cannot be either.
                let update = self.update;
                self.update = update.filter(|_| is_own(property));
                self.add(&trail.to_property(property), self.view.model.structured(id));
                self.update = update;
            }
        }
    }

    fn push(&mut self, trail: &Trail<'_>, end: &str, item: JsonObject) {
        if !item.is_empty() {
            self.items.push((format!("{}/{{property}}{end}", trail.template), item));
        }
    }

    /// Adds an operation on properties of these names, if there are any.
    fn insert(
        &self,
        item: &mut JsonObject,
        method: &str,
        trail: &Trail<'_>,
        names: Vec<&str>,
        operation: PropertyOperation<'_>,
    ) {
        if names.is_empty() {
            return;
        }
        let PropertyOperation { verb, what, parameters, body, responses, required } = operation;
        let mut all = vec![parameters::one_of("property", "The name of the property.", &names)];
        all.extend(parameters);
        let summary = format!("{what} a property of a {}", self.target.name);
        let about = About { verb, summary, description: self.target };
        let operation = about.operation(self.view, trail, all, body, responses, required);
        item.insert(method.to_owned(), operation);
    }

    fn reading(&self) -> PropertyOperation<'_> {
        let told = messages::told("The value, or the members of a complex one.", json!({ "type": "object" }));
        let successes = [("200", told), ("204", messages::nothing("It is null."))];
        self.get("getProperty", "Get", Responses::new(successes))
    }

    fn reading_bare(&self) -> PropertyOperation<'_> {
        let told = json!({
            "description": "The value as it is.",
            "content": {
                "text/plain": { "schema": { "type": "string" } },
                "application/octet-stream": { "schema": { "type": "string", "format": "binary" } },
            },
        });
        let successes = [("200", told), ("204", messages::nothing("It is null."))];
        self.get("getValue", "Get the bare value of", Responses::new(successes))
    }

    fn counting(&self) -> PropertyOperation<'_> {
        let responses = Responses::new([("200", messages::number())]);
        PropertyOperation {
            parameters: Vec::new(),
            ..self.get("countValues", "Count the values of", responses)
        }
    }

    fn get(&self, verb: &'static str, what: &'static str, responses: Responses) -> PropertyOperation<'_> {
        PropertyOperation {
            verb,
            what,
            parameters: vec![named("$format")],
            body: None,
            responses,
            required: self.read,
        }
    }
}

/// An operation on a property, as the document describes it.
struct PropertyOperation<'a> {
    verb: &'static str,
    what: &'static str,
    parameters: Vec<JsonValue>,
    body: Option<JsonValue>,
    responses: Responses,
    required: &'a Permissions,
}
