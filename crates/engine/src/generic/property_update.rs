//! Changing one property of an entity by a path of its own (protocol 4.01, 11.4.9): the entity's update in small, with
//! its preconditions and its behaviour.

use odata::edm::{Property, TypeRef};
use odata::payload::Draft;
use odata::prefer::Return;
use odata::query::QueryOptions;
use odata::uri::{ResourcePath, Shape};
use odata::{Json, Record, Value};

use super::property::json;
use super::property_path::PropertyPath;
use super::row::etag;
use super::update::changed;
use crate::authorize::Permit;
use crate::collection::EntityAddress;
use crate::context::Context;
use crate::{Answer, Error, Status, Verb, code};

/// PUT, PATCH and DELETE of a property. Replacing and setting to null leave nothing of a complex value; PATCH keeps
/// what it does not name.
pub(crate) async fn update_property(
    context: &Context<'_>,
    _permit: Permit,
    address: EntityAddress,
    path: &ResourcePath,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let property_path = PropertyPath::of(context.model(), &path.segments);
    let (Some(property), Shape::Property(type_ref)) = (property_path.properties().next_back(), path.shape)
    else {
        return Err(Error::not_found(&property_path.path()));
    };
    refuse_computed(&property_path)?;
    let body = match context.call.verb {
        Verb::Delete => None,
        _ => Some(Json::parse(&context.call.body)?),
    };
    let change = |record: &Record| {
        let mut next = record.clone();
        let value =
            property_path.value_mut(&mut next).ok_or_else(|| Error::not_found(&property_path.path()))?;
        *value = next_value(context, &property_path, property, type_ref, body.as_ref(), value)?;
        complete(context, &address, &property_path, record, &mut next);
        Ok(next)
    };
    let changed = changed(context, &address, false, change).await?;
    let tag = etag(&changed.row);
    let returned = context.preferences.returned;
    let preference_applied = returned.map(|returned| returned.applied().to_owned());
    let done = Answer { etag: tag, preference_applied, ..Answer::no_content() };
    if returned != Some(Return::Representation) {
        return Ok(done);
    }
    let mut record = context.store.record(address.collection.set, &changed.row)?;
    // The caller has just sent them: it need not be recorded that it is shown them.
    for (slot, value) in changed.secrets {
        record.set(slot, value);
    }
    match property_path.value(&record) {
        None | Some(Value::Null | Value::Sealed(_)) => Ok(done),
        Some(value) => {
            let body = json(context, &address, &property_path, path.shape, value, options)?;
            Ok(Answer { status: Status::Ok, body, ..done })
        }
    }
}

/// Has the behaviour of the set complete a change of one property, as it completes one of several.
fn complete(
    context: &Context<'_>,
    address: &EntityAddress,
    property_path: &PropertyPath<'_>,
    stored: &Record,
    next: &mut Record,
) {
    let mut sent = Record { slots: vec![None; next.slots.len()], ..*next };
    if let Some(property) = property_path.properties().next()
        && let Some(value) = next.get(property.slot)
    {
        sent.set(property.slot, value.clone());
    }
    context.handlers.of(address.collection.set).before_merge(stored, &mut sent);
    for (slot, value) in (0..).zip(sent.slots) {
        if let Some(value) = value {
            next.set(slot, value);
        }
    }
}

/// What the server keeps itself is ignored in an entity's body, which clients send back as they read it; who names it
/// in a path means it.
fn refuse_computed(property_path: &PropertyPath<'_>) -> Result<(), Error> {
    let kept = property_path.properties().find(|property| property.computed || property.immutable);
    kept.map_or(Ok(()), |property| {
        let name = &property.name;
        let message = format!("The property '{name}' is kept by the server and cannot be written.");
        Err(Error::bad_request(message).coded(code::PROPERTY_COMPUTED).about(name))
    })
}

fn next_value(
    context: &Context<'_>,
    property_path: &PropertyPath<'_>,
    property: &Property,
    type_ref: TypeRef,
    body: Option<&Json<'_>>,
    before: &Value,
) -> Result<Value, Error> {
    let reader = context.reader();
    let path = property_path.path();
    let Some(body) = body else {
        return match type_ref {
            TypeRef { collection: true, .. } => Ok(Value::Collection(Vec::new())),
            TypeRef { nullable: true, .. } => Ok(Value::Null),
            _ => {
                let message = format!("The property '{path}' must not be null.");
                Err(Error::bad_request(message).coded(odata::code::NULL_VALUE).about(&path))
            }
        };
    };
    let merges = context.call.verb == Verb::Patch;
    let stored = Some(before).filter(|_| merges);
    match (reader.single_property(body, property, type_ref, stored, &path)?, before) {
        (Value::Complex(new), Value::Complex(before)) if merges => {
            Ok(Value::Complex(Box::new(Draft(*new).merge_over((**before).clone()).0)))
        }
        (value, _) => Ok(value),
    }
}
