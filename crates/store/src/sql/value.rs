//! Values as they are bound to parameters and read from columns, and the statements of schema changes that bind them.

use data_encoding::BASE64;
use odata::date_time::Ticks;
use odata::edm::{Kind, Primitive};
use odata::{Key, Value};
use uuid::Uuid;

/// A value bound to a parameter.
///
/// Date-times and durations are their ticks, enumerations their numbers, Booleans 0 and 1: all `Integer`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SqlValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

/// A statement of a schema change or of the persistent numbering. It may be run twice without harm. Parameters are
/// bound from 1 on; there is no tenant in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchemaStep {
    pub text: String,
    pub parameters: Vec<SqlValue>,
}

impl SqlValue {
    /// The form of a value in a column or comparison; null for what has none (complex values, collections).
    pub fn from_value(value: &Value) -> SqlValue {
        match value {
            Value::Boolean(flag) => SqlValue::Integer(i64::from(*flag)),
            Value::Int(number) | Value::Enum(number) | Value::Duration(number) => SqlValue::Integer(*number),
            Value::DateTimeOffset(Ticks(ticks)) => SqlValue::Integer(*ticks),
            Value::Double(number) => SqlValue::Real(*number),
            Value::String(text) => SqlValue::Text(text.clone()),
            Value::Binary(bytes) => SqlValue::Text(BASE64.encode(bytes).into()),
            Value::Guid(guid) => SqlValue::Text(guid.to_string().into()),
            Value::Null | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_) => SqlValue::Null,
        }
    }

    /// The value of a kind whose form this is; None if it is the form of no such value.
    pub fn into_value(self, kind: Kind) -> Option<Value> {
        Some(match (self, kind) {
            (SqlValue::Integer(number), Kind::Enum(_)) => Value::Enum(number),
            (SqlValue::Integer(number), Kind::Primitive(Primitive::Boolean)) => Value::Boolean(number != 0),
            (SqlValue::Integer(ticks), Kind::Primitive(Primitive::DateTimeOffset)) => {
                Value::DateTimeOffset(Ticks(ticks))
            }
            (SqlValue::Integer(ticks), Kind::Primitive(Primitive::Duration)) => Value::Duration(ticks),
            (SqlValue::Integer(number), _) => Value::Int(number),
            (SqlValue::Real(number), _) => Value::Double(number),
            (SqlValue::Text(text), Kind::Primitive(Primitive::Guid)) => {
                Value::Guid(Uuid::try_parse(&text).ok()?)
            }
            (SqlValue::Text(text), _) => Value::String(text),
            (SqlValue::Null, _) => Value::Null,
            (SqlValue::Bytes(_), _) => return None,
        })
    }

    /// A key's stored form.
    pub fn key(key: &Key) -> SqlValue {
        SqlValue::Bytes(key.to_bytes().into())
    }
}
