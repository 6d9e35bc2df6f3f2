//! The life of an entity as types: a `Draft` came from a client, a `Valid` agrees with the model.
//!
//! The store takes only `Valid`, and only [`Draft::complete`] makes one.

use crate::code;
use crate::edm::{Model, Property};
use crate::{Error, ErrorKind, Record, Value};

/// An entity that a client sent, or that merged over what was stored: checked member by member, not as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft(pub Record);

/// An entity that agrees with the model: nothing is absent, nothing required is null.
#[derive(Clone, Debug, PartialEq)]
pub struct Valid(Record);

impl Draft {
    /// Fills what is absent with defaults and checks what the model demands of the whole entity.
    pub fn complete(mut self, model: &Model) -> Result<Valid, Error> {
        complete(&mut self.0, model)?;
        Ok(Valid(self.0))
    }

    /// Lays this draft over a stored record: absent keeps, null clears, a complex value merges member by member.
    pub fn merge_over(self, stored: Record) -> Draft {
        Draft(merge(stored, self.0))
    }
}

impl Valid {
    /// The record that agrees with the model.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The entity as a draft again, for a further change.
    pub fn into_draft(self) -> Draft {
        Draft(self.0)
    }
}

fn complete(record: &mut Record, model: &Model) -> Result<(), Error> {
    let structured = model.structured(record.type_id);
    for property in structured.properties.iter().map(|id| model.property(*id)) {
        // Beyond the vector lie slots that were added to the model later.
        if usize::from(property.slot) >= record.slots.len() {
            record.slots.resize(usize::from(property.slot) + 1, None);
        }
        let place = &mut record.slots[usize::from(property.slot)];
        let value = place.get_or_insert_with(|| default_of(property));
        if *value == Value::Null && !property.type_ref.nullable {
            return Err(not_nullable(property));
        }
        // The reader has checked what a body holds; this is for what comes another way: a parameter, a hash.
        check_length(value, property, &property.name)?;
        complete_value(value, model)?;
    }
    Ok(())
}

fn complete_value(value: &mut Value, model: &Model) -> Result<(), Error> {
    match value {
        Value::Complex(record) => complete(record, model),
        Value::Collection(items) => items.iter_mut().try_for_each(|item| complete_value(item, model)),
        _ => Ok(()),
    }
}

/// The value that an absent property reads.
pub fn default_of(property: &Property) -> Value {
    match &property.default {
        Some(default) => default.clone(),
        None if property.type_ref.collection => Value::Collection(Vec::new()),
        None => Value::Null,
    }
}

/// Refuses what is longer than the model allows, called by this name.
pub(super) fn check_length(value: &Value, property: &Property, name: &str) -> Result<(), Error> {
    let Some(most) = property.max_length.map(|most| most as usize) else { return Ok(()) };
    let (length, unit) = match value {
        Value::String(text) => (text.chars().count(), "characters"),
        Value::Binary(base64) => (decoded_length(base64), "bytes"),
        Value::Collection(items) => {
            return items.iter().try_for_each(|item| check_length(item, property, name));
        }
        _ => return Ok(()),
    };
    if length <= most {
        return Ok(());
    }
    let message = format!("The property '{name}' has {length} {unit}; at most {most} are allowed.");
    Err(Error::new(ErrorKind::Invalid, message).coded(code::LONG_VALUE).about(name))
}

/// The number of bytes that a padded base64 text stands for.
fn decoded_length(base64: &str) -> usize {
    let padding = base64.bytes().rev().take_while(|byte| *byte == b'=').count();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

fn not_nullable(property: &Property) -> Error {
    Error::new(ErrorKind::Invalid, format!("The property '{}' must not be null.", property.name))
        .coded(code::NULL_VALUE)
        .about(&property.name)
}

fn merge(mut under: Record, over: Record) -> Record {
    // Another complex type replaces: the members of one derived type mean nothing to another.
    if under.type_id != over.type_id {
        return over;
    }
    if under.slots.len() < over.slots.len() {
        under.slots.resize(over.slots.len(), None);
    }
    for (place, value) in under.slots.iter_mut().zip(over.slots) {
        *place = match (place.take(), value) {
            (old, None) => old,
            (Some(Value::Complex(old)), Some(Value::Complex(new))) => {
                Some(Value::Complex(Box::new(merge(*old, *new))))
            }
            (_, new) => new,
        };
    }
    under
}
