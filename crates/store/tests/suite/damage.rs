//! Damage: what the store never wrote is named, not read as something else.

use std::time::Duration;

use odata::Key;
use odata::date_time::Ticks;
use store::{Change, Database, NewJob, ReadError, Store};

use crate::support::*;

/// A lease that is longer than a test takes.
const LEASE: Duration = Duration::from_secs(600);

/// Runs a statement past the store. The store then writes something, after which its readers see the change.
async fn damage(store: &Store, database: &Database, text: &str) {
    execute(database, text).await;
    apply(store, vec![insert(store, WORKS, None, &Key::new(), &[])]).await.unwrap();
}

fn job(kind: i16) -> Change {
    let (subject, content) = (Key::new(), Box::from(&b"content"[..]));
    Change::Enqueue(NewJob { kind, subject, content, run_at: Ticks(10) })
}

pub async fn a_damaged_job_is_left_alone_and_holds_up_no_other(database: Database) {
    let store = open(&database).await;
    for change in ["attempts = -5", "subject = substr(subject, 1, 0)", "subject = substr(subject, 1, 1)"] {
        apply(&store, vec![job(2), job(1)]).await.unwrap();
        damage(&store, &database, &format!("update job set {change} where kind = 2")).await;
        let claimed = store.claim_jobs(Ticks(10), LEASE, 9).await.unwrap();
        let [sound] = claimed.as_slice() else { panic!("{change}: {claimed:?}") };
        assert_eq!((sound.kind, sound.attempts), (1, 1), "{change}");
        apply(&store, vec![Change::Finish(sound.clone())]).await.unwrap();
        assert!(store.is_job_due(Ticks(10)).await.unwrap(), "{change}: the damaged job is still there");
        damage(&store, &database, "delete from job").await;
    }
}

pub async fn a_damaged_journal_entry_is_named(database: Database) {
    let store = open(&database).await;
    apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap();
    for (change, expected) in [
        ("keys = substr(keys, 1, 0)", "the keys of journal entry 1"),
        ("kind = 99", "the kind of journal entry 1"),
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
