//! Opening: one process at a time, the right key, no newer layout, and an answer even if nobody listens.

use std::time::{Duration, Instant};

use odata::Key;
use scratch_postgres::{connect, database};
use store::{Database, KeyEncryptionKey, OpenError, Store};
use tokio::net::TcpListener;

use crate::support::{TENANT, WORKS, encryption_key, library, unit};
use crate::units::{insert_any, open};

#[tokio::test]
async fn processes_that_start_at_once_on_an_empty_database_all_open_it() {
    let url = database().await;
    let (one, two, three, four) = tokio::join!(open(&url), open(&url), open(&url), open(&url));
    let key = Key::new();
    one.apply(unit(TENANT, vec![insert_any(&one, &key)])).await.unwrap();
    for store in [two, three, four] {
        assert!(store.get(TENANT, WORKS, None, &key).await.unwrap().is_some());
        store.close().await;
    }
}

#[tokio::test]
async fn another_key_encryption_key_is_refused() {
    let url = database().await;
    open(&url).await.close().await;
    let other = KeyEncryptionKey::generate().unwrap();
    let error = Store::open(&Database::Postgres(url), library(), other).await.unwrap_err().to_string();
    assert!(error.contains("is another one than the database has"), "{error}");
}

#[tokio::test]
async fn a_newer_schema_or_layout_is_refused() {
    let newer = [
        "insert into refinery_schema_history values (99, 'later', '2026-01-01T00:00:00Z', '0')",
        "update schema_lock set layout = 99",
    ];
    for change in newer {
        let url = database().await;
        open(&url).await.close().await;
        connect(&url).await.batch_execute(change).await.unwrap();
        let error = Store::open(&Database::Postgres(url), library(), encryption_key()).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{change}: {error}");
    }
}

#[tokio::test]
async fn who_cannot_connect_says_so_in_time_and_shows_no_password() {
    // Accepts connections, in the operating system's queue, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap();
    for url in [
        "postgres://muster:hunter2@127.0.0.1:1/library".to_owned(),
        format!("postgres://muster:hunter2@{silent}/library"),
        "postgres://muster:hunter2@nowhere.invalid/library".to_owned(),
        "postgres://muster:hunter2@localhost:port/library".to_owned(),
        "host=localhost port=1 password=hunter2".to_owned(),
    ] {
        let begin = Instant::now();
        let error =
            Store::open(&Database::Postgres(url.clone()), library(), encryption_key()).await.unwrap_err();
        assert!(begin.elapsed() < Duration::from_secs(10), "{url} took {:?}", begin.elapsed());
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
