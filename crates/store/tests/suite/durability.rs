//! Durability: acknowledged writes are there.

use std::sync::Arc;

use odata::Key;
use store::{Database, Query};

use crate::support::*;

pub async fn concurrent_writers_are_all_acknowledged_and_all_there(database: Database) {
    const WRITERS: usize = 64;
    const EACH: usize = 8;
    let store = Arc::new(open(&database).await);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for _ in 0..EACH {
                let key = Key::new();
                let committed = apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap();
                acknowledged.push((committed.versions[0], key));
            }
            acknowledged
        });
    }
    let mut acknowledged = writers.join_all().await.concat();
    acknowledged.sort();
    assert!(acknowledged.windows(2).all(|pair| pair[0].0 < pair[1].0), "each version is given once");
    Arc::into_inner(store).unwrap().close().await;

    let store = open(&database).await;
    let rows = store.list(&Query::all(TENANT, WORKS, 1_000)).await.unwrap();
    let mut found: Vec<_> = rows.into_iter().map(|row| (row.version, row.key)).collect();
    found.sort();
    assert_eq!(found, acknowledged);
    let journaled = store.journal_since(TENANT, 0, 1_000).await.unwrap();
    let journaled: Vec<_> =
        journaled.into_iter().map(|mut entry| (entry.sequence, entry.keys.remove(0))).collect();
    assert_eq!(journaled, acknowledged);
}

pub async fn acknowledged_is_readable_at_once(database: Database) {
    let store = open(&database).await;
    for number in 1..100 {
        let key = Key::new();
        apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap();
        assert!(store.get(TENANT, WORKS, None, &key).await.unwrap().is_some());
        assert_eq!(store.count(&Query::all(TENANT, WORKS, 1)).await.unwrap(), number);
    }
}
