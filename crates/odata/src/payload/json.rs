//! A JSON text as a tree that keeps what matters to a protocol: member order, and no member twice.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::{self, Write};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::error::cut;
use crate::{Error, ErrorKind};

/// An object of a JSON document that is built member by member.
pub(crate) type JsonObject = serde_json::Map<String, serde_json::Value>;

/// A parsed JSON text; strings without escapes borrow from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// The value `null`.
    Null,
    /// The value `true` or `false`.
    Boolean(bool),
    /// A number without fraction or exponent that fits in 64 bits.
    Integer(i64),
    /// A number with fraction or exponent, or one beyond 64 bits.
    Double(f64),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array of any values.
    Array(Vec<Json<'a>>),
    /// An object; no name occurs twice.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// The byte order mark of a text in UTF-8.
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The JSON text of a body: without the byte order mark that tools of Windows write before it. A body in UTF-16 is
/// refused by that name.
pub fn text_of_body(body: &[u8]) -> Result<&[u8], Error> {
    let order = match body {
        [0xff, 0xfe, ..] => Some("little-endian"),
        [0xfe, 0xff, ..] => Some("big-endian"),
        // The first character of a JSON text is one of ASCII.
        [1..=0x7f, 0, ..] => Some("little-endian"),
        [0, 1..=0x7f, ..] => Some("big-endian"),
        _ => None,
    };
    if let Some(order) = order {
        let message = format!("The body is in UTF-16, {order}; JSON is taken in UTF-8 only.");
        return Err(Error::new(ErrorKind::BadBody, message));
    }
    Ok(body.strip_prefix(UTF_8_MARK).unwrap_or(body))
}

impl<'a> Json<'a> {
    /// Parses a body. Nesting is limited by the parser (128), size by whoever read the text.
    pub fn parse(text: &'a [u8]) -> Result<Json<'a>, Error> {
        Json::read(text).map_err(|reason| {
            Error::new(ErrorKind::BadBody, format!("The body is not valid JSON: {reason}."))
        })
    }

    /// Parses a text that is no body; the error is the reason with its position.
    pub fn read(text: &'a [u8]) -> Result<Json<'a>, String> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let tree = TreeVisitor { values: &Cell::new(0) }.deserialize(&mut deserializer);
        let whole = tree.and_then(|tree| deserializer.end().map(|()| tree));
        whole.map_err(|error| error.to_string())
    }

    /// The JSON word for the kind of value this is.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Boolean(_) => "a Boolean",
            Json::Integer(_) | Json::Double(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }
}

/// What makes the tree of a text.
#[derive(Clone, Copy)]
struct TreeVisitor<'c> {
    /// The values of the text so far.
    values: &'c Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for TreeVisitor<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        let values = self.values.get() + 1;
        if values > VALUES_MAX {
            return Err(D::Error::custom(format_args!("there are more than {VALUES_MAX} values in it")));
        }
        self.values.set(values);
        deserializer.deserialize_any(self)
    }
}

/// The values of a text at most: one of two bytes may take a hundred here. A list of ten thousand entities with twenty members
/// each stays within it.
const VALUES_MAX: usize = 200_000;
/// The bytes of a text that are looked at together.
const PART_BYTES: usize = 32;
/// Members of an object at most: no type of any model is that wide.
const MEMBERS_MAX: usize = 1_000;
/// Up to so many members are compared with each other; a set would take longer.
const MEMBERS_COMPARED: usize = 32;

impl<'de> Visitor<'de> for TreeVisitor<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Double(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json<'de>, A::Error> {
        let mut object: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        let mut names = HashSet::new();
        while let Some(Name(name)) = members.next_key()? {
            let is_known = match object.len() {
                ..MEMBERS_COMPARED => object.iter().any(|(known, _)| *known == name),
                MEMBERS_COMPARED => {
                    names.extend(object.iter().map(|(known, _)| known.clone()));
                    !names.insert(name.clone())
                }
                _ => !names.insert(name.clone()),
            };
            if is_known {
                return Err(A::Error::custom(format_args!("the member '{}' occurs twice", cut(&name))));
            }
            if object.len() == MEMBERS_MAX {
                return Err(A::Error::custom(format_args!("an object has more than {MEMBERS_MAX} members")));
            }
            object.push((name, members.next_value_seed(self)?));
        }
        Ok(Json::Object(object))
    }
}

/// A member name, borrowed when it can be (serde's own `Cow` always copies).
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name<'de>, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }
}

/// Writes a JSON string: the text in quotes, what may not stand in it escaped.
pub(crate) fn write_quoted(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = text;
    while let Some(at) = first_to_escape(rest.as_bytes()) {
        let (plain, from) = rest.split_at(at);
        // What is found is a character of ASCII, and so of one byte.
        let (escaped, after) = from.split_at(1);
        out.write_str(plain)?;
        match escaped {
            "\"" => out.write_str("\\\""),
            "\\" => out.write_str("\\\\"),
            "\n" => out.write_str("\\n"),
            "\r" => out.write_str("\\r"),
            "\t" => out.write_str("\\t"),
            "\u{8}" => out.write_str("\\b"),
            "\u{c}" => out.write_str("\\f"),
            control => control.bytes().try_for_each(|byte| write!(out, "\\u{byte:04x}")),
        }?;
        rest = after;
    }
    out.write_str(rest)?;
    out.write_char('"')
}

/// The place of the first byte that may not stand in a string as it is. Several are looked at together, without a branch for
/// each.
fn first_to_escape(text: &[u8]) -> Option<usize> {
    let is_escaped = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    let mut at = 0;
    for part in text.chunks(PART_BYTES) {
        if part.iter().fold(false, |any, byte| any | is_escaped(byte)) {
            return part.iter().position(is_escaped).map(|within| at + within);
        }
        at += part.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Json, text_of_body, write_quoted};

    proptest! {
        #[test]
        fn a_string_is_written_as_the_library_does(text in "(\\PC|[\u{0}-\u{7f}]){0,40}") {
            let mut written = String::new();
            write_quoted(&mut written, &text).unwrap();
            prop_assert_eq!(written, serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_and_utf_16_is_named() {
        for (body, text) in [
            (&b"{}"[..], Some(&b"{}"[..])),
            (b"\xef\xbb\xbf{}", Some(b"{}")),
            (b"\xef\xbb\xbf", Some(b"")),
            (b"{} \r\n", Some(b"{} \r\n")),
            (b"{}\0", Some(b"{}\0")),
            (b"\0", Some(b"\0")),
            (b"", Some(b"")),
            // Only one mark is one.
            (b"\xef\xbb\xbf\xef\xbb\xbf{}", Some(b"\xef\xbb\xbf{}")),
            (b"\xff\xfe{\0}\0", None),
            (b"\xfe\xff\0{\0}", None),
            (b"{\0}\0", None),
            (b"\0{\0}", None),
        ] {
            match (text_of_body(body), text) {
                (Ok(found), text) => assert_eq!(Some(found), text, "{body:?}"),
                (Err(error), None) => assert!(error.message.contains("UTF-16"), "{error}"),
                (Err(error), Some(_)) => panic!("{body:?}: {error}"),
            }
        }
    }

    #[test]
    fn a_member_that_occurs_twice_is_refused_by_name() {
        let error = Json::parse(br#"{"a":{"b":1,"b":2}}"#).unwrap_err();
        assert!(error.message.contains("'b' occurs twice"), "{}", error.message);
    }

    #[test]
    fn of_many_members_none_may_occur_twice() {
        for count in [2, 32, 33, 34, 100] {
            let members: Vec<String> = (0..count).map(|at| format!("\"m{at}\":1")).collect();
            assert!(Json::parse(format!("{{{}}}", members.join(",")).as_bytes()).is_ok(), "{count}");
            for first in [0, count - 1] {
                let text = format!("{{{},\"m{first}\":1}}", members.join(","));
                let error = Json::parse(text.as_bytes()).unwrap_err();
                assert!(error.message.contains(&format!("'m{first}' occurs twice")), "{}", error.message);
            }
        }
    }

    #[test]
    fn a_text_has_a_bound_of_values() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
        assert!(Json::parse(list(super::VALUES_MAX).as_bytes()).is_ok());
        let error = Json::parse(list(super::VALUES_MAX + 1).as_bytes()).unwrap_err();
        assert!(error.message.contains("more than 200000 values"), "{}", error.message);
        let nested = format!("{{\"a\":{},\"b\":{}}}", list(100_000), list(100_000));
        assert!(Json::parse(nested.as_bytes()).is_err(), "wherever they are");
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "{a:1}", "[1,]", "\u{feff}{}", "\"\\ud800\"", "01", "1 2", deep.as_str(), "nul"]
        {
            assert!(Json::parse(text.as_bytes()).is_err(), "{}", super::cut(text));
        }
        assert!(Json::parse(b"\"\xff\"").is_err());
    }
}
