//! Reading: one entity, a page of a collection, a count.

use odata::payload::MetadataLevel;
use odata::payload::write::write_string;
use odata::query::QueryOptions;

use super::links::write_operations_of;
use super::page::{load_or_default, next_link, page, query};
use super::present::Presenter;
use super::row::etag;
use crate::authorize::Permit;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::stages::Stages;
use crate::{Answer, Body, Error, Status};

/// GET of one entity.
pub(crate) async fn get(
    context: &Context<'_>,
    permit: Permit,
    address: EntityAddress,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let mut stages = Stages::begin();
    let row = load_or_default(context, &address)
        .await?
        .ok_or_else(|| Error::not_found(&address.key.to_string()))?;
    stages.end("store");
    // A tag is about the entity alone: what is expanded may have changed without it.
    if !context.preconditions.is_news(row.version)? && options.selection.expand.is_empty() {
        return Ok(Answer { etag: etag(&row), ..Answer::new(Status::NotModified, Body::None) });
    }
    let presenter = Presenter::new(context, permit, &address.collection, &options.selection);
    let body = presenter.read_body(&row).await?;
    stages.end("write");
    Ok(stages.before(Answer { etag: etag(&row), ..Answer::new(Status::Ok, body) }))
}

/// GET of a collection: one page of it.
pub(crate) async fn list(
    context: &Context<'_>,
    permit: Permit,
    collection: Collection,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let presenter = Presenter::new(context, permit, &collection, &options.selection);
    let mut stages = Stages::begin();
    let count = match options.count {
        true => Some(Box::pin(context.count(&query(context, &collection, options, None))).await?),
        false => None,
    };
    let (rows, next) = page(context, &collection, options).await?;
    stages.end("store");

    // On the wire an entity takes some three times the room that it takes at rest: its names come with it.
    let at_rest: usize = rows.iter().map(|row| row.document.0.len()).sum();
    let mut out = Vec::with_capacity(3 * at_rest + 512);
    context.begin_body(&mut out, &presenter.fragment(false));
    if let Some(count) = count {
        out.extend_from_slice(format!("\"@odata.count\":{},", context.format.print(count)).as_bytes());
    }
    if context.format.metadata == MetadataLevel::Full {
        write_operations_of(context, &collection, &mut out);
    }
    if let Some(cursor) = next {
        out.extend_from_slice(b"\"@odata.nextLink\":");
        write_string(&mut out, &next_link(context, &cursor));
        out.push(b',');
    }
    out.extend_from_slice(b"\"value\":[");
    presenter.rows(&mut out, &rows).await?;
    out.extend_from_slice(b"]}");
    stages.end("write");
    let holds = presenter.holds(&rows);
    Ok(stages.before(Answer { holds, ..Answer::new(Status::Ok, context.json_of_entities(out)) }))
}

/// GET of `/$count`.
pub(crate) async fn count(
    context: &Context<'_>,
    _permit: Permit,
    collection: Collection,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let count = context.count(&query(context, &collection, options, None)).await?;
    Ok(Answer::new(Status::Ok, Body::Text(count.to_string().into())))
}
