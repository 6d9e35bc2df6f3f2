//! A small invented model, works and their copies, and the units that write them.

use odata::date_time::Ticks;
use odata::edm::{
    EntitySet, Kind, Model, NavigationId, Primitive, Property, PropertyId, Restrictions, SetId, SetKind,
    Structure, StructuredType, TypeId, TypeRef, Versions,
};
use odata::payload::{Draft, Valid};
use odata::{Key, Record, Value};
use store::{Actor, Change, Database, KeyEncryptionKey, Store, Unit};
use uuid::Uuid;

const ENTITY: TypeId = TypeId(0);
const WORK: TypeId = TypeId(1);
const COPY: TypeId = TypeId(2);
pub const WORKS: SetId = SetId(0);
pub const COPIES: SetId = SetId(1);
pub const TENANT: Uuid = Uuid::from_u128(7);
const KEY: [u8; 32] = [7; 32];

/// Works have a title, a unique isbn and a secret; copies are contained in works.
pub fn library() -> Model {
    let mut model = Model::default();
    for (id, name, base) in
        [(ENTITY, "entity", None), (WORK, "work", Some(ENTITY)), (COPY, "copy", Some(ENTITY))]
    {
        let properties = if base.is_some() { vec![PropertyId(0)] } else { Vec::new() };
        model.types.push(StructuredType {
            id,
            namespace: "library".into(),
            name: name.into(),
            structure: Structure::Entity,
            base,
            is_abstract: base.is_none(),
            properties,
            navigations: Vec::new(),
            root: id,
            hierarchy: vec![id],
            slots: 0,
            versions: Versions::BOTH,
            description: None,
        });
    }
    property(&mut model, ENTITY, "id", 0);
    property(&mut model, WORK, "title", 1).indexed = true;
    property(&mut model, WORK, "isbn", 2).unique = true;
    property(&mut model, WORK, "combination", 3).secret = true;
    property(&mut model, COPY, "condition", 1).indexed = true;
    for (id, path, entity_type, parent) in
        [(WORKS, "library/works", WORK, None), (COPIES, "library/works/copies", COPY, Some(WORKS))]
    {
        model.sets.push(EntitySet {
            id,
            path: path.into(),
            name: path.rsplit('/').next().unwrap_or(path).into(),
            entity_type,
            kind: SetKind::Collection,
            parent,
            navigation: Some(NavigationId(0)),
            restrictions: Restrictions::default(),
            versions: Versions::BOTH,
        });
    }
    model
}

fn property<'m>(model: &'m mut Model, declared_by: TypeId, name: &str, slot: u16) -> &'m mut Property {
    let id = PropertyId(u16::try_from(model.properties.len()).unwrap_or(u16::MAX));
    let kind = Kind::Primitive(Primitive::String);
    model.properties.push(Property {
        id,
        name: name.into(),
        declared_by,
        slot,
        type_ref: TypeRef { kind, collection: false, nullable: slot != 0 },
        versions: Versions::BOTH,
        max_length: None,
        default: None,
        computed: false,
        immutable: false,
        secret: false,
        indexed: false,
        unique: false,
        description: None,
    });
    model.types[declared_by.index()].properties.push(id);
    &mut model.properties[id.index()]
}

/// Opens a store, or panics with the reason.
pub async fn open(url: &str) -> Store {
    let opened = Store::open(&Database::Postgres(url.into()), library(), key()).await;
    opened.unwrap_or_else(|error| panic!("{url}: {error}"))
}

pub fn key() -> KeyEncryptionKey {
    KeyEncryptionKey::from_bytes(&KEY).unwrap_or_else(|error| panic!("{error}"))
}

pub fn unit(tenant: Uuid, changes: Vec<Change>) -> Unit {
    let actor = Actor { id: Uuid::from_u128(1), application: Uuid::from_u128(2) };
    Unit { tenant, actor, request_id: Uuid::new_v4(), at: Ticks(42), changes }
}

fn entity(store: &Store, set: SetId, key: &Key, texts: &[(u16, &str)]) -> Valid {
    let entity_type = store.model().set(set).entity_type;
    let mut record = Record::empty(entity_type, store.model().structured(entity_type).slots);
    record.set(0, Value::String(key.to_string().into()));
    for (slot, text) in texts {
        record.set(*slot, Value::String((*text).into()));
    }
    Draft(record).complete(store.model()).unwrap_or_else(|error| panic!("{error}"))
}

pub fn insert(store: &Store, key: &Key, title: &str, isbn: &str) -> Change {
    let entity = entity(store, WORKS, key, &[(1, title), (2, isbn), (3, "left 12")]);
    Change::Insert { set: WORKS, parent: None, key: key.clone(), entity }
}

/// An insert that meets no other.
pub fn insert_any(store: &Store, key: &Key) -> Change {
    insert(store, key, "any", &key.to_string())
}

pub fn update(store: &Store, key: &Key, expected: i64, title: &str) -> Change {
    let entity = entity(store, WORKS, key, &[(1, title), (2, &key.to_string())]);
    Change::Update { set: WORKS, parent: None, key: key.clone(), expected, entity }
}

pub fn delete(key: &Key, expected: i64) -> Change {
    Change::Delete { set: WORKS, parent: None, key: key.clone(), expected }
}

pub fn insert_copy(store: &Store, work: &Key, key: &Key) -> Change {
    let entity = entity(store, COPIES, key, &[(1, "worn")]);
    Change::Insert { set: COPIES, parent: Some(work.clone()), key: key.clone(), entity }
}

pub fn update_copy(store: &Store, work: &Key, key: &Key, expected: i64) -> Change {
    let entity = entity(store, COPIES, key, &[(1, "torn")]);
    Change::Update { set: COPIES, parent: Some(work.clone()), key: key.clone(), expected, entity }
}
