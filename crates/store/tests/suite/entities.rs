//! Single entities: inserted, read, updated, deleted.

use std::sync::Arc;

use store::{Change, Database, Query, WriteError};

use crate::support::*;
use odata::{Key, Value};

pub async fn an_entity_comes_back_as_it_was(database: Database) {
    let store = open(&database).await;
    for key in [Key::new(), Key::parse("a/b 'c'"), Key::parse("")] {
        let values = [
            ("title", text("Ünïcode \"quoted\" \\ \n 😀")),
            ("rating", Value::Double(0.5)),
            ("pages", Value::Int(-3)),
            ("lent", Value::Boolean(true)),
            ("shelf", shelf(store.model(), "north")),
            ("tags", Value::Collection(vec![text("a"), text("b")])),
        ];
        let expected = entity(store.model(), BOOK, &key, &values);
        let committed =
            apply(&store, vec![insert_as(&store, WORKS, BOOK, None, &key, &values)]).await.unwrap();
        let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
        assert_eq!(row.key, key);
        assert_eq!(vec![row.version], committed.versions);
        let record = row.document.decode(BOOK, store.model()).unwrap();
        assert_eq!(record.type_id, BOOK);
        for property in store.model().structured(BOOK).properties.iter().map(|id| store.model().property(*id))
        {
            assert_eq!(record.get(property.slot), expected.record().get(property.slot), "{}", property.name);
        }
        assert_eq!(row.sealed, None);
    }
    assert_eq!(store.get(TENANT, WORKS, None, &Key::parse("nobody")).await.unwrap(), None);
}

pub async fn versions_ascend_and_guard(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    let first = apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap().versions[0];
    let change = |expected, title| vec![update(&store, WORKS, &key, expected, &[("title", text(title))])];
    let second = apply(&store, change(first, "new")).await.unwrap().versions[0];
    assert!(second > first);
    let stale = apply(&store, change(first, "stale")).await;
    assert!(matches!(&stale, Err(WriteError::Changed { set: WORKS, key: k }) if *k == key), "{stale:?}");
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    assert_eq!((row.version, value(&store, &row, WORK, "title")), (second, text("new")));

    let stale = apply(&store, vec![delete(WORKS, None, &key, first)]).await;
    assert!(matches!(stale, Err(WriteError::Changed { .. })), "{stale:?}");
    apply(&store, vec![delete(WORKS, None, &key, second)]).await.unwrap();
    assert_eq!(store.get(TENANT, WORKS, None, &key).await.unwrap(), None);
    let gone = apply(&store, vec![delete(WORKS, None, &key, second)]).await;
    assert!(matches!(gone, Err(WriteError::Changed { .. })), "{gone:?}");
    // A key may come back; its versions do not.
    let third = apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap().versions[0];
    assert!(third > second);
}

pub async fn a_taken_key_or_value_is_refused(database: Database) {
    let store = open(&database).await;
    let (first, second) = (Key::new(), Key::new());
    let isbn = |value: &str| vec![("isbn", text(value))];
    apply(&store, vec![insert(&store, WORKS, None, &first, &isbn("1"))]).await.unwrap();
    let refused = apply(&store, vec![insert(&store, WORKS, None, &first, &isbn("2"))]).await;
    assert!(matches!(&refused, Err(WriteError::Exists { set: WORKS, key }) if *key == first), "{refused:?}");
    let unique = property(store.model(), WORK, "isbn").id;
    let refused = apply(&store, vec![insert(&store, WORKS, None, &second, &isbn("1"))]).await;
    assert!(
        matches!(refused, Err(WriteError::NotUnique { set: WORKS, property, .. }) if property == unique),
        "{refused:?}"
    );
    // Null is no value that could be taken.
    let versions = apply(&store, vec![insert(&store, WORKS, None, &second, &[])]).await.unwrap().versions;
    apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap();
    let refused = apply(&store, vec![update(&store, WORKS, &second, versions[0], &isbn("1"))]).await;
    assert!(matches!(refused, Err(WriteError::NotUnique { .. })), "{refused:?}");
    // Another tenant may have it.
    store.apply(unit(OTHER, vec![insert(&store, WORKS, None, &first, &isbn("1"))])).await.unwrap();
}

pub async fn a_unit_is_all_or_nothing(database: Database) {
    let store = open(&database).await;
    let (first, second) = (Key::new(), Key::new());
    let changes = || -> Vec<Change> {
        vec![
            insert(&store, WORKS, None, &first, &[("title", text("one"))]),
            insert(&store, WORKS, None, &second, &[]),
            delete(WORKS, None, &Key::new(), 1),
        ]
    };
    let refused = apply(&store, changes()).await;
    assert!(matches!(refused, Err(WriteError::Changed { .. })), "{refused:?}");
    for key in [&first, &second] {
        assert_eq!(store.get(TENANT, WORKS, None, key).await.unwrap(), None);
    }
    assert_eq!(store.journal_since(TENANT, 0, 10).await.unwrap(), Vec::new());
    let mut changes = changes();
    changes.pop();
    let versions = apply(&store, changes).await.unwrap().versions;
    assert_eq!(versions.len(), 2);
    assert_eq!(versions[0], versions[1], "they share an entry of the journal");
    // Within a unit, what an earlier change did is there for a later one.
    let both = vec![
        insert(&store, WORKS, None, &Key::parse("child"), &[]),
        insert(&store, COPIES, Some(&Key::parse("child")), &Key::new(), &[]),
    ];
    assert_eq!(apply(&store, both).await.unwrap().versions.len(), 2);
}

pub async fn tenants_do_not_meet(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    let version = apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap().versions[0];
    assert_eq!(store.get(OTHER, WORKS, None, &key).await.unwrap(), None);
    let query = store::Query::all(OTHER, WORKS, 10);
    assert_eq!(store.list(&query).await.unwrap(), Vec::new());
    assert_eq!(store.count(&query).await.unwrap(), 0);
    assert_eq!(store.journal_since(OTHER, 0, 10).await.unwrap(), Vec::new());
    for change in [
        update(&store, WORKS, &key, version, &[]),
        delete(WORKS, None, &key, version),
        insert(&store, COPIES, Some(&key), &Key::new(), &[]),
    ] {
        let refused = store.apply(unit(OTHER, vec![change])).await;
        assert!(
            matches!(refused, Err(WriteError::Changed { .. } | WriteError::NoParent { .. })),
            "{refused:?}"
        );
    }
    assert!(store.get(TENANT, WORKS, None, &key).await.unwrap().is_some());
}

pub async fn a_long_document_survives(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    let long = "0123456789abcdef".repeat(20_000);
    let values = [("note", text(&long)), ("title", text("after all that"))];
    apply(&store, vec![insert(&store, WORKS, None, &key, &values)]).await.unwrap();
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    assert_eq!(value(&store, &row, WORK, "note"), text(&long));
}

pub async fn what_it_was_decided_by_must_still_be_so(database: Database) {
    let store = open(&database).await;
    let first = apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap();
    let newest = store.journal_newest(TENANT).await.unwrap();
    assert_eq!(vec![newest], first.versions);
    let decided = |since| {
        let changes =
            [insert(&store, WORKS, None, &Key::new(), &[]), Change::Unchanged { set: WORKS, since }];
        apply(&store, changes.to_vec())
    };
    assert!(matches!(decided(newest - 1).await, Err(WriteError::Overtaken)));
    // What the unit itself does comes after it was looked at.
    decided(newest).await.unwrap();
    assert!(matches!(decided(newest).await, Err(WriteError::Overtaken)));
    // Neither another tenant nor another set counts.
    let newest = store.journal_newest(TENANT).await.unwrap();
    store.apply(unit(OTHER, vec![insert(&store, WORKS, None, &Key::new(), &[])])).await.unwrap();
    apply(&store, vec![insert(&store, AUTHORS, None, &Key::new(), &[])]).await.unwrap();
    decided(newest).await.unwrap();
    assert_eq!(store.count(&Query::all(TENANT, WORKS, 1)).await.unwrap(), 3);
}

pub async fn of_many_that_looked_at_a_set_one_may_change_it(database: Database) {
    let store = Arc::new(open(&database).await);
    for round in 0..10 {
        let since = store.journal_newest(TENANT).await.unwrap();
        let decisions = (0..8).map(|_| {
            let store = Arc::clone(&store);
            async move {
                let inserted = insert(&store, WORKS, None, &Key::new(), &[]);
                apply(&store, vec![inserted, Change::Unchanged { set: WORKS, since }]).await.is_ok()
            }
        });
        let decisions = decisions.collect::<tokio::task::JoinSet<_>>().join_all().await;
        assert_eq!(decisions.iter().filter(|made| **made).count(), 1, "round {round}");
    }
}
