//! Who may call an operation: the permissions of the model, as security requirements of which any one is enough.

use serde_json::{Value as JsonValue, json};

use super::view::View;
use crate::edm::{PermissionId, Permissions};
use crate::payload::json::JsonObject;

const DELEGATED: &str = "delegated";
const APPLICATION: &str = "application";

/// The two kinds of callers.
pub(super) fn schemes() -> JsonValue {
    let scheme = |description: &str| json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description });
    json!({
        DELEGATED: scheme("A person, through an application: the permissions are in the claim `scp`."),
        APPLICATION: scheme("An application for itself: the permissions are in the claim `roles`."),
    })
}

/// The requirements, each of a single permission.
pub(super) fn required(view: View<'_>, permissions: &Permissions) -> JsonValue {
    let permissions = view.model.permissions_in(permissions, view.version);
    let kinds = [(DELEGATED, &permissions.delegated), (APPLICATION, &permissions.application)];
    let requirement = |kind: &str, id: &PermissionId| json!({ kind: [view.model.permission(*id)] });
    kinds.iter().flat_map(|(kind, ids)| ids.iter().map(move |id| requirement(kind, id))).collect()
}

/// Any caller with a token that holds.
pub(super) fn any() -> JsonValue {
    let kinds = [DELEGATED, APPLICATION];
    kinds
        .into_iter()
        .map(|kind| JsonObject::from_iter([(kind.to_owned(), json!([]))]))
        .map(JsonValue::from)
        .collect()
}
