//! A member of an entity or complex value: its name and the control information before it, and its value.

use super::entity;
use super::form::{WireForm, type_annotation};
use super::format::{Format, MetadataLevel};
use crate::Value;
use crate::edm::{Model, Property, Version};

/// A member: its element in the document, and what to make of it.
#[derive(Debug)]
pub(super) struct Field {
    /// The index of its element in the document.
    pub(super) element: usize,
    slot: u16,
    /// `,"name":`, with the type before it if that is to be told.
    prefix: Box<[u8]>,
    /// `,"name":null`: most members of most entities, copied in one go.
    null: Box<[u8]>,
    /// The wire form of an element that an older model did not write; none if that is null.
    missing: Option<Box<[u8]>>,
    form: WireForm,
    secret: bool,
    nullable: bool,
}

impl Field {
    /// Decides how to write a property.
    pub(super) fn new(model: &Model, property: &Property, version: Version, format: Format) -> Field {
        let form = WireForm::new(model, property.type_ref, version, None, format);
        let mut default = Vec::new();
        super::document::write_value(&mut default, &entity::default_of(property), model);
        let missing = (default != b"null").then(|| {
            let mut missing = Vec::new();
            form.write(&mut missing, &default);
            missing.into()
        });
        let name = &property.name;
        let type_name = match format.metadata {
            MetadataLevel::Full => type_annotation(model, property.type_ref),
            MetadataLevel::Minimal | MetadataLevel::None => None,
        };
        let annotation = type_name.map(|of| format!(",\"{name}@odata.type\":\"{of}\"")).unwrap_or_default();
        Field {
            element: super::document::element_of(property.slot),
            slot: property.slot,
            prefix: format!("{annotation},\"{name}\":").into_bytes().into(),
            null: format!(",\"{name}\":null").into_bytes().into(),
            missing,
            form,
            secret: property.secret,
            nullable: property.type_ref.nullable,
        }
    }

    /// Appends the member, without its comma if it is the first.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        element: Option<&[u8]>,
        secrets: &[(u16, Value)],
        is_first: bool,
    ) {
        let comma = usize::from(is_first);
        let opened = || secrets.iter().find(|(slot, _)| *slot == self.slot).map(|(_, value)| value);
        match (element, &self.missing) {
            _ if self.secret && matches!(opened(), Some(Value::String(_) | Value::Collection(_))) => {
                out.extend_from_slice(&self.prefix[comma..]);
                write_secret(out, opened());
            }
            (Some(element), _) if !self.secret && element != b"null" => {
                out.extend_from_slice(&self.prefix[comma..]);
                self.form.write(out, element);
            }
            // A secret collection that was never set reads empty, as any other. What may be null where it rests need not be so
            // in a view of it.
            (_, Some(missing)) if self.secret || element.is_none() || !self.nullable => {
                out.extend_from_slice(&self.prefix[comma..]);
                out.extend_from_slice(missing);
            }
            _ => out.extend_from_slice(&self.null[comma..]),
        }
    }
}

fn write_secret(out: &mut Vec<u8>, opened: Option<&Value>) {
    // Writing to a Vec cannot fail.
    let _ = match opened {
        Some(Value::String(text)) => serde_json::to_writer(out, text),
        Some(Value::Collection(items)) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_text).collect();
            serde_json::to_writer(out, &texts)
        }
        _ => Ok(()),
    };
}
