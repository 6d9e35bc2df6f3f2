//! Failures of the database and of the connection to it during a transaction, and the errors that callers get.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use odata::Key;
use scratch_postgres::{Cluster, Fsync, database};
use store::{Store, WriteError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::batches::{apply_all, check_journal};
use crate::connecting::connect;
use crate::support::{TENANT, WORKS, unit};
use crate::units::{insert_any, open};

/// Makes the database fail with a state: the first so many times that a row is appended to the journal, then never
/// again.
async fn inject(url: &str, state: &str, times: u32, deferred: bool) {
    let when = if deferred { "deferrable initially deferred" } else { "" };
    let text = format!(
        "create sequence injected;
         create function inject() returns trigger language plpgsql as $$ begin
             if nextval('injected') <= {times} then raise exception 'injected' using errcode = '{state}'; end if;
             return null; end $$;
         create constraint trigger inject after insert on journal {when} for each row execute function inject()"
    );
    connect(url).await.batch_execute(&text).await.unwrap_or_else(|error| panic!("{error}"));
}

async fn write(store: &Store) -> Result<Vec<i64>, WriteError> {
    store.apply(unit(TENANT, vec![insert_any(store, &Key::new())])).await.map(|committed| committed.versions)
}

#[tokio::test]
async fn a_conflict_is_tried_again_unseen_by_the_writer() {
    for (state, deferred) in [("40001", false), ("40001", true), ("40P01", false)] {
        let url = database().await;
        let store = open(&url).await;
        inject(&url, state, 5, deferred).await;
        assert_eq!(write(&store).await.unwrap(), [1], "{state}, at the commit: {deferred}");
        check_journal(&store, TENANT, 1).await;
    }
}

#[tokio::test]
async fn a_conflict_that_does_not_end_is_given_up_and_leaves_the_writer_well() {
    let url = database().await;
    let store = open(&url).await;
    inject(&url, "40001", 11, false).await;
    assert!(matches!(write(&store).await, Err(WriteError::Unavailable(_))));
    assert_eq!(write(&store).await.unwrap(), [1]);
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_the_writer_well() {
    let url = database().await;
    let store = open(&url).await;
    inject(&url, "53100", 1, false).await;
    assert!(matches!(write(&store).await, Err(WriteError::Full(_))));
    assert_eq!(write(&store).await.unwrap(), [1]);
}

#[tokio::test]
async fn connections_that_were_ended_are_made_anew() {
    let url = database().await;
    let store = open(&url).await;
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where application_name = 'muster' and datname = current_database()";
    for round in 1..=5 {
        assert_eq!(write(&store).await.unwrap(), [round]);
        store.ping().await.unwrap();
        connect(&url).await.batch_execute(end).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_answered_before_a_crash_is_there_after_it() {
    let cluster = Cluster::start(Fsync::On).await.unwrap();
    let store = Arc::new(open(&cluster.database().await.unwrap()).await);
    let keys: Vec<Key> = (0..2000).map(|_| Key::new()).collect();
    let units = keys.iter().map(|key| unit(TENANT, vec![insert_any(&store, key)])).collect();
    let applying = tokio::spawn({
        let store = Arc::clone(&store);
        async move { apply_all(&store, units).await }
    });
    while store.journal_since(TENANT, 0, 1).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    cluster.crash().unwrap();
    let answers = applying.await.unwrap();

    let begin = Instant::now();
    assert!(matches!(write(&store).await, Err(WriteError::Unavailable(_))));
    assert!(store.ping().await.is_err());
    assert!(begin.elapsed() < Duration::from_secs(3), "took {:?} to say so", begin.elapsed());

    cluster.start_again().await.unwrap();
    let mut answered = 0;
    for (key, answer) in keys.iter().zip(answers) {
        match answer {
            Ok(versions) => {
                let row = store.get(TENANT, WORKS, None, key).await.unwrap().unwrap();
                assert_eq!(versions, [row.version]);
                answered += 1;
            }
            Err(error) => assert!(matches!(error, WriteError::Unavailable(_)), "{error:?}"),
        }
    }
    assert!(answered > 0, "the crash came before the first answer");
    write(&store).await.unwrap();
    let entries = store.journal_since(TENANT, 0, 10_000).await.unwrap();
    check_journal(&store, TENANT, entries.len()).await;
}

/// Forwards connections to an address. Once `armed`, cuts the next off when it is about to forward a commit's answer.
async fn cutting_proxy(target: String, armed: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("{error}"));
    let port = listener.local_addr().map_or(0, |address| address.port());
    tokio::spawn(async move {
        while let (Ok((client, _)), Ok(server)) = (listener.accept().await, TcpStream::connect(&target).await)
        {
            tokio::spawn(forward(client, server, Arc::clone(&armed)));
        }
    });
    port
}

async fn forward(mut client: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>) {
    let (mut from_client, mut from_server) = ([0; 65536], [0; 65536]);
    loop {
        tokio::select! {
            Ok(length @ 1..) = client.read(&mut from_client) => {
                let _ = server.write_all(&from_client[..length]).await;
            }
            Ok(length @ 1..) = server.read(&mut from_server) => {
                let committed = from_server[..length].windows(7).any(|window| window == b"COMMIT\0");
                if committed && armed.swap(false, Ordering::SeqCst) {
                    return;
                }
                let _ = client.write_all(&from_server[..length]).await;
            }
            else => return,
        }
    }
}

#[tokio::test]
async fn a_commit_whose_outcome_is_unknown_is_not_tried_again() {
    let url = database().await;
    let (_, place) = url.split_once('@').unwrap();
    let (target, name) = place.split_once('/').unwrap();
    let armed = Arc::new(AtomicBool::new(false));
    let port = cutting_proxy(target.into(), Arc::clone(&armed)).await;
    let store = open(&format!("postgres://scratch@127.0.0.1:{port}/{name}")).await;
    assert_eq!(write(&store).await.unwrap(), [1]);
    armed.store(true, Ordering::SeqCst);
    let error = write(&store).await.unwrap_err();
    assert!(error.to_string().contains("unknown"), "{error}");
    assert_eq!(write(&store).await.unwrap(), [3], "the one of unknown outcome was committed, once");
}
