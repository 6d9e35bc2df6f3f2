//! The rows that a request is about: one entity's, those of a page, and where the next page starts.

use odata::edm::{SetId, SetKind};
use odata::payload::Draft;
use odata::query::evaluate::evaluate;
use odata::query::paging::next_link_query;
use odata::query::{Cursor, OrderKey, QueryOptions};
use odata::{Key, Record, Value};
use store::{Query, Row};

use super::row::row_of;
use crate::Error;
use crate::collection::{Collection, EntityAddress, both};
use crate::context::Context;

/// The row, or for a singleton that was never written the row it would have.
pub(super) async fn load_or_default(
    context: &Context<'_>,
    address: &EntityAddress,
) -> Result<Option<Row>, Error> {
    let row = context.row(address).await?;
    if row.is_some() {
        return Ok(row);
    }
    default_row(context, &address.collection, &address.key)
}

/// The row that a singleton has which was never written; none for an entity of a collection.
pub(super) fn default_row(
    context: &Context<'_>,
    collection: &Collection,
    key: &Key,
) -> Result<Option<Row>, Error> {
    let model = context.model();
    if model.set(collection.set).kind == SetKind::Collection {
        return Ok(None);
    }
    let entity = new_record(context, collection, key).complete(model)?;
    Ok(Some(row_of(model, key.clone(), 0, &entity)))
}

/// A record of the collection's declared type with nothing but its id.
pub(super) fn new_record(context: &Context<'_>, collection: &Collection, key: &Key) -> Draft {
    let model = context.model();
    let declared = model.set(collection.set).entity_type;
    let mut record = Record::empty(declared, model.structured(declared).slots);
    record.set(0, Value::String(key.to_string().into()));
    Draft(record)
}

/// The rows of a page, and where the next page starts if there is one. One row more than the page is read, so that the last
/// page never has a next link.
pub(super) async fn page(
    context: &Context<'_>,
    collection: &Collection,
    options: &QueryOptions,
) -> Result<(Vec<Row>, Option<Cursor>), Error> {
    page_within(context, collection, options, context.settings.bounds.now().page_size).await
}

/// The same of a page with so many rows at most.
pub(super) async fn page_within(
    context: &Context<'_>,
    collection: &Collection,
    options: &QueryOptions,
    rows_max: u64,
) -> Result<(Vec<Row>, Option<Cursor>), Error> {
    let size = options.top.map_or(rows_max, |top| top.min(rows_max));
    if size == 0 {
        return Ok((Vec::new(), None));
    }
    let mut rows = context.list(&query(context, collection, options, Some(size + 1))).await?;
    if rows.len() as u64 <= size {
        return Ok((rows, None));
    }
    rows.truncate(size as usize);
    let cursor = rows.last().map(|row| cursor_at(context, collection.set, &options.order_by, row));
    Ok((rows, cursor.transpose()?))
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
        filter: both(collection.condition().as_ref(), options.filter.as_ref()),
        search: options.search.clone(),
        order_by: options.order_by.clone(),
        after: options.cursor.clone().filter(|_| paged),
        skip: if paged { options.skip } else { 0 },
        ..Query::all(context.tenant(), collection.set, limit.unwrap_or(u64::MAX))
    }
}

/// The place of a row in an order.
pub(super) fn cursor_at(
    context: &Context<'_>,
    set: SetId,
    order_by: &[OrderKey],
    row: &Row,
) -> Result<Cursor, Error> {
    let values = if order_by.is_empty() { Vec::new() } else { sort_values(context, set, order_by, row)? };
    Ok(Cursor { values, key: row.key.clone() })
}

/// The values that a row was ordered by.
fn sort_values(
    context: &Context<'_>,
    set: SetId,
    order_by: &[OrderKey],
    row: &Row,
) -> Result<Vec<Value>, Error> {
    let model = context.model();
    let stored = row.document.decode_complete(model.set(set).entity_type, model);
    let stored = stored.ok_or_else(|| Error::defect(format!("{} is no document", row.key)))?;
    let mut elsewhere = row.sorted_by.iter().cloned();
    let value = |key: &OrderKey| match key.looks_elsewhere() {
        true => elsewhere.next().unwrap_or(Value::Null),
        false => evaluate(&key.expression, stored.record()),
    };
    Ok(order_by.iter().map(value).collect())
}

/// The path exactly as requested, the caller's options, and where to go on.
pub(super) fn next_link(context: &Context<'_>, cursor: &Cursor) -> String {
    format!("{}{}?{}", context.call.origin, context.call.path, next_link_query(&context.call.query, cursor))
}
