//! The write-ahead log, kept short: most of it is moved into the file beside the writer, and what is left then by the
//! writer between two groups, so that the log can start anew.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::sql::session;
use crate::sqlite::connection;
use crate::sqlite::readers::SqliteReaders;

/// The pages of the log from which on it is moved: twelve mebibytes. A page that changes often is moved once for all its
/// changes until then.
const LOG_PAGES_MIN: i64 = 3_072;
/// The pages of the log beyond which the writer moves more of it itself.
const LOG_PAGES_MAX: i64 = 4_096;
/// The pages that the writer moves between two groups: a millisecond, and the disk's.
const REST_PAGES: i64 = 64;
/// The pages that it moves at most.
const REST_PAGES_MAX: i64 = 512;

/// The log as the writer sees it, and the thread that moves it.
pub(in crate::sqlite) struct WriteAheadLog {
    wake: Option<SyncSender<()>>,
    mover: Option<JoinHandle<()>>,
}

/// The length of the log, in pages.
#[derive(Clone, Copy)]
struct LogPages {
    all: i64,
    moved: i64,
}

/// What is to be done about the log.
#[derive(Debug, PartialEq, Eq)]
enum LogStep {
    Nothing,
    MoveBeside,
    MoveRest,
}

impl LogPages {
    fn rest(self) -> i64 {
        self.all - self.moved
    }

    /// Nobody waits long for the writer's own step; and where much is left, there is no haste but the log's length.
    fn step(self) -> LogStep {
        let rest = self.rest();
        if self.all < LOG_PAGES_MIN {
            LogStep::Nothing
        } else if rest <= REST_PAGES || (self.all > LOG_PAGES_MAX && rest <= REST_PAGES_MAX) {
            LogStep::MoveRest
        } else {
            LogStep::MoveBeside
        }
    }
}

impl WriteAheadLog {
    /// Starts the thread, with a connection of its own.
    pub fn start(path: &Path) -> std::io::Result<WriteAheadLog> {
        let (wake, woken) = sync_channel::<()>(1);
        let connection = connection::mover(path).map_err(std::io::Error::other)?;
        let body = move || {
            while woken.recv().is_ok() {
                if let Err(error) = run(&connection, session::CHECKPOINT) {
                    tracing::warn!(%error, "the log could not be moved into the database file");
                }
            }
        };
        let mover = std::thread::Builder::new().name("store-log".into()).spawn(body)?;
        Ok(WriteAheadLog { wake: Some(wake), mover: Some(mover) })
    }

    /// Keeps the log short, after a group; the pages that are left to be moved.
    pub fn keep_short(&self, connection: &Connection, readers: &SqliteReaders) -> i64 {
        let begin = Instant::now();
        let pages = run(connection, session::CHECKPOINT_PROGRESS);
        let step = pages.as_ref().map_or(LogStep::Nothing, |pages| pages.step());
        match step {
            LogStep::Nothing => {}
            LogStep::MoveBeside => {
                readers.release();
                // If it is at work, it will be told again.
                let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
            }
            LogStep::MoveRest => move_all(connection, readers, session::CHECKPOINT),
        }
        let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
        let pages = pages.unwrap_or(LogPages { all: 0, moved: 0 });
        tracing::trace!(?step, micros, pages = pages.all, rest = pages.rest(), "the log was looked at");
        if step == LogStep::MoveRest { 0 } else { pages.rest() }
    }

    /// Moves all of the log and empties it, if no reader is at work: nobody writes.
    pub fn settle(&self, connection: &Connection, readers: &SqliteReaders) {
        // Who begins to write meanwhile does not wait for a reader.
        let at_once = connection.busy_timeout(Duration::ZERO);
        move_all(connection, readers, session::CHECKPOINT_ALL);
        if let Err(error) = at_once.and_then(|()| connection.busy_timeout(connection::BUSY_MAX)) {
            tracing::warn!(%error, "the database's patience could not be set");
        }
    }
}

impl Drop for WriteAheadLog {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(mover) = self.mover.take() {
            let _ = mover.join();
        }
    }
}

fn move_all(connection: &Connection, readers: &SqliteReaders, text: &str) {
    // Before, so that all of the log can be moved; after, so that it can then start anew.
    readers.release();
    if let Err(error) = run(connection, text) {
        tracing::debug!(%error, "the log could not be moved into the database file");
    }
    readers.release();
}

fn run(connection: &Connection, text: &str) -> rusqlite::Result<LogPages> {
    let mut pragma = connection.prepare_cached(text)?;
    pragma.query_row((), |row| Ok(LogPages { all: row.get(1)?, moved: row.get(2)? }))
}

#[cfg(test)]
mod tests {
    use super::{LogPages, LogStep};

    #[test]
    fn the_writer_moves_little_and_the_rest_is_moved_beside_it() {
        for (all, moved, expected) in [
            (3_071, 0, LogStep::Nothing),
            (3_072, 0, LogStep::MoveBeside),
            (3_100, 3_040, LogStep::MoveRest),
            (4_000, 3_700, LogStep::MoveBeside),
            (4_100, 3_700, LogStep::MoveRest),
            (9_000, 0, LogStep::MoveBeside),
            (9_000, 8_950, LogStep::MoveRest),
        ] {
            assert_eq!(LogPages { all, moved }.step(), expected, "{moved} of {all}");
        }
    }
}
