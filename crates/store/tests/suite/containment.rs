//! Entities that live in others.

use odata::Key;
use store::{ChangeKind, Database, Query, WriteError};

use crate::support::*;

pub async fn a_contained_entity_lives_in_its_parent(database: Database) {
    let store = open(&database).await;
    let (one, other, copy) = (Key::new(), Key::new(), Key::parse("first"));
    let orphan = apply(&store, vec![insert(&store, COPIES, Some(&one), &copy, &[])]).await;
    assert!(matches!(orphan, Err(WriteError::NoParent { .. })), "{orphan:?}");
    for parent in [&one, &other] {
        apply(&store, vec![insert(&store, WORKS, None, parent, &[])]).await.unwrap();
    }
    let version =
        apply(&store, vec![insert(&store, COPIES, Some(&one), &copy, &[])]).await.unwrap().versions[0];
    assert!(store.get(TENANT, COPIES, Some(&one), &copy).await.unwrap().is_some());
    assert_eq!(store.get(TENANT, COPIES, Some(&other), &copy).await.unwrap(), None);
    let of = |parent: &Key| Query { parent: Some(parent.clone()), ..Query::all(TENANT, COPIES, 10) };
    assert_eq!(store.list(&of(&one)).await.unwrap().len(), 1);
    assert_eq!(store.list(&of(&other)).await.unwrap().len(), 0);
    assert_eq!(store.count(&of(&one)).await.unwrap(), 1);
    let elsewhere = apply(&store, vec![delete(COPIES, Some(&other), &copy, version)]).await;
    assert!(matches!(elsewhere, Err(WriteError::Changed { .. })), "{elsewhere:?}");
    let nowhere = apply(&store, vec![insert(&store, COPIES, None, &copy, &[])]).await;
    assert!(matches!(nowhere, Err(WriteError::NoParent { .. })), "{nowhere:?}");
    apply(&store, vec![delete(COPIES, Some(&one), &copy, version)]).await.unwrap();
    assert_eq!(store.count(&of(&one)).await.unwrap(), 0);
}

pub async fn the_end_of_an_entity_ends_all_it_contains(database: Database) {
    let store = open(&database).await;
    let (doomed, spared) = (Key::new(), Key::new());
    let mut version = 0;
    for work in [&spared, &doomed] {
        let (copy, mark, image) = (Key::new(), Key::new(), Key::new());
        let changes = vec![
            insert(&store, WORKS, None, work, &[]),
            insert(&store, COPIES, Some(work), &copy, &[]),
            insert(&store, MARKS, Some(&copy), &mark, &[]),
            // The singleton itself was never written.
            insert(&store, IMAGES, Some(work), &image, &[]),
        ];
        version = apply(&store, changes).await.unwrap().versions[0];
        let all =
            [(COPIES, work, copy), (MARKS, &all_copies(&store, work).await[0], mark), (IMAGES, work, image)];
        for (set, parent, key) in all {
            assert!(store.get(TENANT, set, Some(parent), &key).await.unwrap().is_some(), "{set:?}");
        }
    }
    let copy = all_copies(&store, &doomed).await.remove(0);
    let sequence = apply(&store, vec![delete(WORKS, None, &doomed, version)]).await.unwrap().versions[0];
    for (set, parent, left) in
        [(COPIES, &doomed, 0), (MARKS, &copy, 0), (IMAGES, &doomed, 0), (COPIES, &spared, 1)]
    {
        let query = Query { parent: Some(parent.clone()), ..Query::all(TENANT, set, 10) };
        assert_eq!(store.count(&query).await.unwrap(), left, "{set:?}");
    }
    let entries = store.journal_since(TENANT, sequence - 1, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].kind, &entries[0].keys), (ChangeKind::Deleted, &vec![doomed]));
}

async fn all_copies(store: &store::Store, work: &Key) -> Vec<Key> {
    let query = Query { parent: Some(work.clone()), ..Query::all(TENANT, COPIES, 10) };
    store.list(&query).await.unwrap().into_iter().map(|row| row.key).collect()
}

pub async fn a_singleton_needs_its_parent_not_itself(database: Database) {
    let store = open(&database).await;
    let work = Key::new();
    for (set, key) in [(COVER, &work), (IMAGES, &Key::new())] {
        let orphan = apply(&store, vec![insert(&store, set, Some(&work), key, &[])]).await;
        assert!(matches!(orphan, Err(WriteError::NoParent { .. })), "{set:?}: {orphan:?}");
    }
    apply(&store, vec![insert(&store, WORKS, None, &work, &[])]).await.unwrap();
    apply(&store, vec![insert(&store, COVER, Some(&work), &work, &[])]).await.unwrap();
    assert!(store.get(TENANT, COVER, Some(&work), &work).await.unwrap().is_some());
    let twice = apply(&store, vec![insert(&store, COVER, Some(&work), &work, &[])]).await;
    assert!(matches!(twice, Err(WriteError::Exists { .. })), "{twice:?}");
}
