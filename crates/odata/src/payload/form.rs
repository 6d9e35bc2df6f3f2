//! Values from document form to wire form (OData JSON 4.01, 7): decided once for a type, then for each value.

use std::io::Write;

use super::elements::Elements;
use super::format::Format;
use super::write::Template;
use crate::date_time::Ticks;
use crate::edm::{EnumId, Kind, Model, Primitive, PropertyId, TypeRef, Version};
use crate::{Value, duration};

/// A template for values of one type, each alone.
#[derive(Debug)]
pub struct ValueTemplate(WireForm);

impl ValueTemplate {
    /// Decides how to write a value; of a complex one, or of each of many, only what is selected (None: all).
    pub fn new(
        model: &Model,
        type_ref: TypeRef,
        version: Version,
        selected: Option<&[PropertyId]>,
        format: Format,
    ) -> ValueTemplate {
        ValueTemplate(WireForm::new(model, type_ref, version, selected, format))
    }

    /// Appends a value that is not null.
    pub fn write(&self, out: &mut Vec<u8>, value: &Value, model: &Model) {
        let mut text = Vec::new();
        super::document::write_value(&mut text, value, model);
        self.0.write(out, &text);
    }
}

/// The way from document form to wire form.
#[derive(Debug)]
pub(super) enum WireForm {
    Copy,
    /// An integer as a string.
    Quoted,
    DateTime,
    Duration,
    Enum(Vec<(i64, Box<[u8]>)>),
    Complex(Template),
    Collection(Box<WireForm>),
}

impl WireForm {
    /// Decides how to write values of a type; of complex ones only what is selected (None: all).
    pub(super) fn new(
        model: &Model,
        type_ref: TypeRef,
        version: Version,
        selected: Option<&[PropertyId]>,
        format: Format,
    ) -> WireForm {
        let single = match type_ref.kind {
            Kind::Primitive(Primitive::DateTimeOffset) => WireForm::DateTime,
            Kind::Primitive(Primitive::Duration) => WireForm::Duration,
            Kind::Primitive(Primitive::Int64) if format.ieee754_compatible => WireForm::Quoted,
            Kind::Primitive(_) => WireForm::Copy,
            Kind::Enum(id) => WireForm::Enum(member_names(model, id, version)),
            Kind::Complex(id) | Kind::Entity(id) => {
                WireForm::Complex(Template::new(model, id, version, selected, format))
            }
        };
        if type_ref.collection { WireForm::Collection(Box::new(single)) } else { single }
    }

    /// Appends the wire form of an element that is not null.
    pub(super) fn write(&self, out: &mut Vec<u8>, element: &[u8]) {
        match self {
            WireForm::Copy => out.extend_from_slice(element),
            WireForm::Quoted => {
                out.push(b'"');
                out.extend_from_slice(element);
                out.push(b'"');
            }
            WireForm::DateTime => {
                out.push(b'"');
                Ticks(integer(element)).print_into(out);
                out.push(b'"');
            }
            WireForm::Duration => {
                let _ = write!(out, "\"{}\"", duration::print(integer(element)));
            }
            WireForm::Enum(names) => write_member(out, names, integer(element)),
            WireForm::Complex(template) => template.write_complex(out, element),
            WireForm::Collection(item) => {
                out.push(b'[');
                for (at, element) in Elements::new(element).enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out, element);
                }
                out.push(b']');
            }
        }
    }
}

/// The wire form of every member, and of every sum of members if there are flags.
fn member_names(model: &Model, id: EnumId, version: Version) -> Vec<(i64, Box<[u8]>)> {
    let enum_type = model.enum_type(id);
    let sums =
        if enum_type.is_flags { 0..enum_type.members.iter().map(|m| m.value).sum::<i64>() + 1 } else { 0..0 };
    let values = enum_type.members.iter().map(|member| member.value).chain(sums);
    let named = values.filter_map(|value| {
        Some((value, format!("\"{}\"", enum_type.shown(value, version)?).into_bytes().into()))
    });
    named.collect()
}

fn write_member(out: &mut Vec<u8>, names: &[(i64, Box<[u8]>)], value: i64) {
    match names.iter().find(|(number, _)| *number == value) {
        Some((_, name)) => out.extend_from_slice(name),
        // A member that left the model: its number is legal on the wire, and nothing is lost.
        None => {
            let _ = write!(out, "\"{value}\"");
        }
    }
}

/// The integer that an element spells.
fn integer(element: &[u8]) -> i64 {
    let digits = element.strip_prefix(b"-").unwrap_or(element);
    let number =
        digits.iter().fold(0i64, |sum, digit| sum.wrapping_mul(10).wrapping_add((digit & 15).into()));
    if digits.len() < element.len() { number.wrapping_neg() } else { number }
}

/// The name that `@odata.type` gives a property's type where that does not show in the value (JSON 4.01, 4.6.3): none
/// for strings,
/// Booleans and the numbers that JSON has, nor for a complex value, which tells its own type.
pub fn type_annotation(model: &Model, type_ref: TypeRef) -> Option<String> {
    let name = match type_ref.kind {
        Kind::Primitive(Primitive::Boolean | Primitive::Double | Primitive::Int32 | Primitive::String)
        | Kind::Complex(_)
        | Kind::Entity(_)
            if !type_ref.collection =>
        {
            return None;
        }
        Kind::Primitive(primitive) => primitive.name().to_owned(),
        Kind::Enum(id) => model.enum_type(id).qualified_name(),
        Kind::Complex(id) | Kind::Entity(id) => model.structured(id).qualified_name(),
    };
    Some(if type_ref.collection { format!("#Collection({name})") } else { format!("#{name}") })
}
