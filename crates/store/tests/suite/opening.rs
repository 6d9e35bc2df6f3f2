//! Opening a store again, and with the wrong key.

use odata::Key;
use store::{Database, KeyEncryptionKey, OpenError, Store};

use crate::support::*;

pub async fn a_store_reopens_with_all_it_held(database: Database) {
    let key = Key::new();
    let store = open(&database).await;
    let first = apply(&store, vec![insert(&store, WORKS, None, &key, &[("title", text("kept"))])]).await;
    let first = first.unwrap().versions[0];
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap();
    store.close().await;
    for _ in 0..2 {
        let store = open(&database).await;
        assert_eq!(store.get(TENANT, WORKS, None, &key).await.unwrap(), row);
        assert_eq!(store.journal_since(TENANT, 0, 1).await.unwrap()[0].sequence, first);
        store.close().await;
    }
    let store = open(&database).await;
    let next = apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap().versions[0];
    assert!(next > first);
}

pub async fn another_encryption_key_is_refused(database: Database) {
    open(&database).await.close().await;
    let other = KeyEncryptionKey::from_bytes(&[8; 32]).unwrap();
    let refused = Store::open(&database, library(), other).await;
    assert!(
        matches!(&refused, Err(OpenError::Other { reason, .. }) if reason.contains("key-encryption key")),
        "{refused:?}"
    );
    open(&database).await.close().await;
}

pub async fn it_answers_a_ping(database: Database) {
    let store = open(&database).await;
    store.ping().await.unwrap();
}
