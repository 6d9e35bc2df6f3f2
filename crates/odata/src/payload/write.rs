//! Documents to JSON (OData JSON 4.01, 4): decided once per request, then a loop over rows that copies slices.

use std::io::Write;

use super::document::{Elements, index};
use crate::date_time::Ticks;
use crate::edm::{EnumId, Kind, Model, Primitive, Property, PropertyId, TypeId, TypeRef, Version};
use crate::payload::{Document, entity};
use crate::{Value, duration};

/// How much of the control information to write: `odata.metadata=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MetadataLevel {
    /// No annotations but links and counts.
    None,
    /// Types, entity tags and contexts.
    #[default]
    Minimal,
    /// Links as well.
    Full,
}

/// An entity that may be shown: selected, authorized, its secrets opened where they are to be seen.
#[derive(Clone, Debug)]
pub struct Visible<'r> {
    /// Its properties.
    pub document: &'r Document,
    /// Its entity tag's version; None: it has none (the result of an operation).
    pub version: Option<i64>,
    /// Its opened secrets, by slot.
    pub secrets: &'r [(u16, Value)],
}

/// How to write the entities of one hierarchy for one request.
#[derive(Debug)]
pub struct Template {
    types: Vec<TypeTemplate>,
    level: MetadataLevel,
}

/// How to write the entities or complex values of one actual type.
#[derive(Debug)]
struct TypeTemplate {
    /// `"@odata.type":"…"` with and without `#` before the name, or nothing.
    annotation: Box<[u8]>,
    unsigned_annotation: Box<[u8]>,
    fields: Vec<Field>,
}

/// A member: its element in the document, and what to make of it.
#[derive(Debug)]
struct Field {
    element: usize,
    slot: u16,
    /// `,"name":`
    prefix: Box<[u8]>,
    /// `,"name":null`: most members of most entities, copied in one go.
    null: Box<[u8]>,
    /// The wire form of an element that an older model did not write.
    missing: Box<[u8]>,
    form: Form,
    secret: bool,
}

/// How to write the values of one type, alone.
#[derive(Debug)]
pub struct ValueTemplate(Form);

impl ValueTemplate {
    /// Decides how to write a value; of a complex one, or of each of many, only what is selected (None: all).
    pub fn new(
        model: &Model,
        type_ref: TypeRef,
        version: Version,
        selected: Option<&[PropertyId]>,
        level: MetadataLevel,
    ) -> ValueTemplate {
        let single = match type_ref.kind {
            Kind::Complex(id) => Form::Complex(Template::new(model, id, version, selected, level)),
            kind => Form::new(model, kind, version, level),
        };
        ValueTemplate(if type_ref.collection { Form::Collection(Box::new(single)) } else { single })
    }

    /// Appends a value that is not null.
    pub fn write(&self, out: &mut Vec<u8>, value: &Value, model: &Model) {
        let mut text = Vec::new();
        super::document::write_value(&mut text, value, model);
        self.0.write(out, &text);
    }
}

/// From document form to wire form.
#[derive(Debug)]
enum Form {
    Copy,
    DateTime,
    Duration,
    Enum(Vec<(i64, Box<[u8]>)>),
    Complex(Template),
    Collection(Box<Form>),
}

impl Template {
    /// Decides how to write entities of `declared` and its derived types: the selected properties (None: all)
    /// that the version shows.
    pub fn new(
        model: &Model,
        declared: TypeId,
        version: Version,
        selected: Option<&[PropertyId]>,
        level: MetadataLevel,
    ) -> Template {
        let root = model.structured(model.structured(declared).root);
        let template = |id: &TypeId| TypeTemplate::new(model, *id, version, selected, level);
        Template { types: root.hierarchy.iter().map(template).collect(), level }
    }

    /// Appends the members of an entity, without braces and context, each preceded by a comma but the first.
    /// Returns whether anything was written.
    pub fn write_members(&self, out: &mut Vec<u8>, visible: &Visible<'_>) -> bool {
        let start = out.len();
        let mut elements = visible.document.elements();
        let discriminator = elements.next().map_or(0, index);
        let Some(of_type) = self.types.get(discriminator) else { return false };
        out.extend_from_slice(&of_type.annotation);
        if let (Some(version), true) = (visible.version, self.level != MetadataLevel::None) {
            let prefix: &[u8] = b",\"@odata.etag\":\"W/\\\"";
            out.extend_from_slice(if out.len() > start { prefix } else { &prefix[1..] });
            // Writing to a Vec cannot fail.
            let _ = serde_json::to_writer(&mut *out, &version);
            out.extend_from_slice(b"\\\"\"");
        }
        of_type.write_fields(out, start, elements, visible.secrets);
        out.len() > start
    }

    /// Appends a whole entity or complex value without context.
    pub fn write(&self, out: &mut Vec<u8>, visible: &Visible<'_>) {
        out.push(b'{');
        self.write_members(out, visible);
        out.push(b'}');
    }

    fn write_complex(&self, out: &mut Vec<u8>, element: &[u8]) {
        let mut elements = Elements::new(element);
        let discriminator = elements.next().unwrap_or_default();
        out.push(b'{');
        if let Some(of_type) = self.types.get(index(discriminator)) {
            let start = out.len();
            let is_signed = discriminator.starts_with(b"-");
            out.extend_from_slice(if is_signed { &of_type.annotation } else { &of_type.unsigned_annotation });
            of_type.write_fields(out, start, elements, &[]);
        }
        out.push(b'}');
    }
}

impl TypeTemplate {
    fn new(
        model: &Model,
        id: TypeId,
        version: Version,
        selected: Option<&[PropertyId]>,
        level: MetadataLevel,
    ) -> TypeTemplate {
        let structured = model.structured(id);
        let annotation = |sign: &str| match level {
            MetadataLevel::None => String::new(),
            _ => format!("\"@odata.type\":\"{sign}{}\"", structured.qualified_name()),
        };
        let (annotation, unsigned_annotation) = (annotation("#"), annotation(""));
        let shown = |property: &&Property| {
            property.versions.contains(version) && selected.is_none_or(|ids| ids.contains(&property.id))
        };
        let mut fields: Vec<Field> = structured
            .properties
            .iter()
            .map(|id| model.property(*id))
            .filter(shown)
            .map(|property| Field::new(model, property, version, level))
            .collect();
        // The document is read front to back.
        fields.sort_by_key(|field| field.element);
        TypeTemplate {
            annotation: annotation.into_bytes().into(),
            unsigned_annotation: unsigned_annotation.into_bytes().into(),
            fields,
        }
    }

    fn write_fields(
        &self,
        out: &mut Vec<u8>,
        start: usize,
        elements: Elements<'_>,
        secrets: &[(u16, Value)],
    ) {
        // The discriminator, element 0, has been taken already.
        let mut next = 1;
        let mut elements = elements;
        for field in &self.fields {
            let element = elements.nth(field.element - next);
            next = field.element + 1;
            let comma = usize::from(out.len() == start);
            if !field.secret && element == Some(b"null") {
                out.extend_from_slice(&field.null[comma..]);
                continue;
            }
            out.extend_from_slice(&field.prefix[comma..]);
            match element {
                _ if field.secret => field.write_secret(out, secrets),
                Some(element) => field.form.write(out, element),
                None => out.extend_from_slice(&field.missing),
            }
        }
    }
}

impl Field {
    fn new(model: &Model, property: &Property, version: Version, level: MetadataLevel) -> Field {
        let form = Form::new(model, property.type_ref.kind, version, level);
        let form = if property.type_ref.collection { Form::Collection(Box::new(form)) } else { form };
        let mut default = Vec::new();
        super::document::write_value(&mut default, &entity::default_of(property), model);
        let mut missing = Vec::new();
        match default.as_slice() {
            b"null" => missing.extend_from_slice(b"null"),
            default => form.write(&mut missing, default),
        }
        Field {
            element: super::document::element_of(property.slot),
            slot: property.slot,
            prefix: format!(",\"{}\":", property.name).into_bytes().into(),
            null: format!(",\"{}\":null", property.name).into_bytes().into(),
            missing: missing.into(),
            form,
            secret: property.secret,
        }
    }

    fn write_secret(&self, out: &mut Vec<u8>, secrets: &[(u16, Value)]) {
        let opened = secrets.iter().find(|(slot, _)| *slot == self.slot);
        let _ = match opened.map(|(_, value)| value) {
            Some(Value::String(text)) => serde_json::to_writer(&mut *out, text),
            Some(Value::Collection(items)) => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_text).collect();
                serde_json::to_writer(&mut *out, &texts)
            }
            // A collection that was never set reads empty, as any other.
            _ => {
                out.extend_from_slice(&self.missing);
                Ok(())
            }
        };
    }
}

impl Form {
    fn new(model: &Model, kind: Kind, version: Version, level: MetadataLevel) -> Form {
        match kind {
            Kind::Primitive(Primitive::DateTimeOffset) => Form::DateTime,
            Kind::Primitive(Primitive::Duration) => Form::Duration,
            Kind::Primitive(_) => Form::Copy,
            Kind::Enum(id) => Form::Enum(member_names(model, id)),
            Kind::Complex(id) | Kind::Entity(id) => {
                Form::Complex(Template::new(model, id, version, None, level))
            }
        }
    }

    fn write(&self, out: &mut Vec<u8>, element: &[u8]) {
        match self {
            Form::Copy => out.extend_from_slice(element),
            Form::DateTime => {
                out.push(b'"');
                Ticks(integer(element)).print_into(out);
                out.push(b'"');
            }
            Form::Duration => {
                let _ = write!(out, "\"{}\"", duration::print(integer(element)));
            }
            Form::Enum(names) => write_member(out, names, integer(element)),
            Form::Complex(template) => template.write_complex(out, element),
            Form::Collection(item) => {
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
fn member_names(model: &Model, id: EnumId) -> Vec<(i64, Box<[u8]>)> {
    let enum_type = model.enum_type(id);
    let sums =
        if enum_type.is_flags { 0..enum_type.members.iter().map(|m| m.value).sum::<i64>() + 1 } else { 0..0 };
    let values = enum_type.members.iter().map(|member| member.value).chain(sums);
    let named = values
        .filter_map(|value| Some((value, format!("\"{}\"", enum_type.print(value)?).into_bytes().into())));
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

/// Appends a JSON string.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    // Writing a str to a Vec cannot fail.
    let _ = serde_json::to_writer(out, text);
}
