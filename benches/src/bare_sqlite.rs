//! The bare SQLite: one thread that commits as many rows at once as clients would wait, or reads by a prepared statement.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::device_rows::{DeviceRow, Source};
use crate::fleet;
use crate::random::Random;
use crate::round::Round;
use crate::workloads::{IMPORT_ROWS, Operation, Workload};

const SCHEMA: &str = "drop table if exists device;
    create table device (
        number integer primary key, id text not null unique, serial text not null, body text not null
    ) strict;
    create index device_serial on device (serial);";
const INSERT: &str = "insert into device (id, serial, body) values (?1, ?2, ?3)";
const UPDATE: &str = "update device set body = ?2 where id = ?1";
/// Moves the log into the file, so that no round does so for the one before.
const CHECKPOINT: &str = "pragma wal_checkpoint(truncate)";

/// A database file.
pub(crate) struct BareSqlite {
    connection: Mutex<Connection>,
    source: Source,
}

impl BareSqlite {
    /// Makes a file.
    pub fn create(path: &Path, source: Source) -> Result<BareSqlite> {
        let connection = connect(path)?;
        connection.execute_batch(SCHEMA)?;
        Ok(BareSqlite { connection: Mutex::new(connection), source })
    }

    /// Adds rows in large commits until there are so many.
    pub fn fill(&self, devices: u64, rows_max: u64) -> Result<()> {
        let connection = self.connection();
        while self.source.count() < devices {
            let rows = rows_max.min(devices - self.source.count());
            insert(&connection, &self.source.rows(Operation::Create, rows))?;
        }
        Ok(connection.query_row(CHECKPOINT, (), |_| Ok(()))?)
    }

    /// One round on one connection. Rows are inserted into an empty table: nothing is faster.
    pub fn round(&self, workload: &Workload, time: Duration) -> Result<Round> {
        let connection = self.connection();
        let mut random = Random::new(77);
        let clients = workload.connections as u64;
        match workload.operation {
            operation @ (Operation::Create | Operation::Import) => {
                let rows = if operation == Operation::Import { IMPORT_ROWS } else { clients };
                connection.execute_batch(SCHEMA)?;
                connection.query_row(CHECKPOINT, (), |_| Ok(()))?;
                timed(time, || self.source.rows(operation, rows), |rows| insert(&connection, &rows))
                    .map(|round| round.times(rows))
            }
            Operation::Patch => {
                let rows = || (0..clients).map(|_| self.changed(&mut random)).collect::<Vec<_>>();
                timed(time, rows, |rows| update(&connection, &rows)).map(|round| round.times(clients))
            }
            Operation::Contains => {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                let round = self.read(&connection, workload.operation, &mut random, time)?;
                Ok(round.times(cores as u64))
            }
            operation => self.read(&connection, operation, &mut random, time),
        }
    }

    fn read(
        &self,
        connection: &Connection,
        operation: Operation,
        random: &mut Random,
        time: Duration,
    ) -> Result<Round> {
        let mut statement = connection.prepare(&select(operation))?;
        let count = self.source.count();
        let parameter = || {
            let number = random.next() % count;
            match operation {
                Operation::Equal => Value::Text(fleet::serial(number)),
                Operation::Contains => Value::Text(fleet::part(number)),
                // So that a whole page follows.
                Operation::List(page) => {
                    Value::Integer((number % count.saturating_sub(page.into()).max(1)) as i64)
                }
                _ => Value::Text(fleet::id(number).to_string()),
            }
        };
        timed(time, parameter, |parameter| {
            let mut rows = statement.query([parameter])?;
            let mut text = String::new();
            while let Some(row) = rows.next()? {
                text.push_str(row.get_ref(0)?.as_str()?);
            }
            ensure!(!text.is_empty(), "a bare read found nothing");
            Ok(())
        })
    }

    /// A row that is there, with other values.
    fn changed(&self, random: &mut Random) -> DeviceRow {
        let (number, other) = (random.next() % self.source.count().max(1), random.next() % 100_000_000);
        DeviceRow { id: fleet::id(number), serial: fleet::serial(number), body: fleet::device(other) }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does something until it took so long; what is made for it beforehand takes no time.
fn timed<T>(
    time: Duration,
    mut make: impl FnMut() -> T,
    mut act: impl FnMut(T) -> Result<()>,
) -> Result<Round> {
    let (mut latencies, mut elapsed) = (Vec::new(), Duration::ZERO);
    while elapsed < time {
        let made = make();
        let begin = Instant::now();
        act(made)?;
        let latency = begin.elapsed();
        latencies.push(latency);
        elapsed += latency;
    }
    Ok(Round::from(latencies, elapsed))
}

fn select(operation: Operation) -> String {
    match operation {
        Operation::List(count) => {
            format!("select body from device where number > ?1 order by number limit {count}")
        }
        Operation::Equal => "select body from device where serial = ?1".into(),
        // In the index of serial numbers, from end to end.
        Operation::Contains => {
            "select serial from device indexed by device_serial where instr(serial, ?1) > 0".into()
        }
        _ => "select body from device where id = ?1".into(),
    }
}

fn insert(connection: &Connection, rows: &[DeviceRow]) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let mut statement = transaction.prepare_cached(INSERT)?;
    for DeviceRow { id, serial, body } in rows {
        statement.execute((id.to_string(), serial, body))?;
    }
    drop(statement);
    Ok(transaction.commit()?)
}

fn update(connection: &Connection, rows: &[DeviceRow]) -> Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let mut statement = transaction.prepare_cached(UPDATE)?;
    for DeviceRow { id, body, .. } in rows {
        let changed = statement.execute((id.to_string(), body))?;
        ensure!(changed == 1, "a bare update changed nothing");
    }
    drop(statement);
    Ok(transaction.commit()?)
}

/// A connection whose commits are on disk when they return, as Muster's are.
pub(crate) fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.pragma_update_and_check(None, "mmap_size", 4_i64 << 30, |_| Ok(()))?;
    Ok(connection)
}
