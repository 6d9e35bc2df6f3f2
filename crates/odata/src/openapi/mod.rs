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
mod view;

use serde_json::json;

use self::view::View;
use crate::edm::{Model, Version};
use crate::payload::json::JsonObject;

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
