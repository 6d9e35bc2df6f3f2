//! The paths that every version has, whatever the model: the service document, `$metadata` and `$batch`.

use serde_json::{Value as JsonValue, json};

use super::messages::{self, Responses};
use super::permissions;
use super::view::{View, reference};
use crate::payload::json::JsonObject;

/// The path items of what the protocol itself has.
pub(super) fn paths(view: View<'_>) -> JsonObject {
    let root = format!("/{}", view.version.segment());
    let named = |name: &str| format!("{}.{name}", view.version.segment());
    let items = [
        (root.clone(), json!({ "get": service_document(&named("serviceDocument")) })),
        (format!("{root}/$metadata"), json!({ "get": metadata(&named("metadata")) })),
        (format!("{root}/$batch"), json!({ "post": batch(&named("batch")) })),
    ];
    items.into_iter().collect()
}

fn service_document(id: &str) -> JsonValue {
    let entry = json!({
        "type": "object",
        "required": ["name", "kind", "url"],
        "properties": {
            "name": { "type": "string" },
            "kind": { "enum": ["EntitySet", "Singleton"] },
            "url": { "type": "string" },
        },
    });
    let success = messages::told("What stands at the top.", super::schemas::page(entry));
    json!({
        "operationId": id,
        "summary": "The service document",
        "tags": ["protocol"],
        "responses": Responses::new([("200", success)]).finish(),
        "security": permissions::any(),
    })
}

fn metadata(id: &str) -> JsonValue {
    let success = json!({
        "description": "The model in CSDL.",
        "content": {
            "application/xml": { "schema": { "type": "string" } },
            "application/json": { "schema": { "type": "object" } },
        },
    });
    json!({
        "operationId": id,
        "summary": "The model",
        "tags": ["protocol"],
        "responses": Responses::new([("200", success)]).finish(),
        "security": permissions::any(),
    })
}

fn batch(id: &str) -> JsonValue {
    let success = messages::told("What came of each request.", reference("schemas", "batchResponse"));
    json!({
        "operationId": id,
        "summary": "Several requests in one",
        "tags": ["protocol"],
        "requestBody": messages::body(reference("schemas", "batchRequest"), true),
        "responses": Responses::new([("200", success)]).with_body().finish(),
        "security": permissions::any(),
    })
}
