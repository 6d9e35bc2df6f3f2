//! The ledger: an entry changes only if it is as it was read.

use std::sync::Arc;

use odata::Key;
use store::{Change, Database, LedgerChange, WriteError};

use crate::support::*;

type Content = Option<&'static [u8]>;

fn change(key: u8, before: Option<&[u8]>, after: Option<&[u8]>) -> Change {
    Change::Ledger(LedgerChange {
        key: [key; 32],
        before: before.map(Box::from),
        after: after.map(Box::from),
    })
}

pub async fn an_entry_is_compared_before_it_changes(database: Database) {
    let store = open(&database).await;
    let cases: [(Content, Content, bool); 9] = [
        (Some(b"x"), Some(b"y"), false),
        (Some(b"x"), None, false),
        (None, Some(b"x"), true),
        (None, Some(b"y"), false),
        (Some(b"y"), Some(b"z"), false),
        (Some(b"x"), Some(b"y"), true),
        (Some(b"x"), None, false),
        (Some(b"y"), None, true),
        (None, None, true),
    ];
    for (number, (before, after, made)) in cases.into_iter().enumerate() {
        let key = Key::new();
        // First what would have to be undone.
        let changes = vec![insert(&store, WORKS, None, &key, &[]), change(1, before, after)];
        let result = apply(&store, changes).await;
        assert_eq!(result.is_ok(), made, "case {number}: {result:?}");
        assert!(made || matches!(result, Err(WriteError::Overtaken)), "case {number}: {result:?}");
        let there = store.get(TENANT, WORKS, None, &key).await.unwrap().is_some();
        assert_eq!(there, made, "case {number}: all or nothing");
    }
}

pub async fn entries_are_read_in_the_order_asked_by_any_tenant(database: Database) {
    let store = open(&database).await;
    apply(&store, vec![change(1, None, Some(b"one")), change(3, None, Some(b"three"))]).await.unwrap();
    store.apply(unit(OTHER, vec![change(1, Some(b"one"), Some(b"uno"))])).await.unwrap();
    let read = store.ledger(&[[3; 32], [2; 32], [1; 32]]).await.unwrap();
    let read: Vec<Option<&[u8]>> = read.iter().map(Option::as_deref).collect();
    assert_eq!(read, [Some(&b"three"[..]), None, Some(b"uno")]);
    assert!(store.ledger(&[]).await.unwrap().is_empty());
}

pub async fn of_many_that_claim_an_entry_one_gets_it(database: Database) {
    let store = Arc::new(open(&database).await);
    for round in 0..10 {
        let claims = (0..8_u8).map(|claimant| {
            let store = Arc::clone(&store);
            async move {
                let changes = vec![
                    insert(&store, WORKS, None, &Key::new(), &[]),
                    change(round, None, Some(&[claimant])),
                ];
                let tenant = if claimant % 2 == 0 { TENANT } else { OTHER };
                store.apply(unit(tenant, changes)).await.is_ok()
            }
        });
        let claims = claims.collect::<tokio::task::JoinSet<_>>().join_all().await;
        assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1, "round {round}");
    }
}
