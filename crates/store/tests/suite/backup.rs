//! A database that goes through a backup, and is opened by a later model.

use std::path::{Path, PathBuf};

use odata::date_time::Ticks;
use odata::edm::{Kind, Model, Primitive};
use odata::{Key, Value};
use store::audit::ChainVerifier;
use store::backup::{Backup, BackupOrder, back_up, restore};
use store::{Change, Database, Query, Store};
use tempfile::TempDir;

use crate::support::*;

/// When backups are taken: long after 1970, so that the numbers after a restore are large.
const TAKEN_AT: &str = "2020-01-01T00:00:00Z";
const RESTORED_AT: &str = "2020-01-01T00:00:01Z";
/// The microseconds from 1970 until then.
const BEHIND: i64 = 1_577_836_801_000_000;

fn instant(text: &str) -> Ticks {
    Ticks::parse(text).unwrap()
}

async fn backed_up(database: &Database, to: &Path) -> Backup {
    let order = BackupOrder { database, to, build: "0", at: instant(TAKEN_AT) };
    back_up(&order, &|_| {}).await.unwrap()
}

/// Destroys the database.
async fn lose(database: &Database) {
    match database {
        Database::Sqlite(path) => {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
            }
        }
        Database::Postgres(_) => execute(database, "drop schema public cascade; create schema public").await,
    }
}

async fn restored(database: &Database, backup: &Backup) {
    lose(database).await;
    restore(database, &encryption_key(), backup, instant(RESTORED_AT), &|_| {}).await.unwrap();
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    (folder, to)
}

/// The library with editions, an index more and one fewer.
fn later() -> Model {
    let mut builder = Builder { model: library() };
    builder.required(WORK, "edition", Kind::Primitive(Primitive::Int32), Value::Int(1));
    let mut model = builder.finish();
    for property in &mut model.properties {
        property.indexed = match &*property.name {
            "pages" => false,
            "rating" => true,
            _ => property.indexed,
        };
    }
    model
}

pub async fn a_later_model_carries_over_what_was_restored(database: Database) {
    let store = open(&database).await;
    let (key, secret) = (Key::new(), [("combination", text("open sesame")), ("rating", Value::Double(0.5))]);
    apply(&store, vec![insert(&store, WORKS, None, &key, &secret)]).await.unwrap();
    store.close().await;
    let (_folder, to) = place();
    let backup = backed_up(&database, &to).await;
    restored(&database, &backup).await;
    // It has the same shape, to the last index.
    let (_other, again) = place();
    backed_up(&database, &again).await;
    if let Database::Postgres(_) = database {
        let [before, after] =
            [&to, &again].map(|to| std::fs::read_to_string(to.join("database.sql")).unwrap());
        assert_eq!(before, after);
    }
    let store = Store::open(&database, later(), encryption_key()).await.unwrap();
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    let filter = equal(at(store.model(), "rating"), Value::Double(0.5));
    let query = Query { filter: Some(filter), ..Query::all(TENANT, WORKS, 1) };
    assert_eq!(store.count(&query).await.unwrap(), 1);
    let change = Change::Reveal { set: WORKS, keys: vec![key.clone()] };
    let receipt = apply(&store, vec![change]).await.unwrap().receipt.unwrap();
    let opened = store.open_secrets(TENANT, WORKS, &row, &receipt).await.unwrap();
    assert_eq!(opened, [(slot(store.model(), WORK, "combination"), text("open sesame"))]);
    store.close().await;
}

pub async fn after_a_restore_no_number_is_given_again(database: Database) {
    let store = open(&database).await;
    let (key, other) = (Key::new(), Key::new());
    let made = apply(&store, vec![insert(&store, WORKS, None, &key, &[])]).await.unwrap();
    let (_folder, to) = place();
    // While it is open.
    let backup = backed_up(&database, &to).await;
    store.close().await;
    restored(&database, &backup).await;
    let store = open(&database).await;
    assert!(made.versions[0] < BEHIND);
    for tenant in [TENANT, OTHER] {
        // A token of before is one about what is not known any more; one of now is not.
        assert_eq!(store.journal_pruned(tenant).await.unwrap(), BEHIND);
        assert!(store.journal_newest(tenant).await.unwrap() >= BEHIND);
        let since = store.journal_newest(tenant).await.unwrap();
        // Its data key, too, is made now.
        let change = insert(&store, WORKS, None, &other, &[("combination", text("open sesame"))]);
        let unit = unit(tenant, vec![change]);
        let version = store.apply(unit).await.unwrap().versions[0];
        assert_eq!(version, since + 1, "{tenant}");
        let entries = store.journal_since(tenant, since, 10).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [version], "{tenant}");
        assert!(store.is_newer(tenant, &[WORKS], since).await.unwrap(), "{tenant}");
        assert!(!store.is_newer(tenant, &[WORKS], version).await.unwrap(), "{tenant}");
    }
    // Each tenant's audit tells of it once, however often the database is opened.
    store.close().await;
    let store = open(&database).await;
    let records = store.audit_since(TENANT, 0, 10).await.unwrap();
    let [record] = &records[..] else { panic!("{records:?}") };
    assert!(record.record.contains("\"activity\":\"databaseRestored\""), "{}", record.record);
    assert!(record.record.contains(&backup.digest) && record.record.contains(TAKEN_AT), "{}", record.record);
    let mut chain = ChainVerifier::default();
    chain.follow(record).unwrap();
    chain.end(&store.audit_head(TENANT).await.unwrap().unwrap()).unwrap();
    assert!(store.audit_since(OTHER, 0, 10).await.unwrap().is_empty(), "it came later");
    store.close().await;
}
