//! Primitive values as JSON spells them (OData JSON 4.01, 7.1).

use uuid::Uuid;

use crate::base64::decode_padded;
use crate::date_time::Ticks;
use crate::edm::Primitive;
use crate::error::cut;
use crate::{Error, ErrorKind, Json, Value, duration};

/// Reads a primitive value of the property at `path`.
pub(super) fn read_primitive(
    json: &Json<'_>,
    primitive: Primitive,
    path: &str,
    pads_base64: bool,
) -> Result<Value, Error> {
    let value = match (primitive, json) {
        (Primitive::Boolean, Json::Boolean(flag)) => Some(Value::Boolean(*flag)),
        (Primitive::Int32, Json::Integer(number)) => {
            i32::try_from(*number).ok().map(|n| Value::Int(n.into()))
        }
        (Primitive::Int64, Json::Integer(number)) => Some(Value::Int(*number)),
        // IEEE754Compatible clients send 64-bit integers as strings.
        (Primitive::Int64, Json::String(text)) => text.parse().ok().map(Value::Int),
        (Primitive::Double, Json::Double(number)) => Some(Value::Double(*number)),
        (Primitive::Double, Json::Integer(number)) => Some(Value::Double(*number as f64)),
        (Primitive::String, Json::String(text)) if text.contains('\0') => {
            return Err(invalid(format!("The property '{path}' must not contain the character NUL.")));
        }
        (Primitive::String, Json::String(text)) => Some(Value::String(text.as_ref().into())),
        (Primitive::Binary, Json::String(text)) if pads_base64 && text.len() % 4 > 1 => {
            let padded = format!("{text}{}", &"=="[text.len() % 4 - 2..]);
            decode_padded(&padded).map(|bytes| Value::Binary(bytes.into()))
        }
        (Primitive::Binary, Json::String(text)) => {
            decode_padded(text).map(|bytes| Value::Binary(bytes.into()))
        }
        (Primitive::Guid, Json::String(text)) => Uuid::try_parse(text).ok().map(Value::Guid),
        (Primitive::DateTimeOffset, Json::String(text)) => Ticks::parse(text).map(Value::DateTimeOffset),
        (Primitive::Duration, Json::String(text)) => duration::parse(text).map(Value::Duration),
        _ => None,
    };
    value.ok_or_else(|| {
        let literal = match json {
            Json::String(text) => shortened(text),
            Json::Boolean(flag) => flag.to_string(),
            Json::Integer(number) => number.to_string(),
            Json::Double(number) => number.to_string(),
            other => other.kind().to_owned(),
        };
        let name = primitive.name();
        let demand = match primitive {
            Primitive::Binary => ", base64 with padding",
            Primitive::DateTimeOffset => ", a date and time with offset",
            _ => "",
        };
        invalid(format!("Cannot convert the literal '{literal}' to the expected type 'Edm.{name}'{demand} (property '{path}')."))
    })
}

/// The beginning of a caller's text, which shows that it goes on: a binary one may have thousands of characters.
fn shortened(text: &str) -> String {
    let shown = cut(text);
    if shown.len() < text.len() { format!("{shown}…") } else { shown.to_owned() }
}

/// The error of a value that breaks the model.
pub(super) fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
