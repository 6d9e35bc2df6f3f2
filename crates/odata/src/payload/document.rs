//! The document: an entity's properties at rest, one JSON array in slot order.
//!
//! `[d,v0,v1,…]`: `d` is the index of the record's type in its hierarchy, `v0` the value of slot 0 (an entity's
//! `id`), and so on, so slot `s` is the array's element `s + 1`. Strings, Booleans and numbers stand in wire
//! form and are copied, not rebuilt; names are not repeated in every row. Enumerations are their numbers and
//! date-times and durations their ticks, because the database compares them; they are spelled out on the way
//! to the wire. A complex value is an array of the same form; if its type is spelled with `#`, `d` is `-1 - index`. An array that ends early was written under an
//! older model: the missing slots read their defaults.

use std::io::Write;

use bytes::Bytes;
use uuid::Uuid;

use super::{Draft, Json, Valid};
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive, Property, TypeId};
use crate::{Record, Value};

/// The stored form of a record: UTF-8, perhaps a slice of a page that its rows share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document(pub Bytes);

/// The element of the array that holds a slot.
pub fn element_of(slot: u16) -> usize {
    usize::from(slot) + 1
}

impl Document {
    /// Writes a record; an absent slot becomes null, and so does each slot of `left_out` (sealed secrets).
    pub fn encode(record: &Record, left_out: &[u16], model: &Model) -> Document {
        Document(Document::encode_text(record, left_out, model).into())
    }

    /// The same as text, to be stored.
    pub fn encode_text(record: &Record, left_out: &[u16], model: &Model) -> String {
        let mut out = Vec::with_capacity(512);
        write_record(&mut out, record, left_out, model);
        // What is written is UTF-8: every part of it was text.
        String::from_utf8(out).unwrap_or_default()
    }

    /// Reads a record of the hierarchy of `declared`. None if this is no document of it.
    pub fn decode(&self, declared: TypeId, model: &Model) -> Option<Record> {
        let tree = Json::parse(&self.0).ok()?;
        read_record(&tree, declared, model)
    }

    /// Reads a record and fills what an older model did not know.
    pub fn decode_complete(&self, declared: TypeId, model: &Model) -> Option<Valid> {
        Some(Draft(self.decode(declared, model)?).stored(model))
    }

    /// The array's elements as they stand, the discriminator first.
    pub fn elements(&self) -> Elements<'_> {
        Elements::new(&self.0)
    }

    /// The actual type's index in its hierarchy.
    pub fn discriminator(&self) -> usize {
        self.elements().next().map_or(0, index)
    }
}

/// Iterates over the elements of a JSON array that is known to be well-formed, as slices.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// The elements of an array's text; nothing if it is none.
    pub fn new(array: &'a [u8]) -> Elements<'a> {
        Elements { rest: array.strip_prefix(b"[").unwrap_or_default() }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let end = element_end(self.rest)?;
        let (element, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        (!element.is_empty()).then_some(element)
    }
}

/// Where the first element ends: at a comma or bracket that is in no string and no inner array.
#[inline]
fn element_end(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' => Some(string_end(text, 1)? + 1).filter(|end| *end < text.len()),
        b'n' => text.starts_with(b"null").then_some(4),
        b'[' => array_end(text),
        _ => text.iter().position(|byte| matches!(byte, b',' | b']')),
    }
}

/// The end of an element that is an array.
fn array_end(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'"' => at = string_end(text, at + 1)?,
            b'[' => depth += 1,
            b']' if depth == 1 => return Some(at + 1).filter(|end| *end < text.len()),
            b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

/// The place of the quote that ends the string whose inside starts at `from`.
#[inline]
fn string_end(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += quote_or_backslash(text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// The place of the first quote or backslash. Most strings are short: for them a call into a library costs more than
/// to look at eight bytes at a time.
#[inline]
fn quote_or_backslash(text: &[u8]) -> Option<usize> {
    const SHORT: usize = 64;
    let mut at = 0;
    while at < SHORT
        && let Some(eight) = text.get(at..at + 8)
    {
        let word = u64::from_le_bytes(eight.try_into().ok()?);
        let found = bytes_equal(word, b'"') | bytes_equal(word, b'\\');
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', text.get(at..)?).map(|further| at + further)
}

/// The high bit of each byte of a word that has a value; exact up to the first one.
#[inline]
fn bytes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let difference = word ^ (ONES * u64::from(byte));
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// The discriminator an element spells, whether signed or not.
pub(crate) fn index(element: &[u8]) -> usize {
    let number =
        |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit.wrapping_sub(b'0')));
    match element.strip_prefix(b"-") {
        Some(digits) => number(digits).saturating_sub(1),
        None => number(element),
    }
}

fn write_record(out: &mut Vec<u8>, record: &Record, left_out: &[u16], model: &Model) {
    let structured = model.structured(record.type_id);
    let hierarchy = &model.structured(structured.root).hierarchy;
    let discriminator = hierarchy.iter().position(|id| *id == record.type_id).unwrap_or(0);
    // Writing to a Vec cannot fail.
    let _ = match record.is_signed {
        true => write!(out, "[-{}", discriminator + 1),
        false => write!(out, "[{discriminator}"),
    };
    for (slot, value) in record.slots.iter().enumerate() {
        out.push(b',');
        match value {
            Some(value) if !left_out.iter().any(|out| usize::from(*out) == slot) => {
                write_value(out, value, model)
            }
            _ => out.extend_from_slice(b"null"),
        }
    }
    out.push(b']');
}

/// Writes one value in document form. Also the plain text of a sealed secret.
pub fn write_value(out: &mut Vec<u8>, value: &Value, model: &Model) {
    let _ = match value {
        // What is sealed rests beside the document, not in it.
        Value::Null | Value::Sealed(_) => out.write_all(b"null"),
        Value::Boolean(flag) => write!(out, "{flag}"),
        Value::Int(number) | Value::Enum(number) | Value::Duration(number) => write!(out, "{number}"),
        Value::DateTimeOffset(Ticks(ticks)) => write!(out, "{ticks}"),
        Value::Double(number) => serde_json::to_writer(&mut *out, number).map_err(Into::into),
        Value::String(text) | Value::Binary(text) => {
            serde_json::to_writer(&mut *out, text).map_err(Into::into)
        }
        Value::Guid(guid) => write!(out, "\"{guid}\""),
        Value::Complex(record) => {
            write_record(out, record, &[], model);
            Ok(())
        }
        Value::Collection(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_value(out, item, model);
            }
            out.push(b']');
            Ok(())
        }
    };
}

fn read_record(tree: &Json<'_>, declared: TypeId, model: &Model) -> Option<Record> {
    let Json::Array(elements) = tree else { return None };
    let (Json::Integer(discriminator), values) = elements.split_first()? else { return None };
    let root = model.structured(model.structured(declared).root);
    let is_signed = *discriminator < 0;
    let index = if is_signed { -1 - discriminator } else { *discriminator };
    let type_id = *root.hierarchy.get(usize::try_from(index).ok()?)?;
    let mut record = Record { is_signed, ..Record::empty(type_id, root.slots) };
    let mut slots = vec![None; values.len()];
    for id in root.hierarchy.iter().flat_map(|id| &model.structured(*id).properties) {
        let property = model.property(*id);
        if let (Some(value), Some(place)) =
            (values.get(usize::from(property.slot)), slots.get_mut(usize::from(property.slot)))
        {
            *place = Some(read_typed(value, property, model)?);
        }
    }
    for id in root.hierarchy.iter().flat_map(|id| &model.structured(*id).navigations) {
        // A reference's slot holds its target's key as text, or null.
        let Some(slot) = model.navigation(*id).slot.map(usize::from) else { continue };
        if let Some(Json::String(key)) = values.get(slot) {
            slots[slot] = Some(Value::String(key.as_ref().into()));
        }
    }
    for (place, value) in record.slots.iter_mut().zip(slots) {
        *place = value;
    }
    Some(record)
}

/// Reads one property's value from its document form, such as an opened secret.
pub fn read_value(text: &[u8], property: &Property, model: &Model) -> Option<Value> {
    read_typed(&Json::parse(text).ok()?, property, model)
}

fn read_typed(tree: &Json<'_>, property: &Property, model: &Model) -> Option<Value> {
    match tree {
        Json::Null => Some(Value::Null),
        Json::Array(items) if property.type_ref.collection => {
            let items = items.iter().map(|item| read_single(item, property.type_ref.kind, model));
            Some(Value::Collection(items.collect::<Option<_>>()?))
        }
        single => read_single(single, property.type_ref.kind, model),
    }
}

fn read_single(tree: &Json<'_>, kind: Kind, model: &Model) -> Option<Value> {
    Some(match (kind, tree) {
        (_, Json::Null) => Value::Null,
        (Kind::Enum(_), Json::Integer(number)) => Value::Enum(*number),
        (Kind::Complex(id) | Kind::Entity(id), tree) => {
            Value::Complex(Box::new(read_record(tree, id, model)?))
        }
        (Kind::Primitive(primitive), tree) => match (primitive, tree) {
            (Primitive::Boolean, Json::Boolean(flag)) => Value::Boolean(*flag),
            (Primitive::Int32 | Primitive::Int64, Json::Integer(number)) => Value::Int(*number),
            (Primitive::DateTimeOffset, Json::Integer(ticks)) => Value::DateTimeOffset(Ticks(*ticks)),
            (Primitive::Duration, Json::Integer(ticks)) => Value::Duration(*ticks),
            (Primitive::Double, Json::Double(number)) => Value::Double(*number),
            (Primitive::Double, Json::Integer(number)) => Value::Double(*number as f64),
            (Primitive::String, Json::String(text)) => Value::String(text.as_ref().into()),
            (Primitive::Binary, Json::String(text)) => Value::Binary(text.as_ref().into()),
            (Primitive::Guid, Json::String(text)) => Value::Guid(Uuid::try_parse(text).ok()?),
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn elements_are_split_where_json_splits_them() {
        for (text, expected) in [
            ("[]", vec![]),
            ("[0]", vec!["0"]),
            (
                r#"[1,"a,b]","c\"d\\",null,[1,[2,"]"]],-5]"#,
                vec!["1", r#""a,b]""#, r#""c\"d\\""#, "null", r#"[1,[2,"]"]]"#, "-5"],
            ),
        ] {
            let document = Document(text.into());
            let elements: Vec<_> = document.elements().map(|e| std::str::from_utf8(e).unwrap()).collect();
            assert_eq!(elements, expected);
        }
    }

    #[test]
    fn what_is_no_array_has_no_elements() {
        for text in ["", "null", "[\"never ends", "[1,2", "[\"\\"] {
            assert!(Document(text.into()).elements().count() <= 1, "{text}");
        }
    }
}
