//! Raw values (protocol 4.01, 11.2.4.1): one primitive value as text or, if it is binary, as the bytes it stands for.

use bytes::Bytes;

use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Version};
use crate::{Value, duration};

/// A value without JSON around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// A text, sent as `text/plain`.
    Text(String),
    /// Bytes, sent as `application/octet-stream`.
    Bytes(Bytes),
}

/// The raw form that a version shows of a value of the kind; of one that has none, such as a complex one, an empty
/// text.
pub fn raw(value: &Value, kind: Kind, model: &Model, version: Version) -> Raw {
    Raw::Text(match value {
        Value::Boolean(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        Value::Binary(bytes) => return Raw::Bytes(bytes.clone()),
        Value::Guid(guid) => guid.to_string(),
        Value::DateTimeOffset(Ticks(ticks)) => Ticks(*ticks).to_string(),
        Value::Duration(ticks) => duration::print(*ticks),
        Value::Enum(number) => match kind {
            Kind::Enum(id) => {
                let shown = model.enum_type(id).shown(*number, version);
                shown.unwrap_or_else(|| number.to_string())
            }
            _ => number.to_string(),
        },
        Value::Null | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_) => String::new(),
    })
}
