//! Canonical paths: where an entity is by its own name, whichever way led to it (protocol 4.01, 4.3), and the contexts
//! that are made of them (protocol 4.01, 10).

use std::fmt::Write;

use odata::Key;
use odata::edm::{Model, SetKind};
use odata::query::Selection;

use crate::collection::Collection;

/// The canonical path of a collection: `library/works('key')/copies`.
fn canonical(model: &Model, collection: &Collection) -> String {
    let path = &model.set(collection.set).path;
    match &collection.parent {
        // Only the last step of containment has a key here: what is above it is one in each tenant.
        Some(parent) => match path.rsplit_once('/') {
            Some((above, name)) => format!("{above}('{}')/{name}", quoted(parent)),
            None => path.to_string(),
        },
        None => path.to_string(),
    }
}

/// The canonical path of an entity.
pub(super) fn canonical_entity(model: &Model, collection: &Collection, key: &Key) -> String {
    match model.set(collection.set).kind {
        SetKind::Collection => format!("{}('{}')", canonical(model, collection), quoted(key)),
        SetKind::Singleton => canonical(model, collection),
    }
}

/// What follows the `#` in the context of a collection's entities, or of a `single` one:
/// `library/works/type(selected,expanded(nested))/$entity`.
pub(super) fn context_fragment(
    model: &Model,
    collection: &Collection,
    selection: &Selection,
    single: bool,
) -> String {
    let mut fragment = canonical(model, collection);
    let set = model.set(collection.set);
    if let Some(of_type) = collection.of_type.filter(|of_type| *of_type != set.entity_type) {
        let _ = write!(fragment, "/{}", model.structured(of_type).qualified_name());
    }
    if selection.properties.is_some() || !selection.expand.is_empty() {
        let _ = write!(fragment, "({})", select_list(model, selection));
    }
    // A top-level singleton is named by its own path; what a navigation property leads to is an entity among others.
    if single && (set.kind == SetKind::Collection || set.navigation.is_some()) {
        fragment.push_str("/$entity");
    }
    fragment
}

/// The selected properties, and the expanded navigation properties with lists of their own.
fn select_list(model: &Model, selection: &Selection) -> String {
    let properties = selection.properties.iter().flatten().map(|id| model.property(*id).name.to_string());
    let expanded = selection.expand.iter().map(|expand| {
        let name = &model.navigation(expand.navigation).name;
        format!("{name}({})", select_list(model, &expand.options.selection))
    });
    properties.chain(expanded).collect::<Vec<_>>().join(",")
}

/// A key inside quotes inside a URL.
fn quoted(key: &Key) -> String {
    let mut text = String::new();
    for byte in key.to_string().bytes() {
        match byte {
            b'\'' => text.push_str("''"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte.into()),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}
