//! The shared part of the store's tests: a model, and short ways to write units and filters.
#![allow(dead_code, clippy::unwrap_used)]

pub mod model;

use odata::date_time::Ticks;
use odata::edm::{Model, SetId, TypeId};
use odata::payload::Draft;
use odata::payload::Valid;
use odata::query::{Comparison, Expression, Function, OrderKey, Path, PathStep};
use odata::{Key, Record, Value};
use store::{Actor, Change, Committed, Database, KeyEncryptionKey, Row, Store, Unit, WriteError};
use uuid::Uuid;

pub use model::*;

pub const TENANT: Uuid = Uuid::from_u128(0x1000);
pub const OTHER: Uuid = Uuid::from_u128(0x2000);
pub const ACTOR: Actor = Actor { id: Uuid::from_u128(0xa), application: Uuid::from_u128(0xb) };
pub const REQUEST: Uuid = Uuid::from_u128(0xc);

pub fn encryption_key() -> KeyEncryptionKey {
    KeyEncryptionKey::from_bytes(&[7; 32]).unwrap()
}

/// A store with the model of the library.
pub async fn open(database: &Database) -> Store {
    Store::open(database, library(), encryption_key()).await.unwrap()
}

/// Runs statements past the store.
pub async fn execute(database: &Database, text: &str) {
    match database {
        Database::Sqlite(path) => {
            rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
        }
        Database::Postgres(url) => {
            scratch_postgres::connect(url).await.batch_execute(text).await.unwrap();
        }
    }
}

pub fn text(text: &str) -> Value {
    Value::String(text.into())
}

/// A complete entity of a type with some properties set.
pub fn entity(model: &Model, type_id: TypeId, key: &Key, values: &[(&str, Value)]) -> Valid {
    let mut record = Record::empty(type_id, model.structured(type_id).slots);
    record.set(0, Value::String(key.to_string().into()));
    for (name, value) in values {
        let slot = if *name == "author" { author_slot(model) } else { slot(model, type_id, name) };
        record.set(slot, value.clone());
    }
    Draft(record).complete(model).unwrap()
}

pub fn shelf(model: &Model, room: &str) -> Value {
    let mut record = Record::empty(SHELF, model.structured(SHELF).slots);
    record.set(slot(model, SHELF, "room"), text(room));
    record.set(slot(model, SHELF, "position"), Value::Null);
    Value::Complex(Box::new(record))
}

pub fn unit(tenant: Uuid, changes: Vec<Change>) -> Unit {
    let (detail, at) = (Default::default(), Ticks(42));
    Unit { tenant, actor: ACTOR, detail, request_id: REQUEST, at, changes, remembered: Vec::new() }
}

/// Commits changes of the first tenant.
pub async fn apply(store: &Store, changes: Vec<Change>) -> Result<Committed, WriteError> {
    store.apply(unit(TENANT, changes)).await
}

pub fn insert(
    store: &Store,
    set: SetId,
    parent: Option<&Key>,
    key: &Key,
    values: &[(&str, Value)],
) -> Change {
    let type_id = store.model().set(set).entity_type;
    insert_as(store, set, type_id, parent, key, values)
}

pub fn insert_as(
    store: &Store,
    set: SetId,
    type_id: TypeId,
    parent: Option<&Key>,
    key: &Key,
    values: &[(&str, Value)],
) -> Change {
    let entity = entity(store.model(), type_id, key, values);
    Change::Insert { set, parent: parent.cloned(), key: key.clone(), entity }
}

pub fn update(store: &Store, set: SetId, key: &Key, expected: i64, values: &[(&str, Value)]) -> Change {
    let entity = entity(store.model(), store.model().set(set).entity_type, key, values);
    Change::Update { set, parent: None, key: key.clone(), expected, entity }
}

pub fn delete(set: SetId, parent: Option<&Key>, key: &Key, expected: i64) -> Change {
    Change::Delete { set, parent: parent.cloned(), key: key.clone(), expected }
}

/// The value of a property of a row.
pub fn value(store: &Store, row: &Row, type_id: TypeId, name: &str) -> Value {
    let record = row.document.decode(type_id, store.model()).unwrap();
    record.get(slot(store.model(), type_id, name)).cloned().unwrap()
}

/// A path such as `shelf/room`, from a work.
pub fn path(model: &Model, names: &str) -> Path {
    let (mut owner, mut steps, mut type_ref) = (BOOK, Vec::new(), None);
    for name in names.split('/') {
        let property = property(model, owner, name);
        steps.push(PathStep { property: property.id, slot: property.slot });
        type_ref = Some(property.type_ref);
        owner = SHELF;
    }
    Path { scope: 0, steps, type_ref: type_ref.unwrap() }
}

pub fn at(model: &Model, names: &str) -> Expression {
    Expression::Path(path(model, names))
}

pub fn literal(value: Value) -> Expression {
    Expression::Literal(value)
}

pub fn compare(left: Expression, comparison: Comparison, right: Expression) -> Expression {
    Expression::Compare(comparison, Box::new(left), Box::new(right))
}

pub fn equal(left: Expression, right: Value) -> Expression {
    compare(left, Comparison::Equal, literal(right))
}

pub fn and(left: Expression, right: Expression) -> Expression {
    Expression::And(Box::new(left), Box::new(right))
}

pub fn or(left: Expression, right: Expression) -> Expression {
    Expression::Or(Box::new(left), Box::new(right))
}

pub fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}

pub fn is_in(item: Expression, list: &[Value]) -> Expression {
    Expression::In(Box::new(item), list.to_vec())
}

pub fn call(function: Function, left: Expression, right: Expression) -> Expression {
    Expression::Call(function, vec![left, right])
}

pub fn by(model: &Model, names: &str, descending: bool) -> OrderKey {
    let path = path(model, names);
    OrderKey { kind: path.type_ref.kind, expression: Expression::Path(path), descending }
}
