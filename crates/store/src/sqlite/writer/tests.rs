//! The writer when things go wrong.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::group::{GROUP_WRITES_MAX, gather};
use super::handle::{SqliteWriter, WAITING_MAX};
use super::load::WriterLoad;
use super::log::WriteAheadLog;
use super::newest_changes::{CommittedChanges, NewestChanges};
use super::queued_write::{QueuedWrite, WriteOutcomes, WriteRequest};
use super::tenant_usage::TenantUsage;
use super::thread::WriterThread;
use crate::error::WriteError;
use crate::library::{WORKS, library};
use crate::sql::{PreparedChange, PreparedUnit, RowState, SqlValue};
use crate::sqlite::error::read_error;
use crate::sqlite::readers::SqliteReaders;
use crate::sqlite::{connection, migrate};
use crate::unit::Actor;

/// A writer's state on a new file, to be driven without its thread.
fn state() -> (TempDir, WriterThread) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // Who opens a store makes its file first.
    std::fs::File::create(&path).unwrap();
    let mut connection = connection::writer(&path).unwrap();
    let (_, schema) = migrate::migrate(&mut connection, &path, library()).unwrap();
    let (schema, identities) = (Arc::new(schema), Arc::default());
    let readers = Arc::new(SqliteReaders::new(path.clone(), 0));
    let log = WriteAheadLog::start(&path).unwrap();
    (
        folder,
        WriterThread {
            connection,
            path,
            schema,
            identities,
            readers,
            trigrams: Arc::default(),
            sequence: 0,
            newest_changes: NewestChanges::new(Arc::new(CommittedChanges::new(0))),
            usage: TenantUsage::new(Arc::default()),
            log,
            load: WriterLoad::new(Arc::default()),
        },
    )
}

fn insert(state: &WriterThread, set: SetId, key: &str, length: usize) -> PreparedChange {
    PreparedChange::Insert {
        set,
        parent: None,
        key: Key::parse(key).to_bytes(),
        state: RowState {
            columns: state.schema.table(WORKS).columns.iter().map(|_| SqlValue::Null).collect(),
            document: format!("[0,\"{}\"]", "x".repeat(length)).into(),
            ..RowState::default()
        },
    }
}

fn unit(changes: Vec<PreparedChange>) -> PreparedUnit {
    let actor = Actor { id: Uuid::nil(), application: Uuid::nil() };
    PreparedUnit::new((Uuid::nil(), actor, Uuid::nil(), Ticks(0)), changes).unwrap()
}

/// Commits units as one group.
fn commit(state: &mut WriterThread, units: Vec<PreparedUnit>) -> WriteOutcomes {
    let (writes, answers): (Vec<_>, Vec<_>) = units
        .into_iter()
        .map(|unit| {
            let (reply, answer) = oneshot::channel();
            (QueuedWrite { request: WriteRequest::Unit(Box::new(unit)), reply }, answer)
        })
        .unzip();
    state.commit(writes);
    answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect()
}

fn keys(state: &WriterThread) -> Vec<String> {
    let mut statement = state.connection.prepare("select key from works order by key").unwrap();
    let keys = statement.query_map((), |row| row.get::<_, Vec<u8>>(0)).unwrap();
    keys.map(|key| Key::from_bytes(&key.unwrap()).unwrap().to_string()).collect()
}

#[test]
fn a_full_disk_fails_the_group_and_the_writer_goes_on() {
    let (_folder, mut state) = state();
    let pages: i64 = state.connection.query_row("pragma page_count", (), |row| row.get(0)).unwrap();
    state.connection.query_row(&format!("pragma max_page_count = {}", pages + 2), (), |_| Ok(())).unwrap();
    let group = vec![
        unit(vec![insert(&state, WORKS, "a", 10)]),
        unit(vec![insert(&state, WORKS, "b", 1_000_000)]),
        unit(vec![insert(&state, WORKS, "c", 10)]),
    ];
    for answer in commit(&mut state, group) {
        assert!(matches!(answer, Err(WriteError::Full(_))), "{answer:?}");
    }
    assert_eq!(keys(&state), Vec::<String>::new());
    let small = vec![unit(vec![insert(&state, WORKS, "d", 10)])];
    assert!(commit(&mut state, small)[0].is_ok());
    assert_eq!(keys(&state), ["d"]);
}

#[test]
fn a_refused_unit_takes_nothing_of_its_group_with_it() {
    let (_folder, mut state) = state();
    let group = vec![
        unit(vec![insert(&state, WORKS, "a", 10)]),
        unit(vec![insert(&state, WORKS, "b", 10), insert(&state, WORKS, "a", 10)]),
        unit(vec![insert(&state, WORKS, "a", 10)]),
        unit(vec![insert(&state, WORKS, "c", 10)]),
    ];
    let answers = commit(&mut state, group);
    assert!(
        matches!(
            answers.as_slice(),
            [Ok(_), Err(WriteError::Exists { .. }), Err(WriteError::Exists { .. }), Ok(_)]
        ),
        "{answers:?}"
    );
    assert_eq!(keys(&state), ["a", "c"]);
    let journaled: i64 =
        state.connection.query_row("select count(*) from journal", (), |row| row.get(0)).unwrap();
    assert_eq!(journaled, 2);
    assert_eq!(state.sequence, 2, "what was undone left no gap");
}

#[test]
fn a_defect_is_answered_and_the_writer_goes_on() {
    let (_folder, mut state) = state();
    let unknown = SetId(999);
    let group =
        vec![unit(vec![insert(&state, WORKS, "a", 10)]), unit(vec![insert(&state, unknown, "b", 10)])];
    for answer in commit(&mut state, group) {
        assert!(matches!(answer, Err(WriteError::Corrupt(_))), "{answer:?}");
    }
    let good = vec![unit(vec![insert(&state, WORKS, "c", 10)])];
    assert!(commit(&mut state, good)[0].is_ok());
    assert_eq!(keys(&state), ["c"]);
}

#[tokio::test]
async fn a_full_queue_answers_busy() {
    let (queue, writes) = sync_channel(1);
    let writer = SqliteWriter { queue: Some(queue), thread: None, gauges: Arc::default() };
    let mut waiting = Box::pin(writer.unit(unit(Vec::new())));
    assert!(futures_poll(&mut waiting).await.is_pending());
    let refused = writer.unit(unit(Vec::new())).await;
    assert!(matches!(refused, Err(WriteError::Busy)), "{refused:?}");
    // A writer that has gone answers everyone.
    drop(writes);
    assert!(matches!(waiting.await, Err(WriteError::Unavailable(_))));
}

async fn futures_poll<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
    std::future::poll_fn(|context| std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context)))
        .await
}

#[test]
fn a_group_is_bounded() {
    let (_folder, state) = state();
    let (queue, writes) = sync_channel(WAITING_MAX);
    let write = |length| {
        let (reply, _) = oneshot::channel();
        QueuedWrite {
            request: WriteRequest::Unit(Box::new(unit(vec![insert(&state, WORKS, "a", length)]))),
            reply,
        }
    };
    for (length, expected) in [(10, GROUP_WRITES_MAX), (1 << 20, 2), (10 << 20, 1)] {
        (0..GROUP_WRITES_MAX.min(40_000_000 / length)).for_each(|_| queue.send(write(length)).unwrap());
        assert_eq!(gather(write(length), &writes).len(), expected, "{length} bytes each");
        while writes.try_recv().is_ok() {}
    }
}

#[test]
fn readers_do_not_keep_the_log_from_being_emptied() {
    let (_folder, mut state) = state();
    let log = state.path.with_extension("db-wal");
    let mut lengths = Vec::new();
    for round in 0..6 {
        let read = |connection: &Connection| {
            let count = connection.query_row("select count(*) from journal", (), |row| row.get::<_, i64>(0));
            count.map_err(read_error)
        };
        assert_eq!(state.readers.short(read).unwrap(), round, "what was committed before is seen");
        let request = insert(&state, WORKS, &format!("key {round}"), 1 << 20);
        commit(&mut state, vec![unit(vec![request])]);
        state.log.settle(&state.connection, &state.readers);
        lengths.push(std::fs::metadata(&log).unwrap().len());
    }
    assert_eq!(lengths, [0; 6]);
}
