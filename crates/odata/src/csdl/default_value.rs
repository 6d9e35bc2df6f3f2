//! What a property reads before anybody sets it.

use bytes::Bytes;
use data_encoding::BASE64;
use uuid::Uuid;

use crate::base64::decode_padded;
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive, TypeRef};
use crate::{Value, duration};

/// The value that a `DefaultValue` attribute spells; None if it is none of the property's type.
pub(super) fn parse(model: &Model, type_ref: TypeRef, text: &str) -> Option<Value> {
    match type_ref.kind {
        _ if type_ref.collection => None,
        Kind::Primitive(primitive) => parse_primitive(primitive, text),
        Kind::Enum(id) => model.enum_type(id).parse(text).map(Value::Enum),
        Kind::Complex(_) | Kind::Entity(_) => None,
    }
}

/// The text of a `DefaultValue` attribute; None for what none can spell.
pub(super) fn print(model: &Model, type_ref: TypeRef, value: &Value) -> Option<String> {
    match (value, type_ref.kind) {
        (Value::Boolean(value), _) => Some(value.to_string()),
        (Value::Int(value), _) => Some(value.to_string()),
        (Value::Double(value), _) => Some(value.to_string()),
        (Value::String(text), _) => Some(text.to_string()),
        (Value::Binary(bytes), _) => Some(BASE64.encode(bytes)),
        (Value::Guid(value), _) => Some(value.to_string()),
        (Value::DateTimeOffset(ticks), _) => Some(ticks.to_string()),
        (Value::Duration(ticks), _) => Some(duration::print(*ticks)),
        (Value::Enum(value), Kind::Enum(id)) => model.enum_type(id).print(*value),
        (Value::Null | Value::Enum(_) | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_), _) => {
            None
        }
    }
}

/// The value that a property without `DefaultValue` reads: none, or the zero of its type if it cannot be null.
pub(super) fn natural(model: &Model, type_ref: TypeRef) -> Option<Value> {
    if type_ref.nullable {
        return None;
    }
    if type_ref.collection {
        return Some(Value::Collection(Vec::new()));
    }
    match type_ref.kind {
        Kind::Primitive(primitive) => Some(zero(primitive)),
        Kind::Enum(id) => {
            let members = &model.enum_type(id).members;
            let member = members.iter().find(|member| member.value == 0).or(members.first());
            member.map(|member| Value::Enum(member.value))
        }
        Kind::Complex(_) | Kind::Entity(_) => None,
    }
}

fn zero(primitive: Primitive) -> Value {
    match primitive {
        Primitive::Binary => Value::Binary(Bytes::new()),
        Primitive::Boolean => Value::Boolean(false),
        Primitive::DateTimeOffset => Value::DateTimeOffset(Ticks(0)),
        Primitive::Double => Value::Double(0.0),
        Primitive::Duration => Value::Duration(0),
        Primitive::Guid => Value::Guid(Uuid::nil()),
        Primitive::Int32 | Primitive::Int64 => Value::Int(0),
        Primitive::String => Value::String("".into()),
    }
}

fn parse_primitive(primitive: Primitive, text: &str) -> Option<Value> {
    match primitive {
        Primitive::Binary => decode_padded(text).map(|bytes| Value::Binary(bytes.into())),
        Primitive::Boolean => text.parse().ok().map(Value::Boolean),
        Primitive::DateTimeOffset => Ticks::parse(text).map(Value::DateTimeOffset),
        Primitive::Double => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Double),
        Primitive::Duration => duration::parse(text).map(Value::Duration),
        Primitive::Guid => Uuid::try_parse(text).ok().map(Value::Guid),
        Primitive::Int32 => text.parse::<i32>().ok().map(|number| Value::Int(number.into())),
        Primitive::Int64 => text.parse().ok().map(Value::Int),
        Primitive::String => Some(Value::String(text.into())),
    }
}
