//! Documents to JSON (OData JSON 4.01, 4): decided once per request, then a loop over rows that copies slices.

use super::Document;
use super::elements::{self, Elements};
use super::field::Field;
use super::format::{Format, MetadataLevel};
use crate::Value;
use crate::edm::{Model, Property, PropertyId, TypeId, Version};

/// An entity that may be shown: selected, authorized, its secrets opened where they are to be seen.
#[derive(Clone, Debug)]
pub struct Visible<'r> {
    /// The document with its properties.
    pub document: &'r Document,
    /// The version in its entity tag; None: it has none (the result of an operation).
    pub version: Option<i64>,
    /// The opened secrets, by slot.
    pub secrets: &'r [(u16, Value)],
    /// The links to itself, if they are to be told: members, each with a comma before it.
    pub links: &'r [u8],
}

/// A template for the entities of one hierarchy, for one request.
#[derive(Debug)]
pub struct Template {
    types: Vec<TypeTemplate>,
    format: Format,
}

/// A template for the entities or complex values of one actual type.
#[derive(Debug)]
struct TypeTemplate {
    /// `"@odata.type":"…"` with and without `#` before the name, or nothing.
    annotation: Box<[u8]>,
    unsigned_annotation: Box<[u8]>,
    fields: Vec<Field>,
}

impl Template {
    /// Decides how to write entities of `declared` and its derived types: the selected properties (None: all)
    /// that the version shows.
    pub fn new(
        model: &Model,
        declared: TypeId,
        version: Version,
        selected: Option<&[PropertyId]>,
        format: impl Into<Format>,
    ) -> Template {
        let format = format.into();
        let root = model.structured(model.structured(declared).root);
        let template = |id: &TypeId| TypeTemplate::new(model, *id, version, selected, format);
        Template { types: root.hierarchy.iter().map(template).collect(), format }
    }

    /// Appends the members of an entity, without braces and context, each preceded by a comma but the first.
    /// Returns whether anything was written.
    pub fn write_members(&self, out: &mut Vec<u8>, visible: &Visible<'_>) -> bool {
        let start = out.len();
        let mut elements = visible.document.elements();
        let of_type = elements.next().and_then(|first| self.types.get(elements::discriminator(first)));
        let Some(of_type) = of_type else { return false };
        out.extend_from_slice(&of_type.annotation);
        if let (Some(version), true) = (visible.version, self.format.metadata != MetadataLevel::None) {
            let prefix: &[u8] = b",\"@odata.etag\":\"W/\\\"";
            out.extend_from_slice(if out.len() > start { prefix } else { &prefix[1..] });
            // Writing to a Vec cannot fail.
            let _ = serde_json::to_writer(&mut *out, &version);
            out.extend_from_slice(b"\\\"\"");
        }
        out.extend_from_slice(visible.links);
        of_type.write_fields(out, start, elements, visible.secrets);
        out.len() > start
    }

    /// Appends a whole entity or complex value without context.
    pub fn write(&self, out: &mut Vec<u8>, visible: &Visible<'_>) {
        out.push(b'{');
        self.write_members(out, visible);
        out.push(b'}');
    }

    pub(super) fn write_complex(&self, out: &mut Vec<u8>, element: &[u8]) {
        let mut elements = Elements::new(element);
        out.push(b'{');
        if let Some(discriminator) = elements.next()
            && let Some(of_type) = self.types.get(elements::discriminator(discriminator))
        {
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
        format: Format,
    ) -> TypeTemplate {
        let structured = model.structured(id);
        let annotation = |sign: &str| match format.metadata {
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
            .map(|property| Field::new(model, property, version, format))
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
            field.write(out, element, secrets, out.len() == start);
        }
    }
}

/// Appends a JSON string.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    // Writing a str to a Vec cannot fail.
    let _ = serde_json::to_writer(out, text);
}
