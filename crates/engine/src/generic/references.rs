//! `/$ref`: which entities a navigation property leads to, and nothing else of them (JSON 4.01, 14).

use odata::payload::write::write_string;
use odata::query::QueryOptions;

use super::canonical::canonical_entity;
use super::page::{load_or_default, next_link, page, query};
use crate::authorize::Permit;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::{Answer, Error, Status};

/// GET of the reference of a single-valued navigation property, or of one of many.
pub(crate) async fn reference(
    context: &Context<'_>,
    _permit: Permit,
    address: EntityAddress,
) -> Result<Answer, Error> {
    if load_or_default(context, &address).await?.is_none() {
        return Err(Error::not_found(&address.key.to_string()));
    }
    let mut out = Vec::new();
    context.begin_body(&mut out, "$ref");
    write_id(context, &mut out, &address.collection, &address.key);
    out.push(b'}');
    Ok(Answer::new(Status::Ok, context.json(out)))
}

/// GET of the references of a collection: one page of them.
pub(crate) async fn references(
    context: &Context<'_>,
    _permit: Permit,
    collection: Collection,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let mut out = Vec::new();
    context.begin_body(&mut out, "Collection($ref)");
    if options.count {
        let count = context.count(&query(context, &collection, options, None)).await?;
        out.extend_from_slice(format!("\"@odata.count\":{},", context.format.print(count)).as_bytes());
    }
    let (rows, next) = page(context, &collection, options).await?;
    if let Some(cursor) = next {
        out.extend_from_slice(b"\"@odata.nextLink\":");
        write_string(&mut out, &next_link(context, &cursor));
        out.push(b',');
    }
    out.extend_from_slice(b"\"value\":[");
    for (at, row) in rows.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        write_id(context, &mut out, &collection, &row.key);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    Ok(Answer::new(Status::Ok, context.json(out)))
}

/// A reference is nothing but its id, so it is there whatever the client wants to know beside the data.
fn write_id(context: &Context<'_>, out: &mut Vec<u8>, collection: &Collection, key: &odata::Key) {
    let path = canonical_entity(context.model(), collection, key);
    out.extend_from_slice(b"\"@odata.id\":");
    write_string(out, &format!("{}/{path}", context.service_root()));
}
