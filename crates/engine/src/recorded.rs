//! Sets whose entities are the records of the audit: read from the chain itself, and stored nowhere else. So what is shown is
//! what is proven, and a look at secrets costs nothing more.
//!
//! The id of an entity holds the number of its record, and bytes of the record's hash: it leads to the record without an
//! index, orders as the chain does, and is none of another record with that number.

use std::cmp::Ordering;

use odata::query::Cursor;
use odata::query::evaluate::{evaluate, matches};
use odata::{Key, Record, Value};
use store::audit::AuditRecord;
use store::{Query, Row};
use uuid::Builder;

use crate::Error;
use crate::context::Context;
use crate::generic::row_of;
use crate::handlers::TellRecord;
use crate::sort_order::order;

/// The records that are read at once.
const PAGE: u32 = 1_000;
/// The bytes of an id that hold a record's number.
const SEQUENCE_BYTES: usize = 6;

/// The entity of a record, with its key.
struct Told {
    key: Key,
    sequence: i64,
    record: Record,
}

/// The place of an entity among those that a query selects.
struct Ranked {
    values: Vec<Value>,
    key: Key,
    sequence: i64,
}

/// An entity by its key.
pub(crate) async fn get(
    context: &Context<'_>,
    tell: &dyn TellRecord,
    key: &Key,
) -> Result<Option<Row>, Error> {
    let Some(sequence) = sequence_of(key) else { return Ok(None) };
    let told = read_one(context, tell, sequence).await?;
    told.filter(|told| told.key == *key).map(|told| row(context, told)).transpose()
}

/// The entities of a query, in its order.
pub(crate) async fn list(
    context: &Context<'_>,
    tell: &dyn TellRecord,
    query: &Query,
) -> Result<Vec<Row>, Error> {
    match query.order_by.is_empty() {
        true => in_order_of_the_chain(context, tell, query).await,
        false => in_another_order(context, tell, query).await,
    }
}

/// The number of entities that a query matches.
pub(crate) async fn count(context: &Context<'_>, tell: &dyn TellRecord, query: &Query) -> Result<u64, Error> {
    let mut count = 0;
    each(context, tell, query, 0, |_| {
        count += 1;
        true
    })
    .await?;
    Ok(count)
}

async fn in_order_of_the_chain(
    context: &Context<'_>,
    tell: &dyn TellRecord,
    query: &Query,
) -> Result<Vec<Row>, Error> {
    let after = query.after.as_ref().and_then(|cursor| sequence_of(&cursor.key)).unwrap_or(0);
    let (mut to_skip, mut found) = (query.skip, Vec::new());
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    each(context, tell, query, after, |told| {
        match to_skip {
            0 => found.push(told),
            _ => to_skip -= 1,
        }
        (found.len() as u64) < query.limit
    })
    .await?;
    found.into_iter().map(|told| row(context, told)).collect()
}

/// Only places are kept of what may be on the page, and its entities are read again: a record may name a thousand keys.
async fn in_another_order(
    context: &Context<'_>,
    tell: &dyn TellRecord,
    query: &Query,
) -> Result<Vec<Row>, Error> {
    let by = |one: &Ranked, other: &Ranked| {
        order(&query.order_by, (&one.values, &one.key), (&other.values, &other.key))
    };
    let is_behind = |place: &Ranked| {
        query.after.as_ref().is_none_or(|Cursor { values, key }| {
            order(&query.order_by, (&place.values, &place.key), (values, key)) == Ordering::Greater
        })
    };
    let most = usize::try_from(query.skip.saturating_add(query.limit)).unwrap_or(usize::MAX);
    let mut places: Vec<Ranked> = Vec::new();
    each(context, tell, query, 0, |told| {
        let values = query.order_by.iter().map(|key| evaluate(&key.expression, &told.record)).collect();
        let place = Ranked { values, key: told.key, sequence: told.sequence };
        if is_behind(&place) {
            places.push(place);
        }
        if places.len() >= most.saturating_mul(2).saturating_add(PAGE as usize) {
            places.sort_by(by);
            places.truncate(most);
        }
        true
    })
    .await?;
    places.sort_by(by);
    places.truncate(most);
    let mut rows = Vec::new();
    for place in places.iter().skip(usize::try_from(query.skip).unwrap_or(usize::MAX)) {
        let told = read_one(context, tell, place.sequence).await?;
        rows.push(row(context, told.ok_or_else(|| lost(place.sequence))?)?);
    }
    Ok(rows)
}

/// Does something with each entity behind a number that a query's condition matches, until it says that this is enough.
async fn each(
    context: &Context<'_>,
    tell: &dyn TellRecord,
    query: &Query,
    mut after: i64,
    mut with: impl FnMut(Told) -> bool,
) -> Result<(), Error> {
    loop {
        let records = context.store.audit_since(context.tenant(), after, PAGE).await?;
        let Some(last) = records.last() else { return Ok(()) };
        after = last.sequence;
        for record in &records {
            let told = told(context, tell, record)?;
            let is_meant = query.filter.as_ref().is_none_or(|filter| matches(filter, &told.record));
            if is_meant && !with(told) {
                return Ok(());
            }
        }
        // Going through all of them keeps a thread; others have their turn.
        tokio::task::yield_now().await;
    }
}

async fn read_one(
    context: &Context<'_>,
    tell: &dyn TellRecord,
    sequence: i64,
) -> Result<Option<Told>, Error> {
    let records = context.store.audit_since(context.tenant(), sequence.saturating_sub(1), 1).await?;
    let record = records.first().filter(|record| record.sequence == sequence);
    record.map(|record| told(context, tell, record)).transpose()
}

fn told(context: &Context<'_>, tell: &dyn TellRecord, record: &AuditRecord) -> Result<Told, Error> {
    let sequence = record.sequence;
    let key = key_of(record).ok_or_else(|| lost(sequence))?;
    let mut entity = tell.entity(context.model(), record).ok_or_else(|| lost(sequence))?;
    entity.set(0, Value::String(key.to_string().into()));
    Ok(Told { key, sequence, record: entity })
}

fn row(context: &Context<'_>, told: Told) -> Result<Row, Error> {
    let entity = odata::payload::Draft(told.record).complete(context.model())?;
    Ok(row_of(context.model(), told.key, told.sequence, &entity))
}

/// The id of a record: version 8, six bytes of its number, and ten of its hash.
fn key_of(record: &AuditRecord) -> Option<Key> {
    let (_, hash) = record.hashes()?;
    let mut bytes = [0; 16];
    let (number, rest) = bytes.split_at_mut(SEQUENCE_BYTES);
    number.copy_from_slice(record.sequence.to_be_bytes().get(8 - SEQUENCE_BYTES..)?);
    rest.copy_from_slice(hash.get(..rest.len())?);
    Some(Key::from(Builder::from_custom_bytes(bytes).into_uuid()))
}

/// The number of the record that a key leads to; none of a key that leads to none.
fn sequence_of(key: &Key) -> Option<i64> {
    let guid = key.guid()?;
    let number = guid.as_bytes().get(..SEQUENCE_BYTES)?;
    Some(number.iter().fold(0, |sequence, byte| sequence << 8 | i64::from(*byte)))
}

fn lost(sequence: i64) -> Error {
    Error::defect(format!("record {sequence} of the audit is damaged"))
}

#[cfg(test)]
mod tests {
    use odata::Key;
    use store::audit::AuditRecord;

    use super::{key_of, sequence_of};

    #[test]
    fn an_id_leads_to_its_record_and_orders_as_the_chain_does() {
        let record = |sequence, hash: u8| AuditRecord {
            sequence,
            record: "{}".into(),
            link: [[0; 32], [hash; 32]].concat().into(),
        };
        let mut before = None;
        for sequence in [1, 2, 255, 256, 1 << 30, (1 << 47) - 1] {
            let key = key_of(&record(sequence, 7)).unwrap();
            assert_eq!(sequence_of(&key), Some(sequence));
            assert_ne!(key_of(&record(sequence, 8)).unwrap(), key, "another record of that number");
            assert!(before.replace(key.clone()) < Some(key), "{sequence}");
        }
        assert_eq!(sequence_of(&Key::parse("no id")), None);
        assert_eq!(key_of(&AuditRecord { link: Box::default(), ..record(1, 7) }), None);
    }
}
