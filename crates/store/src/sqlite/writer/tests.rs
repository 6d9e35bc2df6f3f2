//! The writer when things go wrong.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

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
use super::log::{LogBound, WriteAheadLog};
use super::newest_changes::{CommittedChanges, NewestChanges};
use super::queued_write::{QueuedWrite, WriteOutcomes, WriteRequest};
use super::tenant_usage::TenantUsage;
use super::thread::WriterThread;
use crate::error::{ReadError, WriteError};
use crate::library::{WORKS, library};
use crate::sql::{PreparedChange, PreparedUnit, RowState, SqlValue};
use crate::sqlite::error::read_error;
use crate::sqlite::readers::SqliteReaders;
use crate::sqlite::{connection, migrate};
use crate::unit::Actor;

/// A writer's state on a new file, to be driven without its thread.
fn state() -> (TempDir, WriterThread) {
    state_with(LogBound::default())
}

fn state_with(bound: LogBound) -> (TempDir, WriterThread) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // Who opens a store makes its file first.
    std::fs::File::create(&path).unwrap();
    let mut connection = connection::writer(&path).unwrap();
    let (_, schema) = migrate::migrate(&mut connection, &path, library()).unwrap();
    let (schema, identities) = (Arc::new(schema), Arc::default());
    let readers = Arc::new(SqliteReaders::new(path.clone(), 0));
    let log = WriteAheadLog::start(&path, bound).unwrap();
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
            data_version: None,
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

/// The length of the log's file, in pages: each has a head of 24 bytes, and the file one of 32.
fn log_pages(state: &WriterThread) -> i64 {
    let length = std::fs::metadata(state.path.with_extension("db-wal")).unwrap().len();
    i64::try_from(length / (4_096 + 24)).unwrap()
}

/// Commits groups of about 260 pages each, as the writer's thread does; the most pages that the log ever had.
fn write_groups(state: &mut WriterThread, groups: usize) -> i64 {
    let mut most = 0;
    for group in 0..groups {
        let request = insert(state, WORKS, &format!("{} {group}", state.sequence), 1 << 20);
        for answer in commit(state, vec![unit(vec![request])]) {
            answer.unwrap();
        }
        most = most.max(log_pages(state));
        state.log.keep_short(&state.connection, &state.readers);
    }
    most
}

const SMALL_BOUND: LogBound =
    LogBound { pages: 2_000, read_time: Duration::ZERO, wait_time: Duration::from_secs(600) };
/// What the last group may add to a log that is just below the bound.
const GROUP_PAGES: i64 = 300;

#[test]
fn the_log_is_bounded_beside_a_snapshot_that_is_kept() {
    let (_folder, mut state) = state_with(SMALL_BOUND);
    let read = |connection: &Connection| {
        connection
            .query_row("select count(*) from journal", (), |row| row.get::<_, i64>(0))
            .map_err(read_error)
    };
    assert_eq!(state.readers.short(read).unwrap(), 0);
    let most = write_groups(&mut state, 20);
    assert!(most < SMALL_BOUND.pages + GROUP_PAGES, "{most} pages");
    assert_eq!(state.readers.short(read).unwrap(), 20);
}

/// A read of a snapshot that never ends by itself, and says when it has begun.
fn endless_read(connection: &Connection, begun: oneshot::Sender<()>) -> Result<(), ReadError> {
    let text =
        "with recursive n(n) as (select count(*) from works union all select n + 1 from n) select n from n";
    let mut statement = connection.prepare(text).map_err(read_error)?;
    let mut rows = statement.query(()).map_err(read_error)?;
    rows.next().map_err(read_error)?;
    begun.send(()).unwrap();
    while rows.next().map_err(read_error)?.is_some() {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_bounded_beside_a_read_that_does_not_end() {
    let (_folder, mut state) = state_with(SMALL_BOUND);
    let (begun, under_way) = oneshot::channel();
    let readers = Arc::clone(&state.readers);
    let endless =
        tokio::spawn(async move { readers.long(|connection| endless_read(connection, begun)).await });
    under_way.await.unwrap();
    let most = tokio::task::block_in_place(|| write_groups(&mut state, 20));
    assert!(most < SMALL_BOUND.pages + GROUP_PAGES, "{most} pages");
    let ended = endless.await.unwrap();
    assert!(
        matches!(&ended, Err(ReadError::Unavailable(reason)) if reason.contains("too long")),
        "{ended:?}"
    );
}

#[test]
fn the_writer_goes_on_beside_another_process_that_reads_the_file() {
    let (_folder, mut state) = state_with(LogBound { wait_time: Duration::ZERO, ..SMALL_BOUND });
    let other = Connection::open(&state.path).unwrap();
    other.execute_batch("begin; select count(*) from works").unwrap();
    write_groups(&mut state, 20);
    assert!(log_pages(&state) > 2 * SMALL_BOUND.pages, "it cannot be emptied");
    other.execute_batch("rollback").unwrap();
    assert!(state.log.settle(&state.connection, &state.readers), "it is emptied again");
    assert_eq!(log_pages(&state), 0);
}

#[tokio::test]
async fn a_long_read_ends_with_its_caller() {
    let (_folder, state) = state();
    let ((begun, under_way), (ended, end)) = (oneshot::channel(), oneshot::channel());
    let mut read = Box::pin(state.readers.long(move |connection| {
        let read = endless_read(connection, begun);
        ended.send(read.is_err()).unwrap();
        read
    }));
    assert!(futures_poll(&mut read).await.is_pending());
    under_way.await.unwrap();
    drop(read);
    assert!(end.await.unwrap(), "it was interrupted");
}
