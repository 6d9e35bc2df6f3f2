//! What a property reads before anybody sets it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::ReadError;
use super::element::Element;
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive, TypeRef};
use crate::{Value, duration};

/// The value of `DefaultValue`, or the natural one of a property that cannot be null.
pub(super) fn default_value(
    model: &Model,
    element: &Element,
    type_ref: TypeRef,
) -> Result<Option<Value>, ReadError> {
    let Some(text) = element.attribute("DefaultValue") else {
        return Ok(if type_ref.nullable { None } else { natural(model, type_ref) });
    };
    let value = match type_ref.kind {
        _ if type_ref.collection => None,
        Kind::Primitive(primitive) => parse(primitive, text),
        Kind::Enum(id) => model.enum_type(id).parse(text).map(Value::Enum),
        Kind::Complex(_) | Kind::Entity(_) => None,
    };
    match value {
        Some(value) => Ok(Some(value)),
        None => Err(element.error(format!("DefaultValue=\"{text}\" is not a value of the property's type"))),
    }
}

fn natural(model: &Model, type_ref: TypeRef) -> Option<Value> {
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
        Primitive::Binary => Value::Binary("".into()),
        Primitive::Boolean => Value::Boolean(false),
        Primitive::DateTimeOffset => Value::DateTimeOffset(Ticks(0)),
        Primitive::Double => Value::Double(0.0),
        Primitive::Duration => Value::Duration(0),
        Primitive::Guid => Value::Guid(Uuid::nil()),
        Primitive::Int32 | Primitive::Int64 => Value::Int(0),
        Primitive::String => Value::String("".into()),
    }
}

fn parse(primitive: Primitive, text: &str) -> Option<Value> {
    match primitive {
        Primitive::Binary => STANDARD.decode(text).ok().map(|_| Value::Binary(text.into())),
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
