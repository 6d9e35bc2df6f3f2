//! `name@odata.bind`: entities that enter a collection in the same commit that creates or updates its owner (JSON 4.01, 8.5).

use odata::edm::{SetId, TypeId};
use odata::{Json, Key, Record};
use store::Change;

use super::linking::target;
use crate::Error;
use crate::authorize::may_insert;
use crate::context::Context;

/// The suffix of the annotation.
const BIND: &str = "@odata.bind";
/// References of one request at most, as Graph has it.
const REFERENCES_MAX: usize = 20;

/// The references that a body binds to a navigation property.
pub(super) struct BoundReferences {
    set: SetId,
    targets: Vec<Key>,
}

/// Takes the bindings out of a body. Those to a navigation property that takes no references stay, and are refused with the
/// rest of the body.
pub(super) fn taken(
    context: &Context<'_>,
    owner: TypeId,
    body: &mut Json<'_>,
) -> Result<Vec<BoundReferences>, Error> {
    let Json::Object(members) = body else { return Ok(Vec::new()) };
    let mut bindings = Vec::new();
    let mut failure = None;
    members.retain(|(name, value)| {
        let found = name.strip_suffix(BIND).and_then(|name| {
            let navigation = context.model().find_navigation(owner, name, context.version)?;
            let set = navigation.set?;
            let sets = context.handlers.of(set).reference_sets();
            (navigation.collection && !sets.is_empty()).then_some((navigation, set, sets))
        });
        let Some((navigation, set, sets)) = found else { return true };
        let read = may_insert(context.model(), &context.call.caller, &navigation.restrictions)
            .and_then(|()| targets(name, value, sets));
        match read {
            Ok(targets) => bindings.push(BoundReferences { set, targets }),
            Err(error) => failure = failure.take().or(Some(error)),
        }
        false
    });
    failure.map_or(Ok(bindings), Err)
}

fn targets(name: &str, value: &Json<'_>, sets: &[&str]) -> Result<Vec<Key>, Error> {
    let wrong = |message: String| Error::bad_request(message).about(name);
    let Json::Array(items) = value else {
        return Err(wrong(format!("'{name}' must be an array of URLs, not {}.", value.kind())));
    };
    if items.len() > REFERENCES_MAX {
        let count = items.len();
        return Err(wrong(format!("'{name}' has {count} items; at most {REFERENCES_MAX} are allowed.")));
    }
    let key = |item: &Json<'_>| match item {
        Json::String(url) => target(url, sets).map_err(|error| error.about(name)),
        other => Err(wrong(format!("The items of '{name}' must be URLs, not {}.", other.kind()))),
    };
    items.iter().map(key).collect()
}

/// The changes that let the targets enter the collections of an owner. `owner` is its record, if the same commit creates it.
pub(super) async fn changes(
    context: &Context<'_>,
    bindings: &[BoundReferences],
    key: &Key,
    owner: Option<&Record>,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for BoundReferences { set, targets } in bindings {
        let behaviour = context.handlers.of(*set);
        changes.extend(behaviour.link(context, key, owner, targets).await?);
    }
    Ok(changes)
}
