//! What tenants may hold: counted exactly, whoever writes and whatever comes between.

use std::collections::HashMap;
use std::sync::Arc;

use odata::Key;
use store::{Access, Change, CountedQuota, Database, Quota, Quotas, Store, Usage, WriteError};
use uuid::Uuid;

use crate::support::*;

const COUNTED: CountedQuota = CountedQuota { name: "copies", most: 1 };

/// A store in which the first tenant has a quota and no other has.
async fn open_within(database: &Database, quota: Quota) -> Store {
    let quotas = Quotas { counted_set: Some(COPIES), of_tenants: HashMap::from([(TENANT, quota)]) };
    Store::open_as(Access::Server, database, library(), encryption_key(), quotas).await.unwrap()
}

async fn usage(store: &Store, tenant: Uuid) -> Usage {
    store.tenant_usage(tenant, Some(COPIES)).await.unwrap()
}

/// The name and the bound of the quota that a unit would have exceeded.
fn exceeded(result: Result<store::Committed, WriteError>) -> Option<(&'static str, u64)> {
    match result {
        Ok(_) => None,
        Err(WriteError::QuotaExceeded(exceeded)) => Some((exceeded.name, exceeded.most)),
        Err(other) => panic!("{other:?}"),
    }
}

fn work(store: &Store, title: &str) -> Change {
    insert(store, WORKS, None, &Key::new(), &[("title", text(title))])
}

pub async fn a_tenant_holds_as_much_as_its_quota_and_no_other_is_bound(database: Database) {
    let store = open_within(&database, Quota { records: Some(4), counted: Some(COUNTED), bytes: None }).await;
    let parent = Key::new();
    let first = vec![
        insert(&store, WORKS, None, &parent, &[]),
        insert(&store, COPIES, Some(&parent), &Key::new(), &[]),
    ];
    assert_eq!(exceeded(apply(&store, first).await), None);
    let copy = vec![insert(&store, COPIES, Some(&parent), &Key::new(), &[])];
    assert_eq!(exceeded(apply(&store, copy).await), Some(("copies", 1)));
    let three = (0..3).map(|_| work(&store, "a")).collect();
    assert_eq!(exceeded(apply(&store, three).await), Some(("records", 4)), "all or nothing");
    assert_eq!(usage(&store, TENANT).await.records, 2);
    let two = (0..2).map(|_| work(&store, "a")).collect();
    assert_eq!(exceeded(apply(&store, two).await), None);
    for round in 0..3 {
        let one_more = apply(&store, vec![work(&store, "a")]).await;
        assert_eq!(exceeded(one_more), Some(("records", 4)), "round {round}");
        store.apply(unit(OTHER, vec![work(&store, "a")])).await.unwrap();
    }
    let row = store.get(TENANT, WORKS, None, &parent).await.unwrap().unwrap();
    assert_eq!(exceeded(apply(&store, vec![delete(WORKS, None, &parent, row.version)]).await), None);
    let four = (0..2).map(|_| work(&store, "a")).collect();
    assert_eq!(
        exceeded(apply(&store, four).await),
        None,
        "what was deleted, with what it contained, is free"
    );
    assert_eq!(usage(&store, TENANT).await.records, 4);
}

pub async fn the_change_is_told_that_is_one_too_many(database: Database) {
    let store = open_within(&database, Quota { records: Some(2), ..Quota::default() }).await;
    for (count, expected) in [(3, 2), (4, 2)] {
        let changes = (0..count).map(|_| work(&store, "a")).collect();
        match apply(&store, changes).await {
            Err(WriteError::QuotaExceeded(exceeded)) => assert_eq!(exceeded.change, expected, "of {count}"),
            other => panic!("{other:?}"),
        }
    }
}

pub async fn bytes_are_those_of_the_entities_as_they_are_now(database: Database) {
    let store = open_within(&database, Quota { bytes: Some(2_000), ..Quota::default() }).await;
    let key = Key::new();
    let long = "x".repeat(1_500);
    let inserted = apply(&store, vec![insert(&store, WORKS, None, &key, &[("title", text(&long))])]).await;
    let mut version = inserted.unwrap().versions[0];
    let longer = update(&store, WORKS, &key, version, &[("title", text(&"x".repeat(2_000)))]);
    assert_eq!(exceeded(apply(&store, vec![longer]).await), Some(("bytes", 2_000)));
    let shorter = update(&store, WORKS, &key, version, &[("title", text("x"))]);
    version = apply(&store, vec![shorter]).await.unwrap().versions[0];
    let again = update(&store, WORKS, &key, version, &[("title", text(&long))]);
    assert_eq!(exceeded(apply(&store, vec![again]).await), None);
    let bytes = usage(&store, TENANT).await.bytes;
    assert!((1_500..=2_000).contains(&bytes), "{bytes}");
}

pub async fn a_tenant_that_holds_too_much_may_still_let_go(database: Database) {
    let store = open(&database).await;
    let keys: Vec<Key> = (0..6).map(|_| Key::new()).collect();
    let inserts = keys.iter().map(|key| insert(&store, WORKS, None, key, &[])).collect();
    let versions = apply(&store, inserts).await.unwrap().versions;
    store.close().await;
    let store = open_within(&database, Quota { records: Some(5), ..Quota::default() }).await;
    let more = || vec![work(&store, "a")];
    assert_eq!(exceeded(apply(&store, more()).await), Some(("records", 5)));
    let renamed = update(&store, WORKS, &keys[0], versions[0], &[("title", text("b"))]);
    assert_eq!(exceeded(apply(&store, vec![renamed]).await), None, "a change adds no entity");
    let swapped = vec![delete(WORKS, None, &keys[1], versions[1]), work(&store, "c")];
    assert_eq!(exceeded(apply(&store, swapped).await), None, "one for another");
    for at in [2, 3] {
        apply(&store, vec![delete(WORKS, None, &keys[at], versions[at])]).await.unwrap();
    }
    assert_eq!(exceeded(apply(&store, more()).await), None);
    assert_eq!(exceeded(apply(&store, more()).await), Some(("records", 5)));
}

pub async fn of_many_writers_exactly_so_many_succeed(database: Database) {
    const MOST: usize = 150;
    let quota = Quota { records: Some(MOST as u64), ..Quota::default() };
    let store = Arc::new(open_within(&database, quota).await);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..32 {
        let (store, tenant) = (Arc::clone(&store), if writer % 2 == 0 { TENANT } else { OTHER });
        writers.spawn(async move {
            let mut accepted = 0;
            for _ in 0..12 {
                let answer = store.apply(unit(tenant, vec![work(&store, "a")])).await;
                assert!(tenant == TENANT || answer.is_ok(), "a tenant without a quota: {answer:?}");
                accepted += usize::from(tenant == TENANT && exceeded(answer).is_none());
            }
            accepted
        });
    }
    let accepted: usize = writers.join_all().await.into_iter().sum();
    assert_eq!(accepted, MOST);
    assert_eq!(usage(&store, TENANT).await.records, MOST as i64);
    assert_eq!(usage(&store, OTHER).await.records, 16 * 12);
}

/// After anything, a tenant may add exactly what its quota leaves of what it really holds.
pub async fn the_count_never_drifts(database: Database) {
    let quota = Quota { records: Some(400), ..Quota::default() };
    let mut store = open_within(&database, quota).await;
    let mut held: Vec<(Key, i64)> = Vec::new();
    let mut dice = 7_u64;
    let mut draw = |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % below
    };
    for round in 0..120 {
        match draw(6) {
            0 | 1 => {
                let key = Key::new();
                let changes = vec![
                    insert(&store, WORKS, None, &key, &[("title", text(&"x".repeat(draw(300))))]),
                    insert(&store, COPIES, Some(&key), &Key::new(), &[]),
                ];
                held.push((key, apply(&store, changes).await.unwrap().versions[0]));
            }
            2 if !held.is_empty() => {
                let at = draw(held.len());
                let (key, version) = held[at].clone();
                let change = update(&store, WORKS, &key, version, &[("title", text(&"y".repeat(draw(300))))]);
                held[at].1 = apply(&store, vec![change]).await.unwrap().versions[0];
            }
            3 if !held.is_empty() => {
                let (key, version) = held.swap_remove(draw(held.len()));
                apply(&store, vec![delete(WORKS, None, &key, version), work(&store, "z")]).await.unwrap();
            }
            4 => {
                // Fails halfway, and leaves nothing.
                let taken = held.first().map_or_else(Key::new, |(key, _)| key.clone());
                let twice = insert(&store, WORKS, None, &taken, &[]);
                let answer = apply(&store, vec![work(&store, "z"), twice.clone(), twice]).await;
                assert!(answer.is_err(), "{answer:?}");
            }
            5 if round % 10 == 0 => {
                store.close().await;
                store = open_within(&database, quota).await;
            }
            _ => {
                store.apply(unit(OTHER, vec![work(&store, "z")])).await.unwrap();
            }
        }
    }
    let room = 400 - usage(&store, TENANT).await.records;
    let mut added = 0;
    while exceeded(apply(&store, vec![work(&store, "z")]).await).is_none() {
        added += 1;
    }
    assert_eq!(added, room);
}
