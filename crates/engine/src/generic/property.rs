//! One property of an entity, addressed by a path of its own (protocol 4.01, 11.2.4): its value as JSON, its raw value,
//! or the number of its values.

use odata::edm::{Kind, TypeRef};
use odata::payload::entity::default_of;
use odata::payload::form::{ValueTemplate, type_annotation};
use odata::payload::raw::{Raw, raw};
use odata::payload::{Document, Draft, MetadataLevel, Template, Visible};
use odata::query::QueryOptions;
use odata::uri::{ResourcePath, Shape};
use odata::{Record, Value};
use store::Row;

use super::canonical::canonical_entity;
use super::page::load_or_default;
use super::present::withheld_error;
use super::property_path::PropertyPath;
use super::row::etag;
use crate::audit::reveal;
use crate::authorize::Permit;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::{Answer, Body, Error, Status};

/// GET of a property, of its `/$value` or of its `/$count`.
pub(crate) async fn property(
    context: &Context<'_>,
    _permit: Permit,
    address: EntityAddress,
    path: &ResourcePath,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let row = load_or_default(context, &address)
        .await?
        .ok_or_else(|| Error::not_found(&address.key.to_string()))?;
    let etag = etag(&row);
    if !context.preconditions.is_news(row.version)? {
        return Ok(Answer { etag, ..Answer::new(Status::NotModified, Body::None) });
    }
    let property_path = PropertyPath::of(context.model(), &path.segments);
    let record = opened(context, &address.collection, &row, &property_path).await?;
    let value = property_path.value(&record).ok_or_else(|| Error::not_found(&property_path.path()))?;
    let body = match (path.shape, value) {
        (_, Value::Null | Value::Sealed(_)) => return Ok(Answer { etag, ..Answer::no_content() }),
        (Shape::CountOfValues, Value::Collection(items)) => Body::Text(items.len().to_string().into()),
        (Shape::Raw(type_ref), value) => match raw(value, type_ref.kind, context.model(), context.version) {
            Raw::Text(text) => Body::Text(text.into()),
            Raw::Bytes(bytes) => Body::Bytes(bytes),
        },
        (shape, value) => json(context, &address, &property_path, shape, value, options)?,
    };
    Ok(Answer { etag, ..Answer::new(Status::Ok, body) })
}

/// The entity's record; its secrets are opened, and the look at them recorded, if the way leads to one.
async fn opened(
    context: &Context<'_>,
    collection: &Collection,
    row: &Row,
    property_path: &PropertyPath<'_>,
) -> Result<Record, Error> {
    let model = context.model();
    let stored = Draft(context.store.record(collection.set, row)?);
    let mut record = stored.stored(model).into_draft().0;
    if let Some(secret) = property_path.properties().find(|property| property.secret) {
        if context.handlers.of(collection.set).reveals_on_request() {
            return Err(withheld_error(&secret.name));
        }
        // What was never set is not sealed, and reads as any other property that was never set.
        record.set(secret.slot, default_of(secret));
        for (slot, value) in reveal(context, collection.set, std::slice::from_ref(row)).await?.concat() {
            record.set(slot, value);
        }
    }
    Ok(record)
}

/// The body that shows a value that is not null (JSON 4.01, 11).
pub(super) fn json(
    context: &Context<'_>,
    address: &EntityAddress,
    property_path: &PropertyPath<'_>,
    shape: Shape,
    value: &Value,
    options: &QueryOptions,
) -> Result<Body, Error> {
    let (model, format) = (context.model(), context.format);
    let Shape::Property(type_ref) = shape else { return Err(Error::not_found(&property_path.path())) };
    let selected = options.selection.properties.as_deref();
    let mut fragment = canonical_entity(model, &address.collection, &address.key);
    fragment.push_str(&property_path.context_path(model.set(address.collection.set).entity_type));
    if let Some(selected) = selected {
        let names: Vec<&str> = selected.iter().map(|id| &*model.property(*id).name).collect();
        fragment.push_str(&format!("({})", names.join(",")));
    }
    let mut out = Vec::new();
    context.begin_body(&mut out, &fragment);
    match (value, type_ref) {
        (Value::Complex(record), TypeRef { kind: Kind::Complex(declared), .. }) => {
            let template = Template::new(model, declared, context.version, selected, format);
            let document = Document::encode(record, &[], model);
            template.write_members(
                &mut out,
                &Visible { document: &document, version: None, secrets: &[], links: &[] },
            );
        }
        (value, type_ref) => {
            if let (MetadataLevel::Full, Some(name)) = (format.metadata, type_annotation(model, type_ref)) {
                out.extend_from_slice(format!("\"@odata.type\":\"{name}\",").as_bytes());
            }
            out.extend_from_slice(b"\"value\":");
            ValueTemplate::new(model, type_ref, context.version, selected, format)
                .write(&mut out, value, model);
        }
    }
    out.push(b'}');
    Ok(context.json(out))
}
