//! Bodies and responses: what is sent, and what comes back for it.

use serde_json::{Value as JsonValue, json};

use super::schemas;
use super::view::reference;
use crate::payload::json::JsonObject;

/// The statuses of refusals, what they are called, and what they mean.
const REFUSALS: [(&str, &str, &str); 16] = [
    ("304", "NotModified", "The client has it already."),
    ("400", "BadRequest", "Malformed, or against the model."),
    ("401", "Unauthorized", "There is no token, or it does not hold."),
    ("403", "Forbidden", "The token carries none of the permissions."),
    ("404", "NotFound", "There is no such thing."),
    ("405", "MethodNotAllowed", "What is there does not take the method; Allow says which it takes."),
    ("406", "NotAcceptable", "None of the wanted media types can be made."),
    ("409", "Conflict", "It clashes with what is there."),
    ("410", "Gone", "The sync state is gone: begin anew."),
    ("412", "PreconditionFailed", "What is there is not in the expected version."),
    ("413", "ContentTooLarge", "The body is larger than its bound."),
    ("415", "UnsupportedMediaType", "The body is in a media type that is not taken."),
    ("422", "UnprocessableContent", "The request contradicts an earlier one."),
    ("429", "TooManyRequests", "The caller asks too often; Retry-After says when to come back."),
    ("501", "NotImplemented", "The model has it, but there is nothing behind it."),
    ("5XX", "ServerError", "It failed for no fault of the caller's, or cannot be done for now."),
];
/// The statuses with which any request may be refused.
const ALWAYS: [&str; 7] = ["400", "401", "403", "404", "406", "429", "5XX"];
/// The statuses with which a request may be refused for its body.
const OF_BODIES: [&str; 2] = ["413", "415"];

/// The components that responses refer to.
pub(super) fn errors() -> JsonObject {
    let response = |(status, name, description): (&str, &str, &str)| {
        let has_body = status != "304";
        let content = json!({ "application/json": { "schema": schemas::error() } });
        let response = match has_body {
            true => json!({ "description": description, "content": content }),
            false => json!({ "description": description }),
        };
        (name.to_owned(), response)
    };
    REFUSALS.into_iter().map(response).collect()
}

/// The responses of an operation, in the making.
pub(super) struct Responses(JsonObject);

impl Responses {
    /// The responses of these successes, and of the refusals that any request may meet.
    pub(super) fn new(successes: impl IntoIterator<Item = (&'static str, JsonValue)>) -> Responses {
        let successes = successes.into_iter().map(|(status, response)| (status.to_owned(), response));
        Responses(successes.collect()).refused(&ALWAYS)
    }

    /// Adds refusals with these statuses.
    pub(super) fn refused(mut self, statuses: &[&str]) -> Responses {
        for (status, name, _) in REFUSALS.iter().filter(|(status, ..)| statuses.contains(status)) {
            self.0.insert((*status).to_owned(), reference("responses", name));
        }
        self
    }

    /// Adds the refusals of a request that has a body.
    pub(super) fn with_body(self) -> Responses {
        self.refused(&OF_BODIES)
    }

    /// The responses in the order of their statuses.
    pub(super) fn finish(self) -> JsonValue {
        let mut sorted: Vec<(String, JsonValue)> = self.0.into_iter().collect();
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        sorted.into_iter().collect::<JsonObject>().into()
    }
}

/// A response with JSON.
pub(super) fn told(description: &str, schema: JsonValue) -> JsonValue {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

/// A response with an entity, and its tag in a header.
pub(super) fn entity(description: &str, schema: JsonValue) -> JsonValue {
    json!({
        "description": description,
        "headers": { "ETag": header("The entity's tag.") },
        "content": { "application/json": { "schema": schema } },
    })
}

/// A response to a create.
pub(super) fn created(description: &str, schema: JsonValue) -> JsonValue {
    json!({
        "description": description,
        "headers": { "ETag": header("The entity's tag."), "Location": header("Where it is.") },
        "content": { "application/json": { "schema": schema } },
    })
}

/// A response with a number as text.
pub(super) fn number() -> JsonValue {
    json!({
        "description": "The number.",
        "content": { "text/plain": { "schema": { "type": "integer", "minimum": 0 } } },
    })
}

/// A response without a body.
pub(super) fn nothing(description: &str) -> JsonValue {
    json!({ "description": description })
}

/// A body of JSON.
pub(super) fn body(schema: JsonValue, required: bool) -> JsonValue {
    json!({ "required": required, "content": { "application/json": { "schema": schema } } })
}

fn header(description: &str) -> JsonValue {
    json!({ "description": description, "schema": { "type": "string" } })
}
