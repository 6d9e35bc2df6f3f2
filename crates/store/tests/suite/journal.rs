//! The journal: entries in the order of commits, read in pages.

use odata::Key;
use odata::date_time::Ticks;
use store::{Change, ChangeKind, Database};

use crate::support::*;

pub async fn the_journal_tells_what_happened_in_order(database: Database) {
    let store = open(&database).await;
    let (one, two, author) = (Key::new(), Key::parse("not a guid"), Key::new());
    let versions = apply(
        &store,
        vec![
            insert(&store, WORKS, None, &one, &[]),
            insert(&store, WORKS, None, &two, &[]),
            insert(&store, AUTHORS, None, &author, &[]),
        ],
    );
    let versions = versions.await.unwrap().versions;
    apply(&store, vec![update(&store, WORKS, &one, versions[0], &[])]).await.unwrap();
    let keys = vec![two.clone(), one.clone()];
    apply(&store, vec![Change::Reveal { set: WORKS, keys: keys.clone() }]).await.unwrap();
    let flagged = vec![one.clone()];
    apply(&store, vec![Change::Flag { set: WORKS, keys: flagged.clone() }]).await.unwrap();
    apply(&store, vec![delete(WORKS, None, &two, versions[1])]).await.unwrap();
    store.apply(unit(OTHER, vec![insert(&store, WORKS, None, &one, &[])])).await.unwrap();

    let entries = store.journal_since(TENANT, 0, 100).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry.set, entry.kind, entry.keys.clone())).collect();
    assert_eq!(
        told,
        [
            (WORKS, ChangeKind::Created, vec![one.clone()]),
            (WORKS, ChangeKind::Created, vec![two.clone()]),
            (AUTHORS, ChangeKind::Created, vec![author]),
            (WORKS, ChangeKind::Updated, vec![one]),
            (WORKS, ChangeKind::Revealed, keys),
            (WORKS, ChangeKind::Flagged, flagged),
            (WORKS, ChangeKind::Deleted, vec![two]),
        ]
    );
    assert!(entries.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    for entry in &entries {
        assert_eq!((entry.at, entry.actor, entry.request_id), (Ticks(42), ACTOR, REQUEST));
    }
    assert_eq!(store.journal_since(OTHER, 0, 100).await.unwrap().len(), 1);
}

pub async fn the_journal_is_read_in_pages(database: Database) {
    let store = open(&database).await;
    let changes = (0..150).map(|_| insert(&store, WORKS, None, &Key::new(), &[])).collect();
    let sequences = apply(&store, changes).await.unwrap().versions;
    for limit in [7, 64, 65, 1_000] {
        let (mut after, mut read) = (0, Vec::new());
        loop {
            let page = store.journal_since(TENANT, after, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = last.sequence;
            read.extend(page.iter().map(|entry| entry.sequence));
        }
        assert_eq!(read, sequences, "in pages of {limit}");
    }
}
