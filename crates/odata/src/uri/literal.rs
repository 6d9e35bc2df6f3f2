//! Primitive literals (ABNF `primitiveLiteral`): read without a type, then converted to the type they meet.

use std::borrow::Cow;

use bytes::Bytes;
use data_encoding::BASE64_NOPAD;
use uuid::Uuid;

use crate::base64::decode_lenient;
use crate::date_time::Ticks;
use crate::edm::{EnumId, Kind, Model, Primitive};
use crate::error::hint;
use crate::{Value, duration};

/// A literal as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal<'t> {
    Null,
    Boolean(bool),
    /// Digits with an optional sign, fraction and exponent, or `INF`, `-INF`, `NaN`.
    Number(&'t str),
    Guid(&'t str),
    /// A text that starts as a date does; whether it is a date-time with offset is found out when it is converted.
    Date(&'t str),
    /// `hh:mm`, with optional seconds and fraction.
    TimeOfDay(&'t str),
    /// `'text'`, without its quotes and unescaped.
    String(Cow<'t, str>),
    /// `duration'PT1S'`, `binary'AAA'`, `namespace.enumeration'member'`: the prefix and the text.
    Typed(&'t str, Cow<'t, str>),
}

/// The reason why a literal is not of a type.
#[derive(Debug, PartialEq)]
pub(crate) struct Mismatch {
    pub(crate) message: String,
    /// The advice what to do about it, starting with a semicolon; or empty.
    pub(crate) advice: String,
}

impl<'t> Literal<'t> {
    /// The literal of a text that is nothing else.
    pub(crate) fn parse(text: &'t str) -> Option<Literal<'t>> {
        match text.find('\'') {
            Some(0) => unquote(text).map(Literal::String),
            Some(quote) => {
                let (prefix, quoted) = text.split_at_checked(quote)?;
                unquote(quoted).map(|text| Literal::Typed(prefix, text))
            }
            None => Literal::from_word(text),
        }
    }

    /// The literal of a text without quotes; None if it is a name.
    pub(crate) fn from_word(word: &'t str) -> Option<Literal<'t>> {
        for (keyword, literal) in
            [("null", Literal::Null), ("true", Literal::Boolean(true)), ("false", Literal::Boolean(false))]
        {
            if word.eq_ignore_ascii_case(keyword) {
                return Some(literal);
            }
        }
        if is_number(word) {
            return Some(Literal::Number(word));
        }
        if word.len() == uuid::fmt::Hyphenated::LENGTH && Uuid::try_parse(word).is_ok() {
            return Some(Literal::Guid(word));
        }
        if word.as_bytes().get(2) == Some(&b':') && word.as_bytes()[..2].iter().all(u8::is_ascii_digit) {
            return Some(Literal::TimeOfDay(word));
        }
        let year = word.find('-').filter(|length| *length >= 4)?;
        word.as_bytes()[..year].iter().all(u8::is_ascii_digit).then_some(Literal::Date(word))
    }

    /// The value of the type `kind` that this is, or what is wrong with it.
    pub(crate) fn to_value(&self, model: &Model, kind: Kind) -> Result<Value, Mismatch> {
        let value = match (self, kind) {
            (Literal::Null, _) => Some(Value::Null),
            (_, Kind::Enum(id)) => return self.to_enum(model, id),
            (_, Kind::Primitive(primitive)) => self.to_primitive(primitive),
            (_, Kind::Complex(_) | Kind::Entity(_)) => None,
        };
        let advice = match (self, kind) {
            (Literal::String(text), Kind::Primitive(primitive)) if is_of_when_bare(text, primitive) => {
                "; write it without quotes"
            }
            (Literal::Date(_) | Literal::String(_), Kind::Primitive(Primitive::DateTimeOffset)) => {
                "; write it with time and offset, such as 2026-11-22T00:00:00Z"
            }
            (
                Literal::Number(_) | Literal::Date(_) | Literal::Boolean(_) | Literal::TimeOfDay(_),
                Kind::Primitive(Primitive::String),
            ) => "; put it in single quotes",
            _ => "",
        };
        value.ok_or_else(|| Mismatch {
            message: format!("{} is not an {}", self.shown(), model.kind_name(kind)),
            advice: advice.to_owned(),
        })
    }

    /// The type that it has by itself; None for null, and if it takes a model to say.
    pub(crate) fn natural(&self) -> Option<Primitive> {
        match self {
            Literal::Boolean(_) => Some(Primitive::Boolean),
            Literal::Number(text) if whole(text).is_some() => Some(Primitive::Int64),
            Literal::Number(_) => Some(Primitive::Double),
            Literal::Guid(_) => Some(Primitive::Guid),
            Literal::Date(_) => Some(Primitive::DateTimeOffset),
            Literal::String(_) => Some(Primitive::String),
            Literal::Typed("duration", _) => Some(Primitive::Duration),
            Literal::Typed("binary", _) => Some(Primitive::Binary),
            Literal::Null | Literal::TimeOfDay(_) | Literal::Typed(..) => None,
        }
    }

    /// The midnight of a date without time.
    pub(crate) fn to_date(&self) -> Option<Value> {
        match self {
            Literal::Null => Some(Value::Null),
            Literal::Date(text) if text.len() == 10 => date_time(&format!("{text}T00:00:00Z")),
            _ => None,
        }
    }

    /// Whether it is a date-time with its offset.
    pub(crate) fn is_instant(&self) -> bool {
        matches!(self, Literal::Date(text) if date_time(text).is_some())
    }

    /// The ticks of a time of day.
    pub(crate) fn to_time_of_day(&self) -> Option<Value> {
        match self {
            Literal::Null => Some(Value::Null),
            Literal::TimeOfDay(text) => match date_time(&format!("0001-01-01T{text}Z"))? {
                Value::DateTimeOffset(Ticks(ticks)) => Some(Value::Duration(ticks)),
                _ => None,
            },
            _ => None,
        }
    }

    fn to_primitive(&self, primitive: Primitive) -> Option<Value> {
        match (primitive, self) {
            (Primitive::Boolean, Literal::Boolean(value)) => Some(Value::Boolean(*value)),
            (Primitive::Int32 | Primitive::Int64, Literal::Number(text)) => whole(text).map(Value::Int),
            (Primitive::Double, Literal::Number(text)) => double(text).map(Value::Double),
            (Primitive::String, Literal::String(text)) => Some(Value::String(text.as_ref().into())),
            // Keys look like GUIDs but are strings; clients write them without quotes.
            (Primitive::String, Literal::Guid(text)) => Some(Value::String((*text).into())),
            (Primitive::Guid, Literal::Guid(text)) => Uuid::try_parse(text).ok().map(Value::Guid),
            // Clients quote GUIDs.
            (Primitive::Guid, Literal::String(text)) => Uuid::try_parse(text).ok().map(Value::Guid),
            (Primitive::DateTimeOffset, Literal::Date(text)) => date_time(text),
            // ABNF 4.01: the prefix of a duration may be left out.
            (Primitive::Duration, Literal::String(text) | Literal::Typed("duration", text)) => {
                duration::parse(text).map(Value::Duration)
            }
            (Primitive::Binary, Literal::String(text) | Literal::Typed("binary", text)) => {
                binary(text).map(Value::Binary)
            }
            _ => None,
        }
    }

    fn to_enum(&self, model: &Model, id: EnumId) -> Result<Value, Mismatch> {
        let enum_type = model.enum_type(id);
        let text = match self {
            Literal::String(text) => Some(text.as_ref()),
            Literal::Number(text) => Some(*text),
            Literal::Typed(prefix, text) if model.find_type(prefix) == Some(Kind::Enum(id)) => {
                Some(text.as_ref())
            }
            _ => None,
        };
        text.and_then(|text| enum_type.parse(text)).map(Value::Enum).ok_or_else(|| {
            let members = enum_type.members.iter().map(|member| &*member.name);
            Mismatch {
                message: format!("{} is not a member of {}", self.shown(), enum_type.qualified_name()),
                advice: hint(text.unwrap_or_default(), members),
            }
        })
    }

    /// The literal as it was written, all but its quotes.
    pub(crate) fn shown(&self) -> String {
        match self {
            Literal::Null => "null".to_owned(),
            Literal::Boolean(value) => value.to_string(),
            Literal::Number(text) | Literal::Guid(text) | Literal::Date(text) | Literal::TimeOfDay(text) => {
                (*text).to_owned()
            }
            Literal::String(text) => format!("'{text}'"),
            Literal::Typed(prefix, text) => format!("{prefix}'{text}'"),
        }
    }
}

/// The text of `'it''s'`; None if it is not exactly one quoted text.
pub(crate) fn unquote(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    if !inner.contains('\'') {
        return Some(Cow::Borrowed(inner));
    }
    let doubled = inner.matches("''").count() * 2 == inner.matches('\'').count();
    doubled.then(|| Cow::Owned(inner.replace("''", "'")))
}

fn is_number(word: &str) -> bool {
    if matches!(word, "INF" | "-INF" | "NaN") {
        return true;
    }
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    [integer, fraction, exponent]
        .into_iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A whole number, which may be written `5.0` or `5e0`.
pub(crate) fn whole(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let value: f64 = text.parse().ok()?;
    // Up to here every whole double is exact.
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}

fn double(text: &str) -> Option<f64> {
    match text {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        // Compares with nothing, itself included; the databases do not agree about it.
        _ => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

/// Whether a text would be of a type if it stood without quotes.
fn is_of_when_bare(text: &str, primitive: Primitive) -> bool {
    let bare = Literal::from_word(text);
    bare.is_some_and(|bare| bare != Literal::Null && bare.to_primitive(primitive).is_some())
}

fn date_time(text: &str) -> Option<Value> {
    Ticks::parse(text).map(Value::DateTimeOffset)
}

/// Padded base64 from base64 or base64url, padded or not.
fn binary(text: &str) -> Option<Bytes> {
    decode_lenient(&text.replace('-', "+").replace('_', "/"), &BASE64_NOPAD).map(Bytes::from)
}
