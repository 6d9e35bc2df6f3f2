//! Reading: one entity, a page of a collection, a count.

use std::time::Instant;

use odata::edm::{Model, SetId, SetKind};
use odata::payload::write::write_string;
use odata::payload::{Draft, MetadataLevel};
use odata::query::evaluate::evaluate;
use odata::query::paging::next_link_query;
use odata::query::{Cursor, Expression, OrderKey, QueryOptions};
use odata::{Record, Value};
use store::{Query, Row};

use super::links::write_operations_of;
use super::present::{Presenter, etag, row_of};
use crate::authorize::Permit;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::resolve::load;
use crate::{Answer, Body, Error, Status};

/// GET of one entity.
pub(crate) async fn get(
    context: &Context<'_>,
    permit: Permit,
    address: EntityAddress,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let start = Instant::now();
    let row = load_or_default(context, &address)
        .await?
        .ok_or_else(|| Error::not_found(&address.key.to_string()))?;
    let read = Instant::now();
    // A tag is about the entity alone: what is expanded may have changed without it.
    if !context.preconditions.is_news(row.version)? && options.selection.expand.is_empty() {
        return Ok(Answer { etag: etag(&row), ..Answer::new(Status::NotModified, Body::None) });
    }
    let presenter = Presenter::new(context, permit, &address.collection, &options.selection);
    let body = presenter.read_body(&row).await?;
    Ok(Answer {
        etag: etag(&row),
        holds: presenter.holds(std::slice::from_ref(&row)),
        timings: vec![("store", read - start), ("write", read.elapsed())],
        ..Answer::new(Status::Ok, body)
    })
}

/// The row, or for a singleton that was never written the row it would have.
pub(super) async fn load_or_default(
    context: &Context<'_>,
    address: &EntityAddress,
) -> Result<Option<Row>, Error> {
    let row = load(context, address).await?;
    if row.is_some() {
        return Ok(row);
    }
    default_row(context, &address.collection, &address.key)
}

/// The row that a singleton has which was never written; none for an entity of a collection.
pub(super) fn default_row(
    context: &Context<'_>,
    collection: &Collection,
    key: &odata::Key,
) -> Result<Option<Row>, Error> {
    let model = context.model();
    if model.set(collection.set).kind == SetKind::Collection {
        return Ok(None);
    }
    let entity = new_record(context, collection, key).complete(model)?;
    Ok(Some(row_of(model, key.clone(), 0, &entity)))
}

/// A record of the collection's declared type with nothing but its id.
pub(super) fn new_record(context: &Context<'_>, collection: &Collection, key: &odata::Key) -> Draft {
    let model = context.model();
    let declared = model.set(collection.set).entity_type;
    let mut record = Record::empty(declared, model.structured(declared).slots);
    record.set(0, Value::String(key.to_string().into()));
    Draft(record)
}

/// GET of a collection: one page of it.
pub(crate) async fn list(
    context: &Context<'_>,
    permit: Permit,
    collection: Collection,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let presenter = Presenter::new(context, permit, &collection, &options.selection);
    let start = Instant::now();
    let count = match options.count {
        true => Some(context.store.count(&query(context, &collection, options, None)).await?),
        false => None,
    };
    let (rows, next) = page(context, &collection, options).await?;
    let read = Instant::now();

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
    let timings = vec![("store", read - start), ("write", read.elapsed())];
    Ok(Answer { holds: presenter.holds(&rows), timings, ..Answer::new(Status::Ok, context.json(out)) })
}

/// GET of `/$count`.
pub(crate) async fn count(
    context: &Context<'_>,
    _permit: Permit,
    collection: Collection,
    options: &QueryOptions,
) -> Result<Answer, Error> {
    let count = context.store.count(&query(context, &collection, options, None)).await?;
    Ok(Answer::new(Status::Ok, Body::Text(count.to_string().into())))
}

/// A page's rows, and where the next page starts if there is one. One row more than the page is read, so that
/// the last page never has a next link.
pub(super) async fn page(
    context: &Context<'_>,
    collection: &Collection,
    options: &QueryOptions,
) -> Result<(Vec<Row>, Option<Cursor>), Error> {
    let most = context.settings.page_size;
    let size = options.top.map_or(most, |top| top.min(most));
    if size == 0 {
        return Ok((Vec::new(), None));
    }
    let mut rows = context.store.list(&query(context, collection, options, Some(size + 1))).await?;
    if rows.len() as u64 <= size {
        return Ok((rows, None));
    }
    rows.truncate(size as usize);
    let cursor = rows.last().map(|row| cursor_at(context, collection, options, row));
    Ok((rows, cursor))
}

/// The query of a collection; without a limit it is the one to count, which pages do not touch.
pub(super) fn query(
    context: &Context<'_>,
    collection: &Collection,
    options: &QueryOptions,
    limit: Option<u64>,
) -> Query {
    let paged = limit.is_some();
    Query {
        parent: collection.parent.clone(),
        referring: collection.referring.clone(),
        of_type: collection.of_type,
        filter: both(collection.filter.as_ref(), options.filter.as_ref()),
        search: options.search.clone(),
        order_by: options.order_by.clone(),
        after: options.cursor.clone().filter(|_| paged),
        skip: if paged { options.skip } else { 0 },
        ..Query::all(context.tenant(), collection.set, limit.unwrap_or(u64::MAX))
    }
}

/// What both ask for.
fn both(one: Option<&Expression>, other: Option<&Expression>) -> Option<Expression> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Expression::And(Box::new(one.clone()), Box::new(other.clone()))),
        (one, other) => one.or(other).cloned(),
    }
}

fn cursor_at(context: &Context<'_>, collection: &Collection, options: &QueryOptions, row: &Row) -> Cursor {
    let values = sort_values(context.model(), collection.set, &options.order_by, row);
    Cursor { values, key: row.key.clone() }
}

/// What a row was ordered by.
pub(super) fn sort_values(model: &Model, set: SetId, order_by: &[OrderKey], row: &Row) -> Vec<Value> {
    if order_by.is_empty() {
        return Vec::new();
    }
    let declared = model.set(set).entity_type;
    let record = row.document.decode_complete(declared, model).and_then(Result::ok);
    let mut elsewhere = row.sorted_by.iter().cloned();
    let value = |key: &OrderKey| match key.looks_elsewhere() {
        true => elsewhere.next().unwrap_or(Value::Null),
        false => record.as_ref().map_or(Value::Null, |record| evaluate(&key.expression, record.record())),
    };
    order_by.iter().map(value).collect()
}

/// The path exactly as requested, the caller's options, and where to go on.
pub(super) fn next_link(context: &Context<'_>, cursor: &Cursor) -> String {
    format!("{}{}?{}", context.call.origin, context.call.path, next_link_query(&context.call.query, cursor))
}
