//! Damage: what the store never wrote is named, not read as something else.

use std::time::Duration;

use odata::Key;
use odata::date_time::Ticks;
use store::{Change, Database, NewJob, ReadError, Store, WriteError};

use crate::support::*;

/// Longer than a test takes.
const LEASE: Duration = Duration::from_secs(600);

/// Runs a statement past the store. The store then writes something, after which its readers see the change.
async fn damage(store: &Store, database: &Database, text: &str) {
    match database {
        Database::Sqlite(path) => {
            rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
        }
        Database::Postgres(url) => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(text).await.unwrap();
        }
    }
    apply(store, vec![insert(store, WORKS, None, &Key::new(), &[])]).await.unwrap();
}

fn job(kind: i16) -> Change {
    let (subject, content) = (Key::new(), Box::from(&b"content"[..]));
    Change::Enqueue(NewJob { kind, subject, content, run_at: Ticks(10) })
}

pub async fn a_damaged_job_fails_its_claim_and_no_other(database: Database) {
    let store = open(&database).await;
    for (kind, change, expected) in [
        (2, "attempts = -5", "-4 attempts"),
        (3, "subject = substr(subject, 1, 0)", "the subject []"),
        (4, "subject = substr(subject, 1, 1)", "the subject [01]"),
    ] {
        apply(&store, vec![job(kind)]).await.unwrap();
        damage(&store, &database, &format!("update job set {change} where kind = {kind}")).await;
        let refused = store.claim_jobs(Ticks(10), LEASE, 9).await;
        let Err(WriteError::Corrupt(message)) = &refused else { panic!("{change}: {refused:?}") };
        let named = format!("the job of kind {kind} and request {REQUEST} of tenant {TENANT} has {expected}");
        assert_eq!(*message, named, "{change}");
        apply(&store, vec![job(1)]).await.unwrap();
        let claimed = store.claim_jobs(Ticks(10), LEASE, 9).await.unwrap();
        assert_eq!(claimed.len(), 1, "{change}: the lease keeps the damaged job out of the way");
    }
}

pub async fn a_damaged_journal_entry_is_named(database: Database) {
    let store = open(&database).await;
    apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap();
    for (change, expected) in [
        ("keys = substr(keys, 1, 0)", "the keys of journal entry 1"),
        ("kind = 9", "the kind of journal entry 1"),
    ] {
        damage(&store, &database, &format!("update journal set {change} where sequence = 1")).await;
        let refused = store.journal_since(TENANT, 0, 9).await;
        let Err(ReadError::Corrupt(message)) = &refused else { panic!("{change}: {refused:?}") };
        assert_eq!(message, expected, "{change}");
    }
}

pub async fn damaged_secrets_are_not_lost_in_an_update(database: Database) {
    let store = open(&database).await;
    let key = Key::new();
    apply(&store, vec![insert(&store, WORKS, None, &key, &[("combination", text("left 12"))])])
        .await
        .unwrap();
    damage(&store, &database, "update works set sealed = substr(sealed, 1, 9) where sealed is not null")
        .await;
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    let refused = store.record(WORKS, &row);
    let Err(ReadError::Corrupt(message)) = &refused else { panic!("{refused:?}") };
    assert_eq!(*message, format!("damaged secrets of {key}"));
}
