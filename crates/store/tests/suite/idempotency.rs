//! Idempotent requests: each is done once, and its outcome recalled.

use std::sync::Arc;

use odata::Key;
use odata::date_time::Ticks;
use store::idempotency::{IdempotencyRecord, IdempotentRequest, Recall};
use store::{Database, Store, Unit, WriteError};

use crate::support::*;

fn request(name: &str, content: &str, since: i64) -> IdempotentRequest {
    IdempotentRequest { name: name.into(), content: content.into(), since: Ticks(since) }
}

/// A unit that creates a work, by a request, at an instant.
fn creating(store: &Store, key: &Key, request: &IdempotentRequest, at: i64) -> Unit {
    let values = [("title", text("told")), ("combination", text("open sesame"))];
    let shown = entity(store.model(), WORK, key, &values);
    let remembered = vec![IdempotencyRecord { request: request.clone(), change: 1, shown }];
    let changes = vec![
        insert(store, AUTHORS, None, &Key::new(), &[]),
        insert(store, WORKS, None, key, &[("combination", text("open sesame"))]),
    ];
    Unit { at: Ticks(at), remembered, ..unit(TENANT, changes) }
}

pub async fn a_request_is_done_once(database: Database) {
    let store = open(&database).await;
    let (key, first) = (Key::new(), request("a", "body", 0));
    assert_eq!(store.recall(TENANT, &first).await.unwrap(), Recall::Nothing);
    let versions = store.apply(creating(&store, &key, &first, 42)).await.unwrap().versions;
    let Recall::Same(row) = store.recall(TENANT, &first).await.unwrap() else { panic!("it is known") };
    assert_eq!((&row.key, row.version), (&key, versions[1]));
    let document = String::from_utf8(row.document.0.to_vec()).unwrap();
    assert!(document.contains("told") && !document.contains("open sesame"), "{document}");
    assert!(row.sealed.is_none());

    let again = store.apply(creating(&store, &Key::new(), &first, 43)).await;
    assert!(matches!(again, Err(WriteError::Repeated)), "{again:?}");
    // Nothing of the unit was done, nor is it in the journal.
    assert_eq!(store.list(&store::Query::all(TENANT, AUTHORS, 9)).await.unwrap().len(), 1);
    assert_eq!(store.journal_since(TENANT, 0, 9).await.unwrap().len(), 2);
    assert_eq!(store.recall(TENANT, &request("a", "other", 0)).await.unwrap(), Recall::Other);
    assert_eq!(store.recall(TENANT, &request("b", "body", 0)).await.unwrap(), Recall::Nothing);
    assert_eq!(store.recall(OTHER, &first).await.unwrap(), Recall::Nothing);
    let next = apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap();
    assert!(next.versions[0] > versions[1]);
}

pub async fn a_record_of_no_insert_is_a_defect(database: Database) {
    let store = open(&database).await;
    let (key, request) = (Key::new(), request("a", "body", 0));
    let version = apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap().versions[0];
    for (case, change) in [("an update", 1), ("no change", 2)] {
        let mut unit = creating(&store, &Key::new(), &request, 42);
        unit.changes[1] = update(&store, WORKS, &key, version, &[]);
        unit.remembered[0].change = change;
        let refused = store.apply(unit).await;
        assert!(matches!(refused, Err(WriteError::Corrupt(_))), "{case}: {refused:?}");
    }
    assert_eq!(store.journal_since(TENANT, 0, 9).await.unwrap().len(), 1, "nothing was written");
    assert_eq!(store.recall(TENANT, &request).await.unwrap(), Recall::Nothing);
}

pub async fn what_is_old_is_forgotten(database: Database) {
    let store = open(&database).await;
    for at in 0..40 {
        let request = request(&format!("{at}"), "body", 0);
        store.apply(creating(&store, &Key::new(), &request, at)).await.unwrap();
    }
    let late = |name: &str| request(name, "body", 100);
    assert_eq!(store.recall(TENANT, &late("5")).await.unwrap(), Recall::Nothing);
    // The same name is free again, and what is old goes with those that come.
    for name in ["5", "6", "new"] {
        store.apply(creating(&store, &Key::new(), &late(name), 150)).await.unwrap();
        assert!(matches!(store.recall(TENANT, &late(name)).await.unwrap(), Recall::Same(_)), "{name}");
    }
    for at in 0..40 {
        let known = store.recall(TENANT, &request(&format!("{at}"), "body", 0)).await.unwrap();
        assert_eq!(known != Recall::Nothing, [5, 6].contains(&at), "{at}: {known:?}");
    }
}

pub async fn of_many_at_once_one_is_done(database: Database) {
    let store = Arc::new(open(&database).await);
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = Arc::clone(&store);
        let unit = creating(&store, &Key::new(), &request("a", "body", 0), 42);
        writers.spawn(async move { store.apply(unit).await });
    }
    let mut done = 0;
    for outcome in writers.join_all().await {
        match outcome {
            Ok(_) => done += 1,
            Err(error) => assert!(matches!(error, WriteError::Repeated), "{error:?}"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(store.list(&store::Query::all(TENANT, WORKS, 99)).await.unwrap().len(), 1);
}
