//! Many writers at once share transactions; each must be answered as if it were alone.

use std::sync::Arc;

use odata::Key;
use scratch_postgres::{connect, database};
use store::{Change, ChangeKind, Store, Unit, WriteError};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{COPIES, TENANT, WORKS, unit};
use crate::units::{delete, insert, insert_any, insert_copy, open, update, update_copy};

/// Applies all units at once; answers in their order.
pub async fn apply_all(store: &Arc<Store>, units: Vec<Unit>) -> Vec<Result<Vec<i64>, WriteError>> {
    let mut running = JoinSet::new();
    for (index, unit) in units.into_iter().enumerate() {
        let store = Arc::clone(store);
        running.spawn(async move { (index, store.apply(unit).await.map(|committed| committed.versions)) });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// The journal must run from 1 without a gap, and must not name more entities as created than there are.
pub async fn check_journal(store: &Store, tenant: Uuid, length: usize) {
    let entries = store.journal_since(tenant, 0, 100_000).await.unwrap_or_else(|error| panic!("{error}"));
    let sequences: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=length as i64).collect::<Vec<_>>());
}

#[tokio::test]
async fn writers_at_once_all_get_numbers_of_their_own() {
    let store = Arc::new(open(&database().await).await);
    let keys: Vec<Key> = (0..300).map(|_| Key::new()).collect();
    let units = keys.iter().map(|key| unit(TENANT, vec![insert_any(&store, key)])).collect();
    let mut versions = Vec::new();
    for (key, answer) in keys.iter().zip(apply_all(&store, units).await) {
        let row = store.get(TENANT, WORKS, None, key).await.unwrap().unwrap();
        assert_eq!(answer.unwrap(), [row.version], "{key}");
        versions.push(row.version);
    }
    versions.sort();
    assert_eq!(versions, (1..=300).collect::<Vec<_>>());
    check_journal(&store, TENANT, 300).await;
}

#[tokio::test]
async fn each_failure_says_why_and_leaves_no_gap() {
    let store = Arc::new(open(&database().await).await);
    let (old, other, new) = (Key::parse("old"), Key::parse("other"), Key::parse("new"));
    store.apply(unit(TENANT, vec![insert(&store, &old, "t", "1")])).await.unwrap();
    store.apply(unit(TENANT, vec![insert(&store, &other, "t", "2")])).await.unwrap();
    let exists = "the key old exists";
    for (change, expected) in [
        (insert(&store, &old, "t", "3"), exists),
        (insert(&store, &new, "t", "1"), "the value is taken"),
        (update(&store, &old, 9, "t"), "the entity old changed meanwhile"),
        (update(&store, &new, 1, "t"), "the entity new changed meanwhile"),
        (delete(&old, 9), "the entity old changed meanwhile"),
        (insert_copy(&store, &new, &new), "the entity that contains new is gone"),
        (insert(&store, &new, "nul \0", "5"), "invalid byte sequence"),
    ] {
        // Alone, then amid others that must not notice.
        let again = change.clone();
        let error = store.apply(unit(TENANT, vec![change])).await.unwrap_err().to_string();
        assert!(error.contains(expected), "alone: {error}, expected {expected}");
        let mut units: Vec<Unit> =
            (0..20).map(|_| unit(TENANT, vec![insert_any(&store, &Key::new())])).collect();
        units.insert(10, unit(TENANT, vec![again]));
        for (index, answer) in apply_all(&store, units).await.into_iter().enumerate() {
            match (index, answer) {
                (10, Err(error)) => assert!(error.to_string().contains(expected), "amid others: {error}"),
                (10, Ok(_)) => panic!("succeeded amid others, expected {expected}"),
                (_, answer) => assert!(answer.is_ok(), "an innocent one: {answer:?}, beside {expected}"),
            }
        }
    }
    check_journal(&store, TENANT, 2 + 7 * 20).await;
}

#[tokio::test]
async fn of_writers_of_one_key_exactly_one_succeeds() {
    let store = Arc::new(open(&database().await).await);
    let key = Key::new();
    let units = (0..50).map(|_| unit(TENANT, vec![insert_any(&store, &key)])).collect();
    let inserted = apply_all(&store, units).await.into_iter().filter(Result::is_ok).count();
    let units = (0..50).map(|_| unit(TENANT, vec![update(&store, &key, 1, "new")])).collect();
    let updated = apply_all(&store, units).await.into_iter().filter(Result::is_ok).count();
    let units = (0..50).map(|_| unit(TENANT, vec![delete(&key, 2)])).collect();
    let deleted = apply_all(&store, units).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((inserted, updated, deleted), (1, 1, 1));
    check_journal(&store, TENANT, 3).await;
}

#[tokio::test]
async fn a_unit_is_all_or_nothing() {
    let store = Arc::new(open(&database().await).await);
    let taken = Key::parse("taken");
    store.apply(unit(TENANT, vec![insert_any(&store, &taken)])).await.unwrap();
    let (work, copy) = (Key::new(), Key::new());
    let fails =
        vec![insert_any(&store, &work), insert_copy(&store, &work, &copy), insert_any(&store, &taken)];
    assert!(matches!(store.apply(unit(TENANT, fails)).await, Err(WriteError::Exists { .. })));
    assert_eq!(store.get(TENANT, WORKS, None, &work).await.unwrap(), None);
    assert_eq!(store.get(TENANT, COPIES, Some(&work), &copy).await.unwrap(), None);

    let succeeds =
        vec![insert_copy(&store, &taken, &copy), insert_any(&store, &work), update(&store, &taken, 1, "x")];
    let committed = store.apply(unit(TENANT, succeeds)).await.unwrap();
    assert_eq!(committed.versions, [2, 3, 4]);
    let kinds: Vec<_> = store
        .journal_since(TENANT, 1, 10)
        .await
        .unwrap()
        .iter()
        .map(|entry| (entry.set, entry.kind))
        .collect();
    let expected =
        [(COPIES, ChangeKind::Created), (WORKS, ChangeKind::Created), (WORKS, ChangeKind::Updated)];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn changes_of_one_entity_in_a_unit_follow_their_order() {
    let store = Arc::new(open(&database().await).await);
    let (key, copy) = (Key::new(), Key::new());
    let changes = vec![
        insert_any(&store, &key),
        insert_copy(&store, &key, &copy),
        update_copy(&store, &key, &copy, 2),
        delete(&key, 1),
        insert_any(&store, &key),
    ];
    let committed = store.apply(unit(TENANT, changes)).await.unwrap();
    assert_eq!(committed.versions, [1, 2, 3, 4, 5]);
    assert_eq!(store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap().version, 5);
    assert_eq!(store.get(TENANT, COPIES, Some(&key), &copy).await.unwrap(), None, "deleted with its work");
    let orphan = unit(TENANT, vec![delete(&key, 5), insert_copy(&store, &key, &copy)]);
    assert!(matches!(store.apply(orphan).await, Err(WriteError::NoParent { .. })));
}

#[tokio::test]
async fn tenants_in_one_batch_are_numbered_apart() {
    let store = Arc::new(open(&database().await).await);
    let tenants: Vec<Uuid> = (0..10).map(|_| Uuid::new_v4()).collect();
    let units = (0..200).map(|at| unit(tenants[at % 10], vec![insert_any(&store, &Key::new())])).collect();
    assert!(apply_all(&store, units).await.iter().all(Result::is_ok));
    for tenant in tenants {
        check_journal(&store, tenant, 20).await;
    }
}

#[tokio::test]
async fn a_reveal_yields_a_receipt_and_an_entry() {
    let store = open(&database().await).await;
    let keys = vec![Key::new(), Key::parse("other")];
    let reveal = Change::Reveal { set: WORKS, keys: keys.clone() };
    let committed = store.apply(unit(TENANT, vec![reveal])).await.unwrap();
    assert!(committed.receipt.is_some());
    let entries = store.journal_since(TENANT, 0, 10).await.unwrap();
    assert_eq!((entries[0].kind, &entries[0].keys), (ChangeKind::Revealed, &keys));
}

#[tokio::test]
async fn a_unit_larger_than_a_batch_is_written() {
    let store = open(&database().await).await;
    let changes: Vec<Change> = (0..3000).map(|_| insert_any(&store, &Key::new())).collect();
    let committed = store.apply(unit(TENANT, changes)).await.unwrap();
    assert_eq!(committed.versions, (0..3000).map(|at| 1 + at / 1024).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_server_knows_a_table_once_a_thousand_rows_have_come() {
    let url = database().await;
    let (store, client) = (open(&url).await, connect(&url).await);
    let known = async || {
        let text = "select count(*) from pg_stats where schemaname = 'public' and attname = 'tenant'";
        client.query_one(text, &[]).await.unwrap().get::<_, i64>(0)
    };
    for rows in [999, 1] {
        assert_eq!(known().await, 0);
        let changes: Vec<Change> = (0..rows).map(|_| insert_any(&store, &Key::new())).collect();
        store.apply(unit(TENANT, changes)).await.unwrap();
    }
    // It is told after the writer was answered.
    store.apply(unit(TENANT, vec![insert_any(&store, &Key::new())])).await.unwrap();
    assert_eq!(known().await, 1);
}
