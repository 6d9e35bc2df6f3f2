//! The write-ahead log, kept short: most of it is moved into the file beside the writer, and what is left then by the
//! writer between two groups, so that the log can start anew. The longer it is, the longer the writer rests; and nobody writes
//! while it is at its bound.

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
/// The writer's rest after a group when the log is at its bound; in proportion when it is shorter.
const PAUSE_MAX: Duration = Duration::from_millis(20);
/// The time between two looks whether the log can be emptied.
const LOOK_INTERVAL: Duration = Duration::from_millis(1);

/// The bound of the log, and of the reads that keep it from being emptied.
#[derive(Clone, Copy, Debug)]
pub(in crate::sqlite) struct LogBound {
    /// The pages from which on nobody writes: those that are moved within a second.
    pub pages: i64,
    /// The time that a read may take while the writer waits.
    pub read_time: Duration,
    /// The time after which the writer goes on all the same: for reads that were begun before all was moved, and for those
    /// that were begun before the log was empty.
    pub wait_time: Duration,
}

impl Default for LogBound {
    fn default() -> LogBound {
        LogBound { pages: 32_768, read_time: Duration::from_secs(5), wait_time: Duration::from_secs(15) }
    }
}

/// The log as the writer sees it, and the thread that moves it.
pub(in crate::sqlite) struct WriteAheadLog {
    wake: Option<SyncSender<()>>,
    mover: Option<JoinHandle<()>>,
    bound: LogBound,
    /// The length at which the writer waits: more than the bound if it has waited in vain.
    wait_at: i64,
    /// How often the log was moved, or begun to be moved beside the writer.
    pub moves: u64,
}

/// The length of the log, in pages.
#[derive(Clone, Copy)]
struct LogPages {
    /// Whether somebody kept the log from being emptied.
    is_busy: bool,
    all: i64,
    moved: i64,
}

/// What is to be done about the log.
#[derive(Debug, PartialEq, Eq)]
enum LogStep {
    Nothing,
    MoveBeside,
    MoveRest,
    Wait,
}

impl LogPages {
    fn rest(self) -> i64 {
        self.all - self.moved
    }

    /// Nobody waits long for the writer's own step; and where much is left, there is no haste but the log's length.
    fn step(self, wait_at: i64) -> LogStep {
        let rest = self.rest();
        if self.all >= wait_at {
            LogStep::Wait
        } else if self.all < LOG_PAGES_MIN {
            LogStep::Nothing
        } else if rest <= REST_PAGES || (self.all > LOG_PAGES_MAX && rest <= REST_PAGES_MAX) {
            LogStep::MoveRest
        } else {
            LogStep::MoveBeside
        }
    }

    /// The writer's rest, so that the log is moved as fast as it grows.
    fn pause(self, bound: i64) -> Duration {
        let over = self.all.saturating_sub(LOG_PAGES_MAX).max(0) as f64;
        PAUSE_MAX.mul_f64((over / bound.saturating_sub(LOG_PAGES_MAX).max(1) as f64).min(1.0))
    }
}

impl WriteAheadLog {
    /// Starts the thread, with a connection of its own.
    pub fn start(path: &Path, bound: LogBound) -> std::io::Result<WriteAheadLog> {
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
        Ok(WriteAheadLog { wake: Some(wake), mover: Some(mover), bound, wait_at: bound.pages, moves: 0 })
    }

    /// Keeps the log short, after a group; the pages that are left to be moved.
    pub fn keep_short(&mut self, connection: &Connection, readers: &SqliteReaders) -> i64 {
        let begin = Instant::now();
        let pages = run(connection, session::CHECKPOINT_PROGRESS);
        let pages = pages.unwrap_or(LogPages { is_busy: false, all: 0, moved: 0 });
        if pages.all < self.bound.pages {
            self.wait_at = self.bound.pages;
        }
        let step = pages.step(self.wait_at);
        self.moves += u64::from(step != LogStep::Nothing);
        match step {
            LogStep::Nothing => {}
            LogStep::MoveBeside => {
                readers.release();
                // If it is at work, it will be told again.
                let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
            }
            LogStep::MoveRest => {
                move_all(connection, readers, session::CHECKPOINT);
            }
            LogStep::Wait => self.wait(connection, readers, pages),
        }
        let micros = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::trace!(?step, micros, pages = pages.all, rest = pages.rest(), "the log was looked at");
        std::thread::sleep(pages.pause(self.bound.pages));
        match step {
            LogStep::Nothing | LogStep::MoveBeside => pages.rest(),
            LogStep::MoveRest | LogStep::Wait => 0,
        }
    }

    /// Waits until the log is empty, while reads that need it end. If it cannot be emptied, for instance because another
    /// process reads the file, it grows by its bound again, rather than that nobody writes.
    fn wait(&mut self, connection: &Connection, readers: &SqliteReaders, pages: LogPages) {
        let begin = Instant::now();
        while !self.settle(connection, readers) {
            if begin.elapsed() > self.bound.wait_time {
                tracing::warn!(
                    pages = pages.all,
                    "the log cannot be emptied; another process may read the file"
                );
                self.wait_at = pages.all.saturating_add(self.bound.pages);
                return;
            }
            if let Some(then) = Instant::now().checked_sub(self.bound.read_time) {
                readers.end_begun_by(then);
            }
            std::thread::sleep(LOOK_INTERVAL);
        }
    }

    /// Moves all of the log and empties it, if no reader is at work: nobody writes. Whether it is empty.
    pub fn settle(&self, connection: &Connection, readers: &SqliteReaders) -> bool {
        // Who begins to write meanwhile does not wait for a reader.
        let at_once = connection.busy_timeout(Duration::ZERO);
        let is_empty = move_all(connection, readers, session::CHECKPOINT_ALL);
        if let Err(error) = at_once.and_then(|()| connection.busy_timeout(connection::BUSY_MAX)) {
            tracing::warn!(%error, "the database's patience could not be set");
        }
        is_empty
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

/// Whether nobody kept the log.
fn move_all(connection: &Connection, readers: &SqliteReaders, text: &str) -> bool {
    // Before, so that all of the log can be moved; after, so that it can then start anew.
    readers.release();
    let moved = run(connection, text);
    if let Err(error) = &moved {
        tracing::debug!(%error, "the log could not be moved into the database file");
    }
    readers.release();
    moved.is_ok_and(|pages| !pages.is_busy)
}

fn run(connection: &Connection, text: &str) -> rusqlite::Result<LogPages> {
    let mut pragma = connection.prepare_cached(text)?;
    pragma.query_row((), |row| Ok(LogPages { is_busy: row.get(0)?, all: row.get(1)?, moved: row.get(2)? }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LogBound, LogPages, LogStep, PAUSE_MAX};

    fn pages(all: i64, moved: i64) -> LogPages {
        LogPages { is_busy: false, all, moved }
    }

    #[test]
    fn the_writer_moves_little_and_the_rest_is_moved_beside_it_up_to_a_bound() {
        for (all, moved, expected) in [
            (3_071, 0, LogStep::Nothing),
            (3_072, 0, LogStep::MoveBeside),
            (3_100, 3_040, LogStep::MoveRest),
            (4_000, 3_700, LogStep::MoveBeside),
            (4_100, 3_700, LogStep::MoveRest),
            (9_000, 0, LogStep::MoveBeside),
            (9_000, 8_950, LogStep::MoveRest),
            (32_767, 0, LogStep::MoveBeside),
            (32_768, 0, LogStep::Wait),
            (32_768, 32_768, LogStep::Wait),
        ] {
            assert_eq!(pages(all, moved).step(LogBound::default().pages), expected, "{moved} of {all}");
        }
    }

    #[test]
    fn the_writer_rests_the_longer_the_longer_the_log_is() {
        let pause = |all| pages(all, 0).pause(LogBound::default().pages);
        assert_eq!([pause(0), pause(4_096)], [Duration::ZERO; 2]);
        assert!(Duration::ZERO < pause(5_000) && pause(5_000) < pause(20_000));
        assert_eq!([pause(32_768), pause(1 << 40)], [PAUSE_MAX; 2]);
    }
}
