//! The life of an entity as types: a `Draft` came from a client, a `Valid` agrees with the model.
//!
//! The store takes only `Valid`, and only [`Draft::complete`] makes one.

use crate::code;
use crate::edm::{Kind, Model, Primitive, Property};
use crate::{Error, ErrorKind, Record, Value};

/// An entity that a client sent, or that merged over what was stored: checked member by member, not as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft(pub Record);

/// An entity that agrees with the model: nothing is absent, and whatever did not rest in the store before is within the
/// model's bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Valid(Record);

impl Draft {
    /// Fills what is absent with defaults and checks what the model demands of the whole entity.
    pub fn complete(mut self, model: &Model) -> Result<Valid, Error> {
        complete(&mut self.0, None, model)?;
        Ok(Valid(self.0))
    }

    /// Fills and checks the next state of a stored record. What is as it was stored is not checked again: a bound that the
    /// model tightened since does not keep the rest of an old entity from changing.
    pub fn complete_over(mut self, stored: &Record, model: &Model) -> Result<Valid, Error> {
        complete(&mut self.0, Some(stored), model)?;
        Ok(Valid(self.0))
    }

    /// Fills a record that comes from the store with the defaults of what an older model did not know. It was checked when
    /// it was written.
    pub fn stored(mut self, model: &Model) -> Valid {
        fill(&mut self.0, model);
        Valid(self.0)
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

fn complete(record: &mut Record, stored: Option<&Record>, model: &Model) -> Result<(), Error> {
    let structured = model.structured(record.type_id);
    let stored = stored.filter(|stored| stored.type_id == record.type_id);
    for property in structured.properties.iter().map(|id| model.property(*id)) {
        let before = stored.and_then(|stored| stored.get(property.slot));
        let value = filled(record, property);
        if let Err(error) = check(value, property)
            && before != Some(&*value)
        {
            return Err(error);
        }
        complete_value(value, before, model)?;
    }
    Ok(())
}

fn complete_value(value: &mut Value, stored: Option<&Value>, model: &Model) -> Result<(), Error> {
    match (value, stored) {
        (Value::Complex(record), Some(Value::Complex(stored))) => complete(record, Some(stored), model),
        (Value::Complex(record), _) => complete(record, None, model),
        (Value::Collection(items), stored) => {
            let stored = match stored {
                Some(Value::Collection(stored)) => stored.as_slice(),
                _ => &[],
            };
            let mut items = items.iter_mut().enumerate();
            items.try_for_each(|(at, item)| complete_value(item, stored.get(at), model))
        }
        _ => Ok(()),
    }
}

fn fill(record: &mut Record, model: &Model) {
    let structured = model.structured(record.type_id);
    for property in structured.properties.iter().map(|id| model.property(*id)) {
        fill_value(filled(record, property), model);
    }
}

fn fill_value(value: &mut Value, model: &Model) {
    match value {
        Value::Complex(record) => fill(record, model),
        Value::Collection(items) => items.iter_mut().for_each(|item| fill_value(item, model)),
        _ => {}
    }
}

/// The value of a property, which is its default if it was absent.
fn filled<'r>(record: &'r mut Record, property: &Property) -> &'r mut Value {
    // Beyond the vector lie slots that were added to the model later.
    if usize::from(property.slot) >= record.slots.len() {
        record.slots.resize(usize::from(property.slot) + 1, None);
    }
    record.slots[usize::from(property.slot)].get_or_insert_with(|| default_of(property))
}

/// Refuses what the model does not allow as a property's value.
fn check(value: &Value, property: &Property) -> Result<(), Error> {
    if *value == Value::Null && !property.type_ref.nullable {
        return Err(not_nullable(property));
    }
    // The reader has checked what a body holds; this is for what comes another way: a parameter, a hash, a job.
    check_range(value, property)?;
    check_length(value, property, &property.name)
}

/// The value that an absent property reads.
pub fn default_of(property: &Property) -> Value {
    match &property.default {
        Some(default) => default.clone(),
        None if property.type_ref.collection => Value::Collection(Vec::new()),
        None => Value::Null,
    }
}

/// Refuses a number that the property's type has no room for.
fn check_range(value: &Value, property: &Property) -> Result<(), Error> {
    match (property.type_ref.kind, value) {
        (Kind::Primitive(Primitive::Int32), Value::Int(number)) if i32::try_from(*number).is_err() => {
            let message = format!("The property '{}' has no room for {number}.", property.name);
            Err(Error::new(ErrorKind::Invalid, message).about(&property.name))
        }
        _ => Ok(()),
    }
}

/// Refuses what is longer than the model allows, called by this name.
pub(super) fn check_length(value: &Value, property: &Property, name: &str) -> Result<(), Error> {
    if let (Value::Collection(items), Some(most)) = (value, property.max_items.map(|most| most as usize))
        && items.len() > most
    {
        let count = items.len();
        let message = format!("The property '{name}' has {count} items; at most {most} are allowed.");
        return Err(Error::new(ErrorKind::Invalid, message).coded(code::LONG_VALUE).about(name));
    }
    let Some(most) = property.max_length.map(|most| most as usize) else { return Ok(()) };
    let (length, unit) = match value {
        Value::String(text) => (text.chars().count(), "characters"),
        Value::Binary(bytes) => (bytes.len(), "bytes"),
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
