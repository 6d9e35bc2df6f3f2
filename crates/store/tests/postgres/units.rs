//! Short ways to write the units of these tests.

use odata::Key;
use store::{Change, Database, Store};

use crate::support::{self, COPIES, WORKS, text};

/// Opens a store.
pub async fn open(url: &str) -> Store {
    support::open(&Database::Postgres(url.into())).await
}

pub fn insert(store: &Store, key: &Key, title: &str, isbn: &str) -> Change {
    support::insert(store, WORKS, None, key, &[("title", text(title)), ("isbn", text(isbn))])
}

/// An insert that meets no other.
pub fn insert_any(store: &Store, key: &Key) -> Change {
    insert(store, key, "any", &key.to_string())
}

pub fn update(store: &Store, key: &Key, expected: i64, title: &str) -> Change {
    support::update(store, WORKS, key, expected, &[("title", text(title)), ("isbn", text(&key.to_string()))])
}

pub fn delete(key: &Key, expected: i64) -> Change {
    support::delete(WORKS, None, key, expected)
}

pub fn insert_copy(store: &Store, work: &Key, key: &Key) -> Change {
    support::insert(store, COPIES, Some(work), key, &[("condition", text("worn"))])
}

pub fn update_copy(store: &Store, work: &Key, key: &Key, expected: i64) -> Change {
    match support::update(store, COPIES, key, expected, &[("condition", text("torn"))]) {
        Change::Update { set, key, expected, entity, .. } => {
            Change::Update { set, parent: Some(work.clone()), key, expected, entity }
        }
        other => other,
    }
}
