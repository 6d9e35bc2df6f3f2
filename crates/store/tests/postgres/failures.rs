//! Failures of the database and of the connection to it during a transaction, and the errors that callers get.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use odata::Key;
use scratch_postgres::{Cluster, FaultyProxy, Fsync, connect, database};
use store::{Store, WriteError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::batches::{apply_all, check_journal};
use crate::support::{TENANT, WORKS, unit, update};
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

/// Where a proxy cuts the next commit off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Before the server gets it.
    Request,
    /// After the server has done it.
    Answer,
    /// After that, and nobody is let through any more.
    AnswerForGood,
}

/// Forwards connections to a database, and cuts one off when it is told to.
struct CuttingProxy {
    url: String,
    next: Arc<Mutex<Option<Cut>>>,
}

impl CuttingProxy {
    async fn before(url: &str) -> CuttingProxy {
        let (_, place) = url.split_once('@').unwrap();
        let (target, name) = place.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (target, next) = (target.to_owned(), Arc::new(Mutex::new(None)));
        let (ends, mut ended) = mpsc::channel::<()>(1);
        let told = Arc::clone(&next);
        tokio::spawn(async move {
            loop {
                let client = tokio::select! {
                    accepted = listener.accept() => accepted.unwrap().0,
                    _ = ended.recv() => return,
                };
                let server = TcpStream::connect(&target).await.unwrap();
                tokio::spawn(forward(client, server, Arc::clone(&told), ends.clone()));
            }
        });
        CuttingProxy { url: format!("postgres://scratch@127.0.0.1:{port}/{name}"), next }
    }

    fn cut(&self, cut: Cut) {
        *self.next.lock().unwrap() = Some(cut);
    }

    fn has_cut(&self) -> bool {
        self.next.lock().unwrap().is_none()
    }
}

async fn forward(
    mut client: TcpStream,
    mut server: TcpStream,
    next: Arc<Mutex<Option<Cut>>>,
    ends: mpsc::Sender<()>,
) {
    let (mut from_client, mut from_server) = ([0; 65536], [0; 65536]);
    let has = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    loop {
        tokio::select! {
            Ok(length @ 1..) = client.read(&mut from_client) => {
                let is_commit = has(&from_client[..length], b"commit\0");
                if next.lock().unwrap().take_if(|cut| *cut == Cut::Request && is_commit).is_some() {
                    return;
                }
                let _ = server.write_all(&from_client[..length]).await;
            }
            Ok(length @ 1..) = server.read(&mut from_server) => {
                let cut = next.lock().unwrap().take_if(|cut| *cut != Cut::Request && has(&from_server[..length], b"COMMIT\0"));
                if cut == Some(Cut::AnswerForGood) {
                    ends.send(()).await.unwrap();
                }
                if cut.is_some() {
                    return;
                }
                let _ = client.write_all(&from_server[..length]).await;
            }
            else => return,
        }
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_done_once_and_told() {
    for cut in [Cut::Request, Cut::Answer] {
        let proxy = CuttingProxy::before(&database().await).await;
        let store = open(&proxy.url).await;
        let key = Key::new();
        // One that goes with its commit, the first of its tenant and a later one; and one whose commit is sent later.
        proxy.cut(cut);
        assert_eq!(store.apply(unit(TENANT, vec![insert_any(&store, &key)])).await.unwrap().versions, [1]);
        assert!(proxy.has_cut(), "{cut:?}: a first insert");
        proxy.cut(cut);
        assert_eq!(write(&store).await.unwrap(), [2], "{cut:?}");
        assert!(proxy.has_cut(), "{cut:?}: an insert");
        proxy.cut(cut);
        let changes = vec![update(&store, WORKS, &key, 1, &[])];
        assert_eq!(store.apply(unit(TENANT, changes)).await.unwrap().versions, [3], "{cut:?}");
        assert!(proxy.has_cut(), "{cut:?}: an update");
        // Of two in one transaction, one fails by itself.
        proxy.cut(cut);
        let stale = unit(TENANT, vec![update(&store, WORKS, &key, 1, &[])]);
        let good = unit(TENANT, vec![update(&store, WORKS, &key, 3, &[])]);
        let (stale, good) = tokio::join!(store.apply(stale), store.apply(good));
        assert!(matches!(stale, Err(WriteError::Changed { .. })), "{cut:?}: {stale:?}");
        assert_eq!(good.unwrap().versions, [4], "{cut:?}");
        assert!(proxy.has_cut(), "{cut:?}: two units");
        check_journal(&store, TENANT, 4).await;
    }
}

#[tokio::test]
async fn a_commit_that_nobody_can_look_for_is_not_told_to_be_done() {
    let url = database().await;
    let proxy = CuttingProxy::before(&url).await;
    let store = open(&proxy.url).await;
    assert_eq!(write(&store).await.unwrap(), [1]);
    proxy.cut(Cut::AnswerForGood);
    let begin = Instant::now();
    let error = write(&store).await.unwrap_err();
    assert!(error.to_string().contains("unknown"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(8), "took {:?}", begin.elapsed());
}

#[tokio::test]
async fn once_a_write_was_given_up_in_silence_reads_trust_no_connection_of_before() {
    let cluster = Cluster::start(Fsync::Off).await.unwrap();
    let url = cluster.database().await.unwrap();
    let proxy = FaultyProxy::start(cluster.port()).await.unwrap();
    let store = open(&url.replace(&cluster.port().to_string(), &proxy.port.to_string())).await;
    let key = Key::new();
    store.apply(unit(TENANT, vec![insert_any(&store, &key)])).await.unwrap();
    let read_by_all_connections = async || {
        for _ in 0..4 {
            assert!(store.get(TENANT, WORKS, None, &key).await.unwrap().is_some());
        }
    };
    read_by_all_connections().await;
    proxy.lose_open();
    let changes = vec![update(&store, WORKS, &key, 1, &[])];
    let refused = store.apply(unit(TENANT, changes)).await;
    assert!(matches!(refused, Err(WriteError::Unavailable(_))), "{refused:?}");
    read_by_all_connections().await;
}

#[tokio::test]
async fn a_database_that_is_serializable_by_default_does() {
    let url = database().await;
    let name = url.rsplit_once('/').unwrap().1;
    let client = connect(&url).await;
    let serializable = format!("alter database {name} set default_transaction_isolation = 'serializable'");
    client.batch_execute(&serializable).await.unwrap();
    let (one, other) = (Arc::new(open(&url).await), Arc::new(open(&url).await));
    let units =
        |store: &Arc<Store>| (0..200).map(|_| unit(TENANT, vec![insert_any(store, &Key::new())])).collect();
    let (of_one, of_other) = (units(&one), units(&other));
    let (of_one, of_other) = tokio::join!(apply_all(&one, of_one), apply_all(&other, of_other));
    for answer in of_one.into_iter().chain(of_other) {
        answer.unwrap();
    }
    check_journal(&one, TENANT, 400).await;
}
