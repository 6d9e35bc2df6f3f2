//! `$skiptoken`: opaque, and stable under concurrent inserts because it names a row, not a number of rows.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value as JsonValue;
use uuid::Uuid;

use super::given::SystemOption;
use super::order_by::OrderKey;
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive};
use crate::uri::percent::{self, Plus};
use crate::uri::split::split;
use crate::{Error, ErrorKind, Key, Value};

/// Bytes of a token at most. A row can be ordered by several strings, and a token of ours has to be accepted.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// The last row of a page: the values it was ordered by, and its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The value of each `$orderby` key, in order.
    pub values: Vec<Value>,
    /// The row's key, which makes the order total.
    pub key: Key,
}

impl Cursor {
    /// The token: base64url of a JSON array with the key and the values.
    pub fn encode(&self) -> String {
        let key = JsonValue::from(self.key.to_string());
        let items = std::iter::once(key).chain(self.values.iter().map(to_json)).collect();
        BASE64URL_NOPAD.encode(JsonValue::Array(items).to_string().as_bytes())
    }

    /// Reads a token back; it has to have a value of the right type for each key of the ordering.
    pub fn decode(text: &str, order_by: &[OrderKey], model: &Model) -> Result<Cursor, Error> {
        read(text, order_by, model).ok_or_else(|| {
            Error::new(ErrorKind::BadQuery, "The $skiptoken is not one of ours").about("$skiptoken")
        })
    }
}

/// The query of the next page: the client's own, byte for byte, but for what says where the page starts.
pub fn next_link_query(raw_query: &str, cursor: &Cursor) -> String {
    let says_where = |piece: &&str| {
        let name = piece.split_once('=').map_or(*piece, |(name, _)| name);
        let option = percent::decode(name, Plus::Blank).ok().and_then(|name| SystemOption::from_name(&name));
        matches!(option, Some(SystemOption::Skip | SystemOption::SkipToken))
    };
    let token = format!("{}={}", SystemOption::SkipToken.name(), cursor.encode());
    let kept = raw_query.split('&').filter(|piece| !piece.is_empty() && !says_where(piece));
    kept.chain(std::iter::once(token.as_str())).collect::<Vec<_>>().join("&")
}

/// The options in the parentheses of an expanded navigation property, each as a piece of a query string.
pub fn nested_query(text: &str) -> Vec<String> {
    let piece = |(_, piece): (usize, &str)| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        format!("{}={}", name.trim(), percent::encode(value.trim()))
    };
    split(text, ';').filter(|(_, piece)| !piece.trim().is_empty()).map(piece).collect()
}

/// A value of an ordering as JSON: numbers stand for whatever is kept as one; what cannot be ordered by has no place
/// in a token.
fn to_json(value: &Value) -> JsonValue {
    match value {
        Value::Boolean(value) => JsonValue::from(*value),
        Value::Int(number)
        | Value::Duration(number)
        | Value::Enum(number)
        | Value::DateTimeOffset(Ticks(number)) => JsonValue::from(*number),
        // The bits, because a decimal text might come back as its neighbour.
        Value::Double(number) => JsonValue::from(number.to_bits()),
        Value::String(text) => JsonValue::from(&**text),
        Value::Guid(uuid) => JsonValue::from(uuid.to_string()),
        Value::Null | Value::Binary(_) | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_) => {
            JsonValue::Null
        }
    }
}

fn read(text: &str, order_by: &[OrderKey], model: &Model) -> Option<Cursor> {
    if text.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let json = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let items: Vec<JsonValue> = serde_json::from_slice(&json).ok()?;
    let (key, values) = items.split_first()?;
    if values.len() != order_by.len() {
        return None;
    }
    let kinds = order_by.iter().map(|key| key.kind);
    let values = values.iter().zip(kinds).map(|(json, kind)| from_json(json, kind, model));
    Some(Cursor { values: values.collect::<Option<_>>()?, key: Key::parse(clean(key)?) })
}

fn from_json(json: &JsonValue, kind: Kind, model: &Model) -> Option<Value> {
    let primitive = match kind {
        _ if json.is_null() => return Some(Value::Null),
        Kind::Primitive(primitive) => primitive,
        Kind::Enum(id) => {
            let number = json.as_i64()?;
            return model.enum_type(id).print(number).map(|_| Value::Enum(number));
        }
        Kind::Complex(_) | Kind::Entity(_) => return None,
    };
    match primitive {
        Primitive::Boolean => json.as_bool().map(Value::Boolean),
        Primitive::Int32 | Primitive::Int64 => json.as_i64().map(Value::Int),
        Primitive::Double => json.as_u64().map(f64::from_bits).map(Value::Double),
        Primitive::String => clean(json).map(|text| Value::String(text.into())),
        Primitive::Guid => Uuid::try_parse(json.as_str()?).ok().map(Value::Guid),
        Primitive::DateTimeOffset => json.as_i64().map(|ticks| Value::DateTimeOffset(Ticks(ticks))),
        Primitive::Duration => json.as_i64().map(Value::Duration),
        Primitive::Binary => None,
    }
}

/// A text without NUL, which no database takes.
fn clean(json: &JsonValue) -> Option<&str> {
    json.as_str().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Cursor, next_link_query};
    use crate::date_time::Ticks;
    use crate::edm::{Kind, Version};
    use crate::query::order_by::parse_order_by;
    use crate::query::{OrderKey, Surroundings};
    use crate::uri::test_model::library;
    use crate::{Error, ErrorKind, Key, Value};

    fn order_by(text: &str) -> Vec<OrderKey> {
        let model = library();
        let Some(Kind::Entity(book)) = model.find_type("microsoft.graph.book") else { panic!() };
        if text.is_empty() {
            Vec::new()
        } else {
            parse_order_by(&Surroundings::of(&model, Version::Beta), book, text).unwrap()
        }
    }

    fn decode(text: &str, keys: &str) -> Result<Cursor, Error> {
        Cursor::decode(text, &order_by(keys), &library())
    }

    const KEYS: &str =
        "title,aBoolean,aInt32,aInt64,aDouble,aGuid,aDateTimeOffset,aDuration,genre,condition/note";

    #[test]
    fn tokens_come_back() {
        let values = [
            Value::String("it's \"ü\" & +/%".into()),
            Value::Boolean(true),
            Value::Int(-5),
            Value::Int(i64::MIN),
            Value::Double(0.1 + 0.2),
            Value::Guid(Uuid::from_u128(7)),
            Value::DateTimeOffset(Ticks(638_396_640_000_000_001)),
            Value::Duration(-1),
            Value::Enum(2),
            Value::Null,
        ];
        for key in [Key::new(), Key::parse("a/b ü"), Key::parse("5")] {
            let cursor = Cursor { values: values.to_vec(), key };
            let token = cursor.encode();
            assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{token}");
            assert_eq!(decode(&token, KEYS), Ok(cursor));
        }
        let plain = Cursor { values: vec![], key: Key::parse("x") };
        assert_eq!(decode(&plain.encode(), ""), Ok(plain));
    }

    #[test]
    fn what_is_not_one_of_our_tokens_is_refused() {
        let token = |values: Vec<Value>| Cursor { values, key: Key::parse("x") }.encode();
        let text = || Value::String("x".into());
        for (token, keys) in [
            (String::new(), ""),
            ("LastSerialNumber='5'".to_owned(), ""),
            ("AAAA".to_owned(), ""),
            ("W10".to_owned(), ""),
            ("WzVd".to_owned(), ""),
            (token(vec![text()]), ""),
            (token(vec![]), "title"),
            (token(vec![text()]), "aInt32"),
            (token(vec![Value::Int(5)]), "title"),
            (token(vec![Value::Enum(7)]), "genre"),
            (token(vec![text()]), "aGuid"),
            (token(vec![Value::String("a\0".into())]), "title"),
            (token(vec![Value::String("x".repeat(9_000).into())]), "title"),
        ] {
            let error = decode(&token, keys).expect_err(&token);
            assert_eq!(error.kind, ErrorKind::BadQuery);
            assert_eq!(error.message, "The $skiptoken is not one of ours");
        }
    }

    #[test]
    fn the_next_page_has_the_clients_own_query() {
        let cursor = Cursor { values: vec![], key: Key::parse("x") };
        let token = cursor.encode();
        for (query, kept) in [
            ("", ""),
            ("$top=2", "$top=2&"),
            (
                "%24filter=contains%28title%2C%27a%20b%27%29&$top=2",
                "%24filter=contains%28title%2C%27a%20b%27%29&$top=2&",
            ),
            ("$top=2&$skip=3&x=y", "$top=2&x=y&"),
            ("%24skipToken=abc&skip=1&$orderby=title+desc&a=%zz&%zz=1", "$orderby=title+desc&a=%zz&%zz=1&"),
            ("$top=2&", "$top=2&"),
        ] {
            assert_eq!(next_link_query(query, &cursor), format!("{kept}$skiptoken={token}"), "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_decoder_panic(text in "[A-Za-z0-9_-]{0,60}") {
            let _ = decode(&text, KEYS);
        }
    }
}
