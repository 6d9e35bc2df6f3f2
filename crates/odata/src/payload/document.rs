//! The document: an entity's properties at rest, one JSON array in slot order.
//!
//! `[d,v0,v1,…]`: `d` is the index of the record's type in its hierarchy, `v0` the value of slot 0 (an entity's
//! `id`), and so on, so slot `s` is the array's element `s + 1`. Strings, Booleans and numbers stand in wire
//! form and are copied, not rebuilt; names are not repeated in every row. Enumerations are their numbers and
//! date-times and durations their ticks, because the database compares them; they are spelled out on the way
//! to the wire. A complex value is an array of the same form; if its type is spelled with `#`, `d` is `-1 - index`. An
//! array that ends early was written under an older model, or was cut: the missing slots read their defaults.

use std::fmt::{self, Write};

use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::Number;
use uuid::Uuid;

use super::detached::DetachedBinary;
use super::elements::{Elements, discriminator};
use super::entity::{Draft, Valid, default_of};
use super::json::{Json, write_quoted};
use crate::base64::decode_padded;
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, Primitive, Property, TypeId};
use crate::{Key, Record, Value};

/// The stored form of a record: UTF-8, perhaps a slice of a page that its rows share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document(pub Bytes);

/// Stands for what rests beside the document: its key in the place of the `id`, a detached binary value in its slot. It is
/// no text, so none of them.
const BESIDE: &str = "0";
/// The bytes of a document, but for those of its texts, as far as can be told.
const BYTES_MIN: usize = 256;

/// The element of the array that holds a slot.
pub fn element_of(slot: u16) -> usize {
    usize::from(slot) + 1
}

impl Document {
    /// Writes a record; an absent slot becomes null, and so does each slot of `left_out` (sealed secrets).
    pub fn encode(record: &Record, left_out: &[u16], model: &Model) -> Document {
        Document(Document::encode_text(record, left_out, model).into())
    }

    /// Writes a record as text, to be stored.
    pub fn encode_text(record: &Record, left_out: &[u16], model: &Model) -> String {
        let mut out = String::with_capacity(capacity(record));
        write_record(&mut out, record, left_out, model);
        out
    }

    /// Writes an entity as text, to be stored beside its key and the binary value in the slot `detached`; what reads the same
    /// where it is missing is cut off the end.
    pub fn encode_beside(
        record: &Record,
        key: &str,
        detached: Option<u16>,
        left_out: &[u16],
        model: &Model,
    ) -> String {
        let mut out = String::with_capacity(capacity(record));
        write_slots(&mut out, record, significant(record, left_out, model), model, |out, slot, value| {
            match value {
                Some(Value::String(id)) if slot == 0 && **id == *key => {
                    let _ = out.write_str(BESIDE);
                }
                Some(_) if detached.is_some_and(|detached| usize::from(detached) == slot) => {
                    let _ = out.write_str(BESIDE);
                }
                Some(value) if !is_left_out(left_out, slot) => write_single(out, value, model),
                _ => write_single(out, &Value::Null, model),
            }
        });
        out
    }

    /// Appends what was stored beside a key, and perhaps a binary value, as the document that it is.
    pub fn write_whole(out: &mut Vec<u8>, stored: &[u8], key: &Key, detached: Option<&DetachedBinary>) {
        let Some(detached) = detached else { return Document::write_with_key(out, stored, key) };
        let mut whole = Vec::with_capacity(stored.len() + detached.bytes.len().div_ceil(3) * 4 + 2);
        for (at, element) in Elements::new(stored).enumerate() {
            whole.push(if at == 0 { b'[' } else { b',' });
            if at == element_of(detached.slot) && element == BESIDE.as_bytes() {
                let _ = write_base64(&mut ByteWriter(&mut whole), &detached.bytes);
            } else {
                whole.extend_from_slice(element);
            }
        }
        whole.push(b']');
        Document::write_with_key(out, &whole, key);
    }

    fn write_with_key(out: &mut Vec<u8>, stored: &[u8], key: &Key) {
        let id = stored.iter().position(|byte| *byte == b',').map(|comma| comma + 1);
        let parts =
            id.and_then(|id| Some((stored.get(..id)?, stored.get(id..)?.strip_prefix(BESIDE.as_bytes())?)));
        match parts {
            // No number begins with this one.
            Some((before, after)) if matches!(after.first(), Some(b',' | b']')) => {
                out.extend_from_slice(before);
                let _ = write_quoted(&mut ByteWriter(out), &key.to_string());
                out.extend_from_slice(after);
            }
            _ => out.extend_from_slice(stored),
        }
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

    /// The actual type's index in its hierarchy; None if this is no document.
    pub fn discriminator(&self) -> Option<usize> {
        self.elements().next().map(discriminator)
    }
}

/// Writes one value in document form. Also the plain text of a sealed secret.
pub fn write_value(out: &mut Vec<u8>, value: &Value, model: &Model) {
    write_single(&mut ByteWriter(out), value, model);
}

/// A writer of text to bytes.
struct ByteWriter<'a>(&'a mut Vec<u8>);

impl Write for ByteWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

// The results of writing are ignored below, because neither a String nor a Vec refuses any text.

fn write_record(out: &mut impl Write, record: &Record, left_out: &[u16], model: &Model) {
    write_slots(out, record, record.slots.len(), model, |out, slot, value| match value {
        Some(value) if !is_left_out(left_out, slot) => write_single(out, value, model),
        _ => write_single(out, &Value::Null, model),
    });
}

fn is_left_out(left_out: &[u16], slot: usize) -> bool {
    left_out.iter().any(|out| usize::from(*out) == slot)
}

/// About the number of bytes that a record takes as text: enough not to be copied while it grows.
fn capacity(record: &Record) -> usize {
    let bytes = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.len(),
        Some(Value::Binary(bytes)) => bytes.len().div_ceil(3) * 4,
        _ => 0,
    };
    BYTES_MIN + record.slots.iter().map(bytes).sum::<usize>()
}

/// The number of slots behind which a record has only what is null, and would be null if it were missing.
fn significant(record: &Record, left_out: &[u16], model: &Model) -> usize {
    let root = model.structured(model.structured(record.type_id).root);
    let has_default = |slot: usize| {
        let properties = root.hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
        let mut properties = properties.map(|id| model.property(*id));
        properties.any(|property| usize::from(property.slot) == slot && default_of(property) != Value::Null)
    };
    let is_null = |slot: usize, value: &Option<Value>| {
        value.as_ref().is_none_or(|value| *value == Value::Null) || is_left_out(left_out, slot)
    };
    let mut slots = record.slots.iter().enumerate().rev();
    slots.find(|(slot, value)| !is_null(*slot, value) || has_default(*slot)).map_or(0, |(slot, _)| slot + 1)
}

/// Writes the discriminator and the first slots of a record.
fn write_slots<W: Write>(
    out: &mut W,
    record: &Record,
    slots: usize,
    model: &Model,
    write: impl Fn(&mut W, usize, &Option<Value>),
) {
    let structured = model.structured(record.type_id);
    let hierarchy = &model.structured(structured.root).hierarchy;
    // A type that its hierarchy does not have must not be read back as another one.
    let discriminator = hierarchy.iter().position(|id| *id == record.type_id).unwrap_or(hierarchy.len());
    let _ = match record.is_signed {
        true => write!(out, "[-{}", discriminator + 1),
        false => write!(out, "[{discriminator}"),
    };
    for (slot, value) in record.slots.iter().take(slots).enumerate() {
        let _ = out.write_char(',');
        write(out, slot, value);
    }
    let _ = out.write_char(']');
}

fn write_single(out: &mut impl Write, value: &Value, model: &Model) {
    let _ = match value {
        // What is sealed rests beside the document, not in it.
        Value::Null | Value::Sealed(_) => out.write_str("null"),
        Value::Boolean(flag) => write!(out, "{flag}"),
        Value::Int(number) | Value::Enum(number) | Value::Duration(number) => write!(out, "{number}"),
        Value::DateTimeOffset(Ticks(ticks)) => write!(out, "{ticks}"),
        // JSON has no number that is not finite.
        Value::Double(number) => match Number::from_f64(*number) {
            Some(number) => write!(out, "{number}"),
            None => out.write_str("null"),
        },
        Value::String(text) => write_quoted(out, text),
        Value::Binary(bytes) => write_base64(out, bytes),
        Value::Guid(guid) => write!(out, "\"{guid}\""),
        Value::Complex(record) => {
            write_record(out, record, &[], model);
            Ok(())
        }
        Value::Collection(items) => {
            for (at, item) in items.iter().enumerate() {
                let _ = out.write_char(if at == 0 { '[' } else { ',' });
                write_single(out, item, model);
            }
            out.write_str(if items.is_empty() { "[]" } else { "]" })
        }
    };
}

fn write_base64(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    write!(out, "\"{}\"", BASE64.encode_display(bytes))
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
        // The end may have been cut off.
        if usize::from(property.slot) >= values.len()
            && let Some(place) = record.slots.get_mut(usize::from(property.slot))
            && default_of(property) == Value::Null
        {
            *place = Some(Value::Null);
        }
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
            (Primitive::Binary, Json::String(text)) => Value::Binary(decode_padded(text)?.into()),
            (Primitive::Guid, Json::String(text)) => Value::Guid(Uuid::try_parse(text).ok()?),
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{DetachedBinary, Document, Key};

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
    fn a_key_takes_its_place_again() {
        let key = Key::parse("a\"b");
        for (stored, expected) in [
            ("[0]", "[0]"),
            ("[0,0]", r#"[0,"a\"b"]"#),
            ("[-1,0,5,[0,0]]", r#"[-1,"a\"b",5,[0,0]]"#),
            (r#"[0,"other",0]"#, r#"[0,"other",0]"#),
            ("[0,null,0]", "[0,null,0]"),
            ("", ""),
        ] {
            let mut out = Vec::new();
            Document::write_whole(&mut out, stored.as_bytes(), &key, None);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn a_detached_value_takes_its_place_again() {
        let key = Key::parse("k");
        let detached = DetachedBinary { slot: 2, bytes: Bytes::from_static(&[0xfb, 0xff, 0]) };
        for (stored, expected) in [
            ("[0,0,5,0]", r#"[0,"k",5,"+/8A"]"#),
            (r#"[-1,0,"0,0",0,[0,0],0]"#, r#"[-1,"k","0,0","+/8A",[0,0],0]"#),
            // What has a value of its own keeps it.
            (r#"[0,0,5,"AAAA"]"#, r#"[0,"k",5,"AAAA"]"#),
            ("[0,0,5]", r#"[0,"k",5]"#),
        ] {
            let mut out = b"before".to_vec();
            Document::write_whole(&mut out, stored.as_bytes(), &key, Some(&detached));
            assert_eq!(String::from_utf8(out).unwrap(), format!("before{expected}"));
        }
    }

    #[test]
    fn what_is_no_array_has_no_elements() {
        for text in ["", "null", "[\"never ends", "[1,2", "[\"\\"] {
            assert!(Document(text.into()).elements().count() <= 1, "{text}");
        }
    }
}
