//! Binary values, whose bytes rest beside their documents.

use bytes::Bytes;
use odata::Value;
use odata::edm::{Kind, Model, Primitive};
use odata::query::Comparison;
use odata::{Key, payload::Document};
use store::{Database, Query, Store};

use crate::support::*;

/// The library with covers of works.
fn with_covers() -> Model {
    let mut builder = Builder { model: library() };
    builder.property(WORK, "cover", Kind::Primitive(Primitive::Binary));
    builder.finish()
}

async fn open_with(database: &Database, model: Model) -> Store {
    Store::open(database, model, encryption_key()).await.unwrap()
}

fn binary(bytes: &[u8]) -> Value {
    Value::Binary(Bytes::copy_from_slice(bytes))
}

/// Values of all the forms in which one may rest: beside the document, with and without zeros at the end, and within it,
/// because it is empty, null or too long.
fn covers() -> Vec<Value> {
    let long: Vec<u8> = (0..3_000_u32).flat_map(u32::to_le_bytes).collect();
    vec![
        binary(&[0xfb, 0xff]),
        binary(&[7, 0, 0, 0]),
        binary(&[0; 300]),
        binary(&long),
        binary(&[1; 70_000]),
        binary(&[]),
        Value::Null,
    ]
}

async fn cover(store: &Store, key: &Key) -> Value {
    let row = store.get(TENANT, WORKS, None, key).await.unwrap().unwrap();
    value(store, &row, WORK, "cover")
}

async fn found(store: &Store, comparison: Comparison, wanted: &Value) -> u64 {
    let filter = compare(at(store.model(), "cover"), comparison, literal(wanted.clone()));
    store.count(&Query { filter: Some(filter), ..Query::all(TENANT, WORKS, 1) }).await.unwrap()
}

pub async fn a_binary_value_comes_back_byte_for_byte(database: Database) {
    let store = open_with(&database, with_covers()).await;
    let all: Vec<(Key, Value)> = covers().into_iter().map(|cover| (Key::new(), cover)).collect();
    for (key, cover) in &all {
        let title = ("title", text("0,0"));
        apply(&store, vec![insert(&store, WORKS, None, key, &[title, ("cover", cover.clone())])])
            .await
            .unwrap();
    }
    for (key, expected) in &all {
        assert!(cover(&store, key).await == *expected, "{expected:.60?}");
    }
    let rows = store.list(&Query::all(TENANT, WORKS, 100)).await.unwrap();
    for row in &rows {
        let (_, expected) = all.iter().find(|(key, _)| *key == row.key).unwrap();
        assert!(value(&store, row, WORK, "cover") == *expected, "{expected:.60?} in a list");
        assert_eq!(value(&store, row, WORK, "title"), text("0,0"));
    }
    // Each takes the place of the one before.
    let (key, _) = &all[0];
    for next in covers() {
        let version = store.get(TENANT, WORKS, None, key).await.unwrap().unwrap().version;
        apply(&store, vec![update(&store, WORKS, key, version, &[("cover", next.clone())])]).await.unwrap();
        assert!(cover(&store, key).await == next, "{next:.60?} after an update");
    }
}

pub async fn a_binary_value_is_compared_wherever_it_rests(database: Database) {
    let store = open_with(&database, with_covers()).await;
    let all = covers();
    for cover in &all {
        let values = [("cover", cover.clone())];
        apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &values)]).await.unwrap();
    }
    for wanted in &all {
        assert_eq!(found(&store, Comparison::Equal, wanted).await, 1, "{wanted:.60?}");
        assert_eq!(found(&store, Comparison::NotEqual, wanted).await, all.len() as u64 - 1, "{wanted:.60?}");
    }
    assert_eq!(found(&store, Comparison::Equal, &binary(&[7, 0, 0])).await, 0);
}

/// A model without the property, whose tables are made anew, and then the first one again.
pub async fn a_binary_value_outlasts_a_model_without_it(database: Database) {
    let (kept, changed) = (Key::new(), Key::new());
    let store = open_with(&database, with_covers()).await;
    for key in [&kept, &changed] {
        let values = [("title", text("old")), ("cover", binary(&[1, 2, 3, 0]))];
        apply(&store, vec![insert(&store, WORKS, None, key, &values)]).await.unwrap();
    }
    store.close().await;

    let mut without = library();
    let pages = property(&without, BOOK, "pages").id;
    without.properties[pages.index()].indexed ^= true;
    let store = open_with(&database, without).await;
    let row = store.get(TENANT, WORKS, None, &changed).await.unwrap().unwrap();
    assert_eq!(value(&store, &row, WORK, "title"), text("old"));
    apply(&store, vec![update(&store, WORKS, &changed, row.version, &[("title", text("new"))])])
        .await
        .unwrap();
    store.close().await;

    let store = open_with(&database, with_covers()).await;
    assert_eq!(cover(&store, &kept).await, binary(&[1, 2, 3, 0]));
    assert_eq!(cover(&store, &changed).await, Value::Null);
    assert_eq!(found(&store, Comparison::Equal, &binary(&[1, 2, 3, 0])).await, 1);
    assert_eq!(found(&store, Comparison::Equal, &Value::Null).await, 1);
}

pub async fn what_an_older_document_has_within_stays_readable(database: Database) {
    let (key, plain) = (Key::new(), Key::new());
    let store = open(&database).await;
    apply(&store, vec![insert(&store, WORKS, None, &plain, &[("title", text("plain"))])]).await.unwrap();
    store.close().await;

    let store = open_with(&database, with_covers()).await;
    assert_eq!(cover(&store, &plain).await, Value::Null);
    let values = [("title", text("old")), ("cover", binary(&[1, 2, 3, 0]))];
    let row = insert(&store, WORKS, None, &key, &values);
    apply(&store, vec![row]).await.unwrap();
    let older = entity(store.model(), store.model().set(WORKS).entity_type, &key, &values);
    let document = Document::encode_text(older.record(), &[], store.model());
    store.close().await;
    let set_within = format!(
        "update works set document = '{document}', detached = null where cast(document as text) like '%\"old\"%'"
    );
    execute(&database, &set_within).await;

    let store = open_with(&database, with_covers()).await;
    assert_eq!(cover(&store, &key).await, binary(&[1, 2, 3, 0]));
    assert_eq!(found(&store, Comparison::Equal, &binary(&[1, 2, 3, 0])).await, 1);
    store.close().await;
}
