//! What a row says of itself, and the row that an entity becomes.

use odata::edm::{Model, SetId};
use odata::payload::{Document, Valid};
use odata::{Key, Record, Value};
use store::Row;

/// The row that a committed entity became, without reading it back.
pub fn row_of(model: &Model, key: Key, version: i64, entity: &Valid) -> Row {
    let document = Document::encode(entity.record(), &[], model);
    Row { key, version, document, sealed: None, sorted_by: Vec::new() }
}

/// The entity tag of a row.
pub(super) fn etag(row: &Row) -> Option<String> {
    Some(odata::etag::print(row.version))
}

/// The secrets that a record holds in plain, by slot: the caller has just sent them.
pub(super) fn secrets_of(model: &Model, set: SetId, record: &Record) -> Vec<(u16, Value)> {
    let plain = |slot: u16| match record.get(slot) {
        None | Some(Value::Null | Value::Sealed(_)) => None,
        Some(value) => Some((slot, value.clone())),
    };
    secret_slots(model, set).into_iter().filter_map(plain).collect()
}

/// The slots of the secrets that the set's declared type and those derived from it hold.
fn secret_slots(model: &Model, set: SetId) -> Vec<u16> {
    let root = model.structured(model.structured(model.set(set).entity_type).root);
    let properties = root.hierarchy.iter().flat_map(|id| &model.structured(*id).properties);
    let secret = properties.map(|id| model.property(*id)).filter(|property| property.secret);
    let mut slots: Vec<u16> = secret.map(|property| property.slot).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}
