//! Secrets: sealed, opened with a receipt, and not lost by those who have not seen them.

use std::sync::Arc;

use odata::payload::Draft;
use odata::{Key, Value};
use store::{Change, Database, Receipt, Store};

use crate::support::*;

async fn reveal(store: &Store, key: &Key) -> Arc<Receipt> {
    let keys = vec![key.clone()];
    apply(store, vec![Change::Reveal { set: WORKS, keys }]).await.unwrap().receipt.unwrap()
}

async fn opened(store: &Store, key: &Key) -> Vec<(u16, Value)> {
    let row = store.get(TENANT, WORKS, None, key).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&row.document.0).contains("open sesame"));
    let receipt = reveal(store, key).await;
    store.open_secrets(TENANT, WORKS, &row, &receipt).await.unwrap()
}

pub async fn secrets_are_opened_with_a_receipt_only(database: Database) {
    let store = open(&database).await;
    let (key, other) = (Key::new(), Key::new());
    let secret = [("combination", text("open sesame")), ("title", text("safe"))];
    let committed = apply(
        &store,
        vec![insert(&store, WORKS, None, &key, &secret), insert(&store, WORKS, None, &other, &[])],
    );
    assert!(committed.await.unwrap().receipt.is_none());
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    assert_eq!(value(&store, &row, WORK, "combination"), Value::Null);
    let foreign = reveal(&store, &other).await;
    assert!(store.open_secrets(TENANT, WORKS, &row, &foreign).await.is_err());
    let slot = slot(store.model(), WORK, "combination");
    assert_eq!(opened(&store, &key).await, [(slot, text("open sesame"))]);
    assert_eq!(opened(&store, &other).await, []);
    store.close().await;
    let store = open(&database).await;
    assert_eq!(opened(&store, &key).await, [(slot, text("open sesame"))]);
}

pub async fn an_update_carries_what_is_sealed(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    let secret = [("combination", text("open sesame"))];
    apply(&store, vec![insert(&store, WORKS, None, &key, &secret)]).await.unwrap();
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    let mut record = store.record(WORKS, &row).unwrap();
    record.set(slot(store.model(), WORK, "title"), text("new"));
    let entity = Draft(record).complete(store.model()).unwrap();
    let change = Change::Update { set: WORKS, parent: None, key: key.clone(), expected: row.version, entity };
    let version = apply(&store, vec![change]).await.unwrap().versions[0];
    assert_eq!(opened(&store, &key).await[0].1, text("open sesame"));
    // Null clears.
    apply(&store, vec![update(&store, WORKS, &key, version, &[])]).await.unwrap();
    assert_eq!(opened(&store, &key).await, []);
}

pub async fn a_new_secret_replaces_the_old(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    let secret = [("combination", text("open sesame"))];
    let version = apply(&store, vec![insert(&store, WORKS, None, &key, &secret)]).await.unwrap().versions[0];
    let secret = [("combination", text("new"))];
    apply(&store, vec![update(&store, WORKS, &key, version, &secret)]).await.unwrap();
    assert_eq!(opened(&store, &key).await[0].1, text("new"));
}
