//! The journal: entries in the order of commits, read in pages.

use odata::Key;
use odata::date_time::Ticks;
use store::NoteKind;
use store::{Change, ChangeKind, Database, Store, WriteError};
use uuid::Uuid;

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
    apply(&store, vec![Change::Note { kind: NoteKind::Flagged, set: WORKS, keys: flagged.clone() }])
        .await
        .unwrap();
    apply(&store, vec![delete(WORKS, None, &two, versions[1])]).await.unwrap();
    store.apply(unit(OTHER, vec![insert(&store, WORKS, None, &one, &[])])).await.unwrap();

    let entries = store.journal_since(TENANT, 0, 100).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry.set, entry.kind, entry.keys.clone())).collect();
    assert_eq!(
        told,
        [
            (WORKS, ChangeKind::Created, vec![one.clone(), two.clone()]),
            (AUTHORS, ChangeKind::Created, vec![author]),
            (WORKS, ChangeKind::Updated, vec![one]),
            (WORKS, ChangeKind::Revealed, keys),
            (WORKS, ChangeKind::Noted(NoteKind::Flagged), flagged),
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
    // Of two kinds by turns, so that each has an entry.
    let changes =
        (0..150).map(|at| insert(&store, [WORKS, AUTHORS][at % 2], None, &Key::new(), &[])).collect();
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

pub async fn changes_of_a_kind_share_an_entry_and_its_number(database: Database) {
    let store = open(&database).await;
    let keys: Vec<Key> = (0..2_500).map(|_| Key::new()).collect();
    let changes = keys.iter().map(|key| insert(&store, WORKS, None, key, &[])).collect();
    let versions = apply(&store, changes).await.unwrap().versions;
    let row = store.get(TENANT, WORKS, None, &keys[7]).await.unwrap().unwrap();
    assert_eq!(row.version, versions[7]);
    let entries = store.journal_since(TENANT, 0, 100).await.unwrap();
    assert_eq!(entries.iter().map(|entry| entry.keys.len()).collect::<Vec<_>>(), [1_024, 1_024, 452]);
    assert_eq!(entries.iter().flat_map(|entry| entry.keys.clone()).collect::<Vec<_>>(), keys);
    let of_entries = entries.iter().flat_map(|entry| vec![entry.sequence; entry.keys.len()]);
    assert_eq!(of_entries.collect::<Vec<_>>(), versions);
    // Each entity's version guards it alone; each of its states has another one.
    let twice = [&keys[..2], &keys[..1]].concat();
    let changes = twice.iter().zip([versions[0], versions[0], versions[0] + 3]);
    let changes = changes.map(|(key, expected)| update(&store, WORKS, key, expected, &[])).collect();
    let versions = apply(&store, changes).await.unwrap().versions;
    assert_eq!((versions[0], versions[2]), (versions[1], versions[0] + 1));
    let changed = apply(&store, vec![update(&store, WORKS, &keys[0], versions[0], &[])]).await;
    assert!(matches!(changed, Err(WriteError::Changed { .. })), "{changed:?}");
}

pub async fn of_entries_that_name_very_many_keys_few_are_read_at_once(database: Database) {
    let store = open(&database).await;
    let keys: Vec<Key> = (0..9_000).map(|at| Key::parse(&format!("{}{at}", "k".repeat(500)))).collect();
    for _ in 0..3 {
        apply(&store, vec![Change::Note { kind: NoteKind::Flagged, set: WORKS, keys: keys.clone() }])
            .await
            .unwrap();
    }
    let (mut after, mut read) = (0, 0);
    while let [entry] = store.journal_since(TENANT, after, 100).await.unwrap().as_slice() {
        (after, read) = (entry.sequence, read + 1);
    }
    assert_eq!(read, 3);
}

/// Prunes all that is from before a time, as the engine does.
async fn prune(store: &Store, before: i64) {
    let mut pruned = Uuid::nil();
    while let Some(tenant) = store.next_to_prune(pruned, Ticks(before)).await.unwrap() {
        while store.prune_journal(tenant, Ticks(before)).await.unwrap() {}
        pruned = tenant;
    }
}

async fn apply_at(store: &Store, at: i64, changes: Vec<Change>) -> i64 {
    let unit = store::Unit { at: Ticks(at), ..unit(TENANT, changes) };
    store.apply(unit).await.unwrap().versions.pop().unwrap()
}

pub async fn old_entries_end_but_for_the_audit_and_the_newest(database: Database) {
    let store = open(&database).await;
    let create = || vec![insert(&store, WORKS, None, &Key::new(), &[])];
    let first = apply_at(&store, 1, create()).await;
    let revealed = apply_at(&store, 2, vec![Change::Reveal { set: WORKS, keys: vec![Key::new()] }]).await;
    let second = apply_at(&store, 3, create()).await;
    let third = apply_at(&store, 4, create()).await;
    for (before, expected, pruned) in [
        (1, vec![first, revealed, second, third], 0),
        (2, vec![revealed, second, third], first),
        (3, vec![revealed, second, third], revealed),
        (4, vec![revealed, third], second),
        (9, vec![revealed, third], second),
    ] {
        prune(&store, before).await;
        let entries = store.journal_since(TENANT, 0, 9).await.unwrap();
        let left: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(
            (left, store.journal_pruned(TENANT).await.unwrap()),
            (expected, pruned),
            "before {before}"
        );
    }
    store.close().await;
    let store = open(&database).await;
    assert_eq!(store.journal_newest(TENANT).await.unwrap(), third, "no number is given twice");
    assert_eq!(store.journal_pruned(OTHER).await.unwrap(), 0);
}

pub async fn a_pruned_journal_holds_what_is_young(database: Database) {
    let store = open(&database).await;
    let mut lengths = Vec::new();
    for round in 1..=6 {
        for _ in 0..150 {
            let by_turns = (0..20).map(|at| insert(&store, [WORKS, AUTHORS][at % 2], None, &Key::new(), &[]));
            apply_at(&store, round, by_turns.collect()).await;
        }
        prune(&store, round).await;
        let entries = store.journal_since(TENANT, 0, 10_000).await.unwrap();
        lengths.push(entries.len());
    }
    // What is left is the last round's.
    assert_eq!(lengths, [3_000; 6]);
}
