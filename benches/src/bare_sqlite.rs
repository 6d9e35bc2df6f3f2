//! Limit B on SQLite: the file that Muster made, written by one thread with group commit and read by prepared
//! statements, with the settings that Muster gives its connections.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::bare_reads::Reads;
use crate::bare_writes::{GROUP_MAX, Job, Source, Write, clients};
use crate::round::Round;
use crate::rows::{Cell, Columns, Identity, Sample, list, quoted};
use crate::workloads::Operation;

/// Pages of the log after which they are moved into the file.
const LOG_PAGES: i64 = 1_000;
/// Rows of one transaction when a file is filled.
const FILL_ROWS: usize = 20_000;

/// A database file.
pub(crate) struct BareSqlite {
    /// Open for as long as a server would be: the last connection to close takes the log with it, and a log that has
    /// to grow again makes every commit wait for the file system's own bookkeeping.
    _kept: Mutex<Connection>,
    path: PathBuf,
    table: String,
    pub columns: Columns,
    journal: Vec<String>,
}

impl BareSqlite {
    /// Reads the schema of a file.
    pub fn open(path: &Path, table: &str) -> Result<BareSqlite> {
        let connection = connect(path)?;
        let columns = Columns::find(column_names(&connection, table)?)?;
        let journal = column_names(&connection, "journal")?;
        let (kept, path, table) = (Mutex::new(connection), path.to_owned(), quoted(table));
        Ok(BareSqlite { _kept: kept, path, table, columns, journal })
    }

    /// The rows of a device as they are.
    pub fn sample(&self, identity: &Identity) -> Result<Sample> {
        let connection = connect(&self.path)?;
        let find = |text: String, wanted: &[u8]| -> Result<Vec<Cell>> {
            let row = connection.query_row(&text, [wanted], cells).optional()?;
            row.with_context(|| format!("no row: {text}"))
        };
        let columns = &self.columns;
        let by_key = format!("{} = ?1", columns.quoted(columns.key));
        let entity =
            find(format!("select {} from {} where {by_key}", columns.list(), self.table), &key(identity.id))?;
        let by_key = "keys = ?1 order by sequence limit 1";
        let journal =
            find(format!("select {} from journal where {by_key}", list(&self.journal)), &key(identity.id))?;
        Sample::new(entity, journal, identity)
    }

    /// Appends rows in large transactions.
    pub fn fill(&self, mut rows: impl Iterator<Item = (Vec<Cell>, Vec<Cell>)>) -> Result<()> {
        let mut writer = self.writer(Write::Insert)?;
        let mut more = true;
        while more {
            writer.connection.execute_batch("begin immediate")?;
            more = false;
            for (entity, journal) in rows.by_ref().take(FILL_ROWS) {
                writer.write(entity, journal)?;
                more = true;
            }
            writer.connection.execute_batch("commit")?;
        }
        writer.connection.query_row("pragma wal_checkpoint(truncate)", (), |_| Ok(()))?;
        Ok(())
    }

    /// One round of clients that write.
    pub async fn write(&self, source: Source, connections: usize, time: Duration) -> Result<Round> {
        let (queue, jobs) = mpsc::channel(connections);
        let writer = self.writer(source.write)?;
        let thread = std::thread::spawn(move || writer.run(jobs));
        let round = clients(queue, source, connections, time).await;
        let written = tokio::task::spawn_blocking(move || thread.join()).await?;
        written.ok().context("the writer panicked")??;
        round
    }

    /// One round of threads that read, one for each core at most.
    pub fn read(
        &self,
        operation: Operation,
        reads: &Arc<Reads>,
        threads: usize,
        time: Duration,
    ) -> Result<Round> {
        let (text, columns) = (self.select(operation), self.columns.clone());
        reads.threads(threads, time, |read| {
            let connection = connect(&self.path)?;
            let tenant = self.tenant(&connection, &columns)?;
            let mut statement = connection.prepare(&text)?;
            while let Some(target) = read.next() {
                let key = key(target.id);
                let part = Operation::part(&target.serial);
                let parameters: &[&dyn ToSql] = match operation {
                    Operation::List(_) => &[&tenant],
                    Operation::Equal => &[&tenant, &target.serial],
                    Operation::Contains => &[&tenant, &part],
                    _ => &[&tenant, &key],
                };
                let mut rows = statement.query(parameters)?;
                while let Some(row) = rows.next()? {
                    read.saw(byte_count(row)?);
                }
                read.done();
            }
            Ok(())
        })
    }

    fn tenant(&self, connection: &Connection, columns: &Columns) -> Result<i64> {
        let text = format!("select {} from {} limit 1", columns.quoted(columns.tenant), self.table);
        Ok(connection.query_row(&text, (), |row| row.get(0))?)
    }

    fn select(&self, operation: Operation) -> String {
        let (columns, table) = (&self.columns, &self.table);
        let row =
            [columns.key, columns.version, columns.document].map(|place| columns.quoted(place)).join(", ");
        let (key, serial) = (columns.quoted(columns.key), columns.quoted(columns.serial));
        let of_tenant = format!("{table} where {} = ?1", columns.quoted(columns.tenant));
        match operation {
            Operation::List(count) => format!("select {row} from {of_tenant} order by {key} limit {count}"),
            Operation::Equal => format!("select {row} from {of_tenant} and {serial} = ?2"),
            // In the index of serial numbers, from end to end.
            Operation::Contains => format!(
                "select {row} from {of_tenant} and {key} in (select {key} from {of_tenant} and instr({serial}, ?2) > 0)"
            ),
            _ => format!("select {row} from {of_tenant} and {key} = ?2"),
        }
    }

    fn writer(&self, write: Write) -> Result<Writer> {
        let connection = connect(&self.path)?;
        let sequence =
            connection.query_row("select coalesce(max(sequence), 0) from journal", (), |row| row.get(0))?;
        let columns = self.columns.clone();
        let places = (1..=columns.names.len()).map(|at| format!("?{at}")).collect::<Vec<_>>();
        let entity = match write {
            Write::Insert => {
                format!("insert into {} ({}) values ({})", self.table, columns.list(), places.join(", "))
            }
            Write::Update => {
                let changed =
                    [Some(columns.version), columns.tag, Some(columns.document)].into_iter().flatten();
                let set =
                    changed.map(|at| format!("{} = ?{}", columns.quoted(at), at + 1)).collect::<Vec<_>>();
                let which =
                    [columns.tenant, columns.key].map(|at| format!("{} = ?{}", columns.quoted(at), at + 1));
                format!("update {} set {} where {}", self.table, set.join(", "), which.join(" and "))
            }
        };
        let places = vec!["?"; self.journal.len()].join(", ");
        let journal = format!("insert into journal ({}) values ({places})", list(&self.journal));
        let numbered =
            self.journal.iter().position(|name| name == "sequence").context("no column 'sequence'")?;
        Ok(Writer { connection, columns, entity, journal, numbered, sequence })
    }
}

/// The one thread that writes.
struct Writer {
    connection: Connection,
    columns: Columns,
    entity: String,
    journal: String,
    /// The column of the journal's sequence number.
    numbered: usize,
    sequence: i64,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) -> Result<()> {
        let mut replies = Vec::new();
        while let Some(first) = jobs.blocking_recv() {
            self.connection.prepare_cached("begin immediate")?.raw_execute()?;
            let mut next = Some(first);
            while let Some(job) = next {
                self.write(job.entity, job.journal)?;
                replies.push(job.reply);
                next = if replies.len() < GROUP_MAX { jobs.try_recv().ok() } else { None };
            }
            self.connection.prepare_cached("commit")?.raw_execute()?;
            for reply in replies.drain(..) {
                // A client whose time is over does not wait.
                let _ = reply.send(());
            }
            self.checkpoint()?;
        }
        Ok(())
    }

    /// Moves the log into the file when it has grown, while no client waits.
    fn checkpoint(&self) -> Result<()> {
        let waiting = |mode: &str| {
            let mut pragma = self.connection.prepare_cached(&format!("pragma wal_checkpoint({mode})"))?;
            pragma.query_row((), |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
        };
        let grown: rusqlite::Result<i64> = waiting("noop");
        if grown? > LOG_PAGES {
            waiting("passive")?;
        }
        Ok(())
    }

    fn write(&mut self, mut entity: Vec<Cell>, mut journal: Vec<Cell>) -> Result<()> {
        self.sequence += 1;
        let numbered = [entity.get_mut(self.columns.version), journal.get_mut(self.numbered)];
        numbered.into_iter().flatten().for_each(|cell| *cell = Cell::Integer(self.sequence));
        for (text, row) in [(&self.entity, entity), (&self.journal, journal)] {
            let mut statement = self.connection.prepare_cached(text)?;
            let bound = statement.parameter_count();
            // An update names only some of the columns, by their numbers.
            for (at, cell) in row.iter().enumerate().take(bound) {
                statement.raw_bind_parameter(at + 1, cell)?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }
}

/// As Muster opens its file: see its `sqlite/connection.rs`.
pub(crate) fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    Ok(connection)
}

/// The number in the names of a table's indexes, as in `i11_p_serialNumber`.
fn column_names(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare("select name from pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    anyhow::ensure!(!names.is_empty(), "there is no table {table}");
    Ok(names)
}

/// A GUID key as Muster stores it.
pub(crate) fn key(id: Uuid) -> Vec<u8> {
    [&[1], &id.as_bytes()[..]].concat()
}

fn cells(row: &Row<'_>) -> rusqlite::Result<Vec<Cell>> {
    (0..row.as_ref().column_count())
        .map(|at| {
            Ok(match row.get_ref(at)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(number) => Cell::Integer(number),
                ValueRef::Real(number) => Cell::Real(number),
                ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
            })
        })
        .collect()
}

fn byte_count(row: &Row<'_>) -> rusqlite::Result<usize> {
    (0..row.as_ref().column_count()).try_fold(0, |sum, at| {
        Ok(sum
            + match row.get_ref(at)? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
                _ => 8,
            })
    })
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
            Cell::Uuid(uuid) => ValueRef::Blob(uuid.as_bytes()),
        }))
    }
}
