//! What stands between a segment's parentheses: a key predicate or the arguments of a function.

use serde_json::Value as JsonValue;

use super::Segment;
use super::literal::{Literal, unquote};
use super::split::items;
use crate::edm::{Kind, Model, Operation, Parameter, PropertyId, TypeRef, Version};
use crate::error::hint;
use crate::{Error, ErrorKind, Key, Value};

/// The name of every entity type's key.
const KEY_PROPERTY: &str = "id";

/// The key of `('k')`, `(k)`, `(id='k')` or `(id=k)`, or an alternate one, `(name='k')`.
pub(super) fn key_predicate(
    text: &str,
    position: usize,
    alternate_key: impl Fn(&str) -> Option<PropertyId>,
) -> Result<Segment, Error> {
    let bad = |what: String| bad(format!("The key at position {position} of the path {what}"));
    let (alternate, value) = match named(text) {
        Some((name, value)) if name.eq_ignore_ascii_case(KEY_PROPERTY) => (None, value),
        Some((name, value)) => match alternate_key(name) {
            Some(property) => (Some(property), value),
            None => {
                return Err(bad(format!("names the property '{name}', but the key is '{KEY_PROPERTY}'")));
            }
        },
        None => (None, text.trim()),
    };
    let key = if value.contains('\'') {
        unquote(value).ok_or_else(|| bad("is not one quoted text; double the quotes inside it".to_owned()))?
    } else {
        value.into()
    };
    match alternate {
        _ if key.is_empty() => Err(bad("is empty".to_owned())),
        Some(property) => Ok(Segment::AlternateKey(property, (&*key).into())),
        None => Ok(Segment::Key(Key::parse(&key))),
    }
}

/// The arguments of a function in the order of its parameters, None where not given.
pub(super) fn arguments(
    model: &Model,
    version: Version,
    function: &Operation,
    text: &str,
) -> Result<Vec<Option<Value>>, Error> {
    let bad = |what: String| bad(format!("{what} in the call of '{}'", function.name));
    let mut values = vec![None; function.parameters.len()];
    let given = (!text.trim().is_empty()).then(|| items(text));
    for (_, argument) in given.into_iter().flatten() {
        let (name, value) = named(argument)
            .ok_or_else(|| bad(format!("The argument '{argument}' is not written 'name=value'")))?;
        let visible = |parameter: &Parameter| parameter.versions.contains(version);
        let mut parameters = function.parameters.iter().zip(&mut values);
        let Some((parameter, place)) =
            parameters.find(|(p, _)| visible(p) && p.name.eq_ignore_ascii_case(name))
        else {
            let names = function.parameters.iter().filter(|p| visible(p)).map(|p| &*p.name);
            return Err(bad(format!("There is no parameter '{name}'{}", hint(name, names))));
        };
        let given = convert(model, parameter.type_ref, value)
            .map_err(|reason| bad(format!("The argument '{name}' is wrong: {reason}")))?;
        if place.replace(given).is_some() {
            return Err(bad(format!("The argument '{name}' is given twice")));
        }
    }
    Ok(values)
}

/// Splits `name=value`; None if what is before the sign is not a name.
fn named(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some((name, value.trim()))
}

fn convert(model: &Model, type_ref: TypeRef, text: &str) -> Result<Value, String> {
    if text.starts_with('@') {
        return Err(format!("an alias stands for a value, and {text} is another alias"));
    }
    if !type_ref.collection {
        let literal = Literal::parse(text).ok_or_else(|| format!("{text} is not a literal"))?;
        return to_value(model, type_ref.kind, &literal);
    }
    if Literal::parse(text) == Some(Literal::Null) {
        return Ok(Value::Null);
    }
    let items: Vec<JsonValue> = serde_json::from_str(text)
        .map_err(|error| format!("it is not a JSON array of {} ({error})", model.kind_name(type_ref.kind)))?;
    items
        .iter()
        .map(|item| convert_json(model, type_ref.kind, item))
        .collect::<Result<_, _>>()
        .map(Value::Collection)
}

/// An item of a JSON array, which says the same as some literal.
fn convert_json(model: &Model, kind: Kind, item: &JsonValue) -> Result<Value, String> {
    let number;
    let literal = match item {
        JsonValue::Null => Literal::Null,
        JsonValue::Bool(value) => Literal::Boolean(*value),
        JsonValue::Number(value) => {
            number = value.to_string();
            Literal::Number(&number)
        }
        JsonValue::String(text) if text.contains('\0') => {
            return Err("an item has a NUL character".to_owned());
        }
        JsonValue::String(text) => Literal::String(text.into()),
        JsonValue::Array(_) | JsonValue::Object(_) => {
            return Err(format!("an item is not an {}", model.kind_name(kind)));
        }
    };
    to_value(model, kind, &literal)
}

fn to_value(model: &Model, kind: Kind, literal: &Literal<'_>) -> Result<Value, String> {
    literal.to_value(model, kind).map_err(|mismatch| mismatch.message + &mismatch.advice)
}

fn bad(message: String) -> Error {
    Error::new(ErrorKind::BadPath, message).coded(crate::code::MALFORMED_ARGUMENT)
}
