//! What can be done at the end of a path: the verbs of its restrictions, or the call of an operation.

use serde_json::{Value as JsonValue, json};

use super::messages::{self, Responses};
use super::parameters::{self, named};
use super::trail::Trail;
use super::view::{NOT_IMPLEMENTED, View};
use super::{permissions, schemas, values};
use crate::edm::{
    Kind, Operation, OperationKind, Permissions, Restrictions, StructuredType, TypeId, TypeRef,
};
use crate::payload::json::JsonObject;
use crate::uri::Shape;

/// The name of the function that tells changes (protocol 4.01, 11.3).
const DELTA: &str = "delta";

/// `GET` and `POST` of a collection of entities.
pub(super) fn of_collection(view: View<'_>, trail: &Trail<'_>, of: TypeId) -> JsonObject {
    let target = view.model.structured(of);
    let mut item = JsonObject::new();
    let Some(read) = readable(trail) else { return insert(view, trail, target, item) };
    let page = schemas::page(view.type_reference(target));
    let mut parameters = parameters::options(view, &Shape::Entities(of));
    parameters.push(named("Prefer"));
    let about = About { verb: "list", summary: format!("List {}", trail.last()), description: target };
    let responses = Responses::new([("200", messages::told("A page.", page))]);
    item.insert("get".into(), about.operation(view, trail, parameters, None, responses, read));
    insert(view, trail, target, item)
}

fn insert(view: View<'_>, trail: &Trail<'_>, target: &StructuredType, mut item: JsonObject) -> JsonObject {
    let Some(permissions) = &trail.restrictions.insert else { return item };
    let responses = Responses::new([
        ("201", messages::created("Created.", view.type_reference(target))),
        ("204", messages::nothing("Created, and not told.")),
    ]);
    let responses = responses.with_body().refused(&["409", "422"]);
    let body = messages::body(insertable(view, target, trail.restrictions), true);
    let parameters = vec![named("Prefer"), named("Idempotency-Key")];
    let about = About { verb: "create", summary: format!("Create a {}", target.name), description: target };
    let operation = about.operation(view, trail, parameters, Some(body), responses, permissions);
    item.insert("post".into(), operation);
    item
}

/// The body of a create: the type, with what must be in it.
fn insertable(view: View<'_>, target: &StructuredType, restrictions: &Restrictions) -> JsonValue {
    let required = restrictions.required_on_insert.iter().map(|id| view.model.property(*id));
    let required = required.filter(|property| property.versions.contains(view.version));
    let names: Vec<&str> = required.map(|property| &*property.name).collect();
    let mut schema = view.type_reference(target);
    if let (false, JsonValue::Object(members)) = (names.is_empty(), &mut schema) {
        members.insert("required".into(), names.into());
    }
    schema
}

/// `GET` of a collection's `$count`.
pub(super) fn of_count(view: View<'_>, trail: &Trail<'_>, of: TypeId) -> JsonObject {
    let mut item = JsonObject::new();
    if let Some(read) = readable(trail) {
        let parameters = parameters::options(view, &Shape::Count(of));
        let target = view.model.structured(of);
        let about = About { verb: "count", summary: format!("Count {}", trail.last()), description: target };
        let responses = Responses::new([("200", messages::number())]);
        item.insert("get".into(), about.operation(view, trail, parameters, None, responses, read));
    }
    item
}

/// `GET`, `PATCH` and `DELETE` of one entity.
pub(super) fn of_entity(view: View<'_>, trail: &Trail<'_>, of: TypeId) -> JsonObject {
    let target = view.model.structured(of);
    let entity = || view.type_reference(target);
    let mut item = JsonObject::new();
    if let Some(read) = readable(trail) {
        let mut parameters = parameters::options(view, &Shape::Entity(of));
        parameters.push(named("If-None-Match"));
        let mut successes = vec![("200", messages::entity("The entity.", entity()))];
        if trail.may_lead_nowhere {
            successes.push(("204", messages::nothing("It leads nowhere.")));
        }
        let responses = Responses::new(successes).refused(&["304", "412"]);
        let about = About { verb: "get", summary: format!("Get a {}", target.name), description: target };
        item.insert("get".into(), about.operation(view, trail, parameters, None, responses, read));
    }
    if let Some(permissions) = &trail.restrictions.update {
        let parameters = vec![named("If-Match"), named("If-None-Match"), named("Prefer")];
        let responses = Responses::new([
            ("200", messages::entity("The changed entity.", entity())),
            ("201", messages::created("Created, as If-None-Match asked.", entity())),
            ("204", messages::nothing("Changed, and not told.")),
        ]);
        let responses = responses.with_body().refused(&["409", "412"]);
        let body = Some(messages::body(entity(), true));
        let about =
            About { verb: "update", summary: format!("Change a {}", target.name), description: target };
        item.insert("patch".into(), about.operation(view, trail, parameters, body, responses, permissions));
    }
    if let Some(permissions) = &trail.restrictions.delete {
        let responses = Responses::new([("204", messages::nothing("Deleted."))]).refused(&["409", "412"]);
        let about =
            About { verb: "delete", summary: format!("Delete a {}", target.name), description: target };
        let parameters = vec![named("If-Match")];
        item.insert("delete".into(), about.operation(view, trail, parameters, None, responses, permissions));
    }
    item
}

/// The call of an action or function.
pub(super) fn of_call(view: View<'_>, trail: &Trail<'_>, operation: &Operation) -> JsonObject {
    let success = match operation.returns {
        None => ("204", messages::nothing("Done.")),
        Some(returns) => ("200", messages::told("The result.", result(view, returns))),
    };
    let (method, mut parameters, body, mut responses) = match operation.kind {
        OperationKind::Action => {
            let body = messages::body(arguments(view, operation), false);
            let responses = Responses::new([success]).with_body().refused(&["409", "412"]);
            ("post", Vec::new(), Some(body), responses)
        }
        OperationKind::Function => ("get", Vec::new(), None, Responses::new([success])),
    };
    match operation.binding.kind {
        Kind::Entity(of) if &*operation.name == DELTA => {
            parameters = parameters::options(view, &Shape::Entities(of));
            parameters.extend([named("$deltatoken"), named("Prefer")]);
            responses = responses.refused(&["410"]);
        }
        _ => parameters.extend(parameters::options(view, &Shape::Operation(operation.id))),
    }
    let summary = match operation.kind {
        OperationKind::Action => format!("Call the action {}", operation.name),
        OperationKind::Function => format!("Call the function {}", operation.name),
    };
    // Of the same name there may be one for an entity and one for all of them.
    let verb = if operation.binding.collection { "callOnCollection" } else { "call" };
    let about = About { verb, summary, description: operation };
    let operation = about.operation(view, trail, parameters, body, responses, &operation.permissions);
    JsonObject::from_iter([(method.to_owned(), operation)])
}

/// The body of a result.
fn result(view: View<'_>, returns: TypeRef) -> JsonValue {
    match returns.kind {
        _ if returns.collection => {
            schemas::page(values::of(view, TypeRef { collection: false, nullable: false, ..returns }))
        }
        Kind::Entity(id) | Kind::Complex(id) => view.type_reference(view.model.structured(id)),
        _ => schemas::single(values::of(view, returns)),
    }
}

/// The body of an action.
fn arguments(view: View<'_>, operation: &Operation) -> JsonValue {
    let shown = operation.parameters.iter().filter(|given| given.versions.contains(view.version));
    let members = shown.map(|given| (given.name.to_string(), values::of(view, given.type_ref)));
    schemas::closed(members.collect()).into()
}

/// The permissions to read at the end of a path; anybody is told that nothing is behind it.
pub(super) fn readable<'m>(trail: &Trail<'m>) -> Option<&'m Permissions> {
    static NOBODY: Permissions = Permissions { delegated: Vec::new(), application: Vec::new() };
    match trail.is_implemented {
        true => trail.restrictions.read.as_ref(),
        false => Some(&NOBODY),
    }
}

/// The words about an operation, for whoever reads the document.
pub(super) struct About<'a, D> {
    pub(super) verb: &'static str,
    pub(super) summary: String,
    pub(super) description: &'a D,
}

/// An element of the model that has a description.
pub(super) trait Described {
    fn description(&self) -> Option<&str>;
}

impl Described for StructuredType {
    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}

impl Described for Operation {
    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}

impl<D: Described> About<'_, D> {
    pub(super) fn operation(
        self,
        view: View<'_>,
        trail: &Trail<'_>,
        own: Vec<JsonValue>,
        body: Option<JsonValue>,
        responses: Responses,
        required: &Permissions,
    ) -> JsonValue {
        let mut operation = JsonObject::new();
        let id = format!("{}.{}.{}", view.version.segment(), trail.words.join("."), self.verb);
        operation.insert("operationId".into(), id.into());
        operation.insert("summary".into(), self.summary.into());
        if let Some(text) = self.description.description() {
            operation.insert("description".into(), text.into());
        }
        operation.insert("tags".into(), json!([trail.words.get(1).or(trail.words.first())]));
        let parameters: Vec<JsonValue> = trail.parameters.iter().cloned().chain(own).collect();
        operation.insert("parameters".into(), parameters.into());
        operation.extend(body.map(|body| ("requestBody".to_owned(), body)));
        let (responses, security) = match trail.is_implemented {
            true => (responses, permissions::required(view, required)),
            false => (Responses::new([]).refused(&["501"]), permissions::any()),
        };
        operation.insert("responses".into(), responses.finish());
        operation.insert("security".into(), security);
        if !trail.is_implemented {
            operation.insert(NOT_IMPLEMENTED.into(), true.into());
        }
        operation.into()
    }
}
