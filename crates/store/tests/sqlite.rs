//! The suite on SQLite, and what concerns its file alone.

#![allow(clippy::unwrap_used)]

mod suite;
mod support;

use odata::Key;
use odata::date_time::Ticks;
use store::{Access, Change, Database, OpenError, Quotas, Store, Unit, WriteError};
use support::{TENANT, WORKS, delete, encryption_key, insert, library, open, unit};
use tempfile::TempDir;

async fn database() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("store.db"));
    (folder, database)
}

suite!(crate::database);

#[tokio::test]
async fn a_file_in_use_is_refused() {
    let (_folder, database) = database().await;
    let store = open(&database).await;
    let refused = Store::open(&database, library(), encryption_key()).await;
    assert!(matches!(refused, Err(OpenError::InUse { .. })), "{refused:?}");
    store.close().await;
    open(&database).await.close().await;
}

#[tokio::test]
async fn what_cannot_be_opened_says_where_and_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text"), "no database, but long enough to look like one ".repeat(40))
        .unwrap();
    for (place, reason) in [
        ("missing/store.db", "No such file"),
        ("text/store.db", "Not a directory"),
        ("text", "not a database"),
    ] {
        let database = Database::Sqlite(folder.path().join(place));
        let refused = Store::open(&database, library(), encryption_key()).await;
        let Err(OpenError::Other { database, reason: given }) = refused else {
            panic!("{place}: {refused:?}")
        };
        assert!(database.ends_with(place), "{database}");
        assert!(given.contains(reason), "{place}: {given}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_must_not_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        eprintln!("SKIPPED: root may write everywhere; run this as another user");
        return;
    }
    let database = Database::Sqlite(folder.path().join("store.db"));
    let refused = Store::open(&database, library(), encryption_key()).await;
    let Err(OpenError::Other { reason, .. }) = refused else { panic!("{refused:?}") };
    assert!(reason.contains("Permission denied"), "{reason}");
}

#[tokio::test]
async fn a_newer_schema_or_layout_is_refused() {
    let newer = [
        "insert into refinery_schema_history values (99, 'later', '', '0')",
        "update schema_lock set layout = 99",
    ];
    for change in newer {
        let (folder, database) = database().await;
        open(&database).await.close().await;
        rusqlite::Connection::open(folder.path().join("store.db")).unwrap().execute(change, ()).unwrap();
        let refused = Store::open(&database, library(), encryption_key()).await;
        assert!(matches!(refused, Err(OpenError::Newer { found: 99, .. })), "{change}: {refused:?}");
    }
}

#[tokio::test]
async fn the_room_of_pruned_entries_is_used_again() {
    let (folder, database) = database().await;
    let store = open(&database).await;
    let file = rusqlite::Connection::open(folder.path().join("store.db")).unwrap();
    let mut pages = Vec::new();
    for round in 1..=6 {
        for _ in 0..50 {
            let newest = store.journal_newest(TENANT).await.unwrap();
            let come_and_go = (0..20).flat_map(|at| {
                let key = Key::new();
                [insert(&store, WORKS, None, &key, &[]), delete(WORKS, None, &key, newest + 1 + 2 * at)]
            });
            let unit = unit(TENANT, come_and_go.collect());
            store.apply(Unit { at: Ticks(round), ..unit }).await.unwrap();
        }
        while store.prune_journal(TENANT, Ticks(round)).await.unwrap() {}
        pages.push(file.query_row("pragma page_count", (), |row| row.get::<_, i64>(0)).unwrap());
    }
    assert_eq!(store.journal_since(TENANT, 0, 10_000).await.unwrap().len(), 2_000);
    assert!(pages[5] <= pages[2], "{pages:?}");
}

#[tokio::test]
async fn the_log_stays_short_under_load() {
    let (folder, database) = database().await;
    let store = open(&database).await;
    let mut longest = 0;
    let note = support::text(&"0123456789".repeat(400));
    for _ in 0..1_200 {
        let load = (0..20).map(|_| insert(&store, WORKS, None, &Key::new(), &[("note", note.clone())]));
        store.apply(unit(TENANT, load.collect())).await.unwrap();
        longest = longest.max(std::fs::metadata(folder.path().join("store.db-wal")).unwrap().len());
    }
    let written = std::fs::metadata(folder.path().join("store.db")).unwrap().len();
    assert!(written > 2 * longest, "a log of {longest} bytes for a file of {written}");
}

#[tokio::test]
async fn a_command_beside_a_server_records_looks_and_changes_nothing() {
    let (_folder, database) = database().await;
    let server = open(&database).await;
    let key = Key::new();
    let secret = [("combination", support::text("open sesame"))];
    support::apply(&server, vec![insert(&server, WORKS, None, &key, &secret)]).await.unwrap();
    let command = Store::open_as(Access::Command, &database, library(), encryption_key(), Quotas::default())
        .await
        .unwrap();
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let look = Change::Reveal { set: WORKS, keys: vec![key.clone()] };
        let committed = support::apply(&command, vec![look]).await.unwrap();
        let row = command.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
        let opened = command.open_secrets(TENANT, WORKS, &row, &committed.receipt.unwrap()).await.unwrap();
        assert_eq!(opened[0].1, support::text("open sesame"));
        numbers.extend(committed.versions);
        let created = insert(&server, WORKS, None, &Key::new(), &[]);
        numbers.extend(support::apply(&server, vec![created]).await.unwrap().versions);
    }
    assert!(numbers.is_sorted_by(|one, next| one < next), "no number is given twice: {numbers:?}");
    let refused = support::apply(&command, vec![insert(&command, WORKS, None, &Key::new(), &[])]).await;
    assert!(
        matches!(&refused, Err(WriteError::Unavailable(reason)) if reason.contains("a server has the database")),
        "{refused:?}"
    );
    assert_eq!(server.journal_since(TENANT, 0, 100).await.unwrap().len(), 7);
}
