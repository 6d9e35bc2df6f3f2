//! Limit B on PostgreSQL: the database that Muster made, written in groups by one statement each, and read by prepared
//! statements that are pipelined on a few connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::mpsc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::bare_reads::Reads;
use crate::bare_sqlite::key;
use crate::bare_writes::{GROUP_MAX, Job, Source, Write, clients};
use crate::round::Round;
use crate::rows::{Cell, Columns, Identity, Sample, quoted};
use crate::workloads::Operation;

/// Connections that read; requests are pipelined on them.
const READERS: usize = 4;
/// Rows of one statement when a database is filled.
const FILL_ROWS: usize = 2_000;

/// A bare PostgreSQL database with one table.
pub(crate) struct BarePostgres {
    url: String,
    entity: Table,
    journal: Table,
    pub columns: Columns,
    sequence: Arc<AtomicI64>,
}

/// A table: its quoted name, and names and types of its columns.
#[derive(Clone)]
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
}

/// How a column's values travel: bound as an array of `array`, cast to `cast`.
#[derive(Clone)]
struct Kind {
    array: &'static str,
    cast: String,
}

impl BarePostgres {
    /// Reads the schema of a database.
    pub async fn open(url: &str, table: &str) -> Result<BarePostgres> {
        let client = connect(url).await?;
        let entity = Table::read(&client, table).await?;
        let journal = Table::read(&client, "journal").await?;
        let columns = Columns::find(entity.columns.iter().map(|(name, _)| name.clone()).collect())?;
        let last = client.query_one("select coalesce(max(sequence), 0)::bigint from journal", &[]).await?;
        let sequence = Arc::new(AtomicI64::new(last.get(0)));
        Ok(BarePostgres { url: url.to_owned(), entity, journal, columns, sequence })
    }

    /// The rows of a device as they are.
    pub async fn sample(&self, client: &Client, identity: &Identity) -> Result<Sample> {
        let entity = self.entity.find(client, &self.columns.quoted(self.columns.key), identity.id).await?;
        let journal = self.journal.find(client, "keys", identity.id).await?;
        Sample::new(entity, journal, identity)
    }

    /// A connection of one's own.
    pub async fn connect(&self) -> Result<Client> {
        connect(&self.url).await
    }

    /// Appends rows, and tells Muster's own count of the journal about them.
    pub async fn fill(&self, mut rows: impl Iterator<Item = (Vec<Cell>, Vec<Cell>)>) -> Result<()> {
        let mut writer = self.writer(Write::Insert).await?;
        loop {
            let (entities, journal): (Vec<_>, Vec<_>) = rows.by_ref().take(FILL_ROWS).unzip();
            if entities.is_empty() {
                break;
            }
            writer.write(entities, journal).await?;
        }
        let last = self.sequence.load(Ordering::Relaxed);
        writer.client.execute("update tenant set sequence = $1", &[&last]).await?;
        Ok(())
    }

    /// One round of clients that write.
    pub async fn write(&self, source: Source, connections: usize, time: Duration) -> Result<Round> {
        let (queue, jobs) = mpsc::channel(connections);
        let writer = tokio::spawn(self.writer(source.write).await?.run(jobs));
        let round = clients(queue, source, connections, time).await;
        writer.await??;
        round
    }

    /// One round of so many readers on a few connections.
    pub async fn read(
        &self,
        operation: Operation,
        reads: &Arc<Reads>,
        readers: usize,
        time: Duration,
    ) -> Result<Round> {
        let mut connections = Vec::new();
        for _ in 0..readers.min(READERS) {
            let client = self.connect().await?;
            let statement = client.prepare(&self.select(operation)).await?;
            connections.push(Arc::new((client, statement)));
        }
        let tenant = self.tenant(&self.connect().await?).await?;
        let begin = Instant::now();
        let mut tasks = Vec::new();
        for number in 0..readers {
            let connection = connections.get(number % connections.len()).context("no connection")?.clone();
            let reads = reads.clone();
            tasks.push(tokio::spawn(async move {
                let (client, statement) = &*connection;
                let mut read = reads.reader(begin + time, number);
                while let Some(target) = read.next() {
                    let (key, part) = (key(target.id), Operation::part(&target.serial));
                    let parameters: &[&(dyn ToSql + Sync)] = match operation {
                        Operation::List(_) => &[&tenant],
                        Operation::Equal => &[&tenant, &target.serial],
                        Operation::Contains => &[&tenant, &part],
                        _ => &[&tenant, &key],
                    };
                    for row in client.query(statement, parameters).await? {
                        read.saw(row.raw_size_bytes());
                    }
                    read.done();
                }
                read.finish()
            }));
        }
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        Ok(Round::from(latencies, begin.elapsed()))
    }

    async fn tenant(&self, client: &Client) -> Result<Uuid> {
        let text =
            format!("select {} from {} limit 1", self.columns.quoted(self.columns.tenant), self.entity.name);
        Ok(client.query_one(&text, &[]).await?.get(0))
    }

    fn select(&self, operation: Operation) -> String {
        let (columns, table) = (&self.columns, &self.entity.name);
        let [key, version, document, serial, tenant] =
            [columns.key, columns.version, columns.document, columns.serial, columns.tenant]
                .map(|place| columns.quoted(place));
        let row = format!("{key}, {version}, {document}::text");
        match operation {
            Operation::List(count) => {
                format!("select {row} from {table} where {tenant} = $1 order by {key} limit {count}")
            }
            Operation::Equal => format!("select {row} from {table} where {tenant} = $1 and {serial} = $2"),
            // Only what the index holds is read.
            Operation::Contains => {
                format!("select {key} from {table} where {tenant} = $1 and strpos({serial}, $2) > 0")
            }
            _ => format!("select {row} from {table} where {tenant} = $1 and {key} = $2"),
        }
    }

    async fn writer(&self, write: Write) -> Result<Writer> {
        let client = self.connect().await?;
        let text = self.write_statement(write);
        let statement = client.prepare(&text).await.with_context(|| text.clone())?;
        let numbered = self.journal.columns.iter().position(|(name, _)| name == "sequence");
        Ok(Writer {
            client,
            statement,
            entity: self.entity.clone(),
            journal: self.journal.clone(),
            version: self.columns.version,
            numbered: numbered.context("no column 'sequence'")?,
            sequence: self.sequence.clone(),
        })
    }

    /// One statement, hence one transaction and one round trip, for a whole group.
    fn write_statement(&self, write: Write) -> String {
        let (entity, columns) = (&self.entity, &self.columns);
        let rows = entity.unnest(1);
        let change = match write {
            Write::Insert => {
                format!(
                    "insert into {} ({}) select {} from {rows}",
                    entity.name,
                    columns.list(),
                    entity.casts()
                )
            }
            Write::Update => {
                let changed =
                    [Some(columns.version), columns.tag, Some(columns.document)].into_iter().flatten();
                let set: Vec<_> =
                    changed.map(|at| format!("{} = {}", columns.quoted(at), entity.cast(at))).collect();
                let which = [columns.tenant, columns.key]
                    .map(|at| format!("e.{} = {}", columns.quoted(at), entity.cast(at)));
                format!(
                    "update {} e set {} from {rows} where {}",
                    entity.name,
                    set.join(", "),
                    which.join(" and ")
                )
            }
        };
        let journal = &self.journal;
        let names: Vec<_> = journal.columns.iter().map(|(name, _)| quoted(name)).collect();
        let (names, rows) = (names.join(", "), journal.unnest(entity.columns.len() + 1));
        format!(
            "with changed as ({change}) insert into journal ({names}) select {} from {rows}",
            journal.casts()
        )
    }
}

impl Table {
    async fn read(client: &Client, table: &str) -> Result<Table> {
        let name = quoted(table);
        let text = "select attname::text, format_type(atttypid, null) from pg_attribute \
                    where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum";
        let rows = client.query(text, &[&name]).await?;
        let columns = rows.iter().map(|row| Ok((row.get(0), Kind::of(row.get(1))?)));
        Ok(Table { columns: columns.collect::<Result<_>>()?, name })
    }

    async fn find(&self, client: &Client, by: &str, id: Uuid) -> Result<Vec<Cell>> {
        let selected: Vec<_> =
            self.columns.iter().map(|(name, kind)| format!("{}::{}", quoted(name), kind.array)).collect();
        let text = format!("select {} from {} where {by} = $1 limit 1", selected.join(", "), self.name);
        let row = client.query_opt(&text, &[&key(id)]).await?.with_context(|| format!("no row: {text}"))?;
        self.columns.iter().enumerate().map(|(at, (_, kind))| kind.cell(&row, at)).collect()
    }

    /// The rows of arrays that are bound from a parameter on.
    fn unnest(&self, first: usize) -> String {
        let arrays = self.columns.iter().enumerate();
        let arrays: Vec<_> =
            arrays.map(|(at, (_, kind))| format!("${}::{}[]", first + at, kind.array)).collect();
        let names: Vec<_> = (0..self.columns.len()).map(|at| format!("c{at}")).collect();
        format!("unnest({}) as u({})", arrays.join(", "), names.join(", "))
    }

    fn cast(&self, at: usize) -> String {
        format!("u.c{at}::{}", self.columns.get(at).map_or("text", |(_, kind)| &kind.cast))
    }

    fn casts(&self) -> String {
        (0..self.columns.len()).map(|at| self.cast(at)).collect::<Vec<_>>().join(", ")
    }
}

impl Kind {
    fn of(name: String) -> Result<Kind> {
        let array = match &*name {
            "bigint" | "integer" | "smallint" => "bigint",
            "bytea" => "bytea",
            "double precision" => "double precision",
            "json" | "jsonb" | "text" => "text",
            "uuid" => "uuid",
            other => bail!("there are no values of the type {other} here"),
        };
        Ok(Kind { array, cast: name })
    }

    fn cell(&self, row: &tokio_postgres::Row, at: usize) -> Result<Cell> {
        let cell = match self.array {
            "bigint" => row.try_get::<_, Option<i64>>(at)?.map(Cell::Integer),
            "bytea" => row.try_get::<_, Option<Vec<u8>>>(at)?.map(Cell::Bytes),
            "double precision" => row.try_get::<_, Option<f64>>(at)?.map(Cell::Real),
            "uuid" => row.try_get::<_, Option<Uuid>>(at)?.map(Cell::Uuid),
            _ => row.try_get::<_, Option<String>>(at)?.map(Cell::Text),
        };
        Ok(cell.unwrap_or(Cell::Null))
    }

    /// An array of one column of rows, whose cells are taken out.
    fn array(&self, rows: &mut [Vec<Cell>], at: usize) -> Box<dyn ToSql + Sync + Send> {
        fn array<T>(rows: &mut [Vec<Cell>], at: usize, value: fn(Cell) -> Option<T>) -> Vec<Option<T>> {
            let taken =
                rows.iter_mut().map(|row| row.get_mut(at).map(|cell| std::mem::replace(cell, Cell::Null)));
            taken.map(|cell| cell.and_then(value)).collect()
        }
        match self.array {
            "bigint" => {
                Box::new(array(rows, at, |cell| if let Cell::Integer(it) = cell { Some(it) } else { None }))
            }
            "bytea" => {
                Box::new(array(rows, at, |cell| if let Cell::Bytes(it) = cell { Some(it) } else { None }))
            }
            "double precision" => {
                Box::new(array(rows, at, |cell| if let Cell::Real(it) = cell { Some(it) } else { None }))
            }
            "uuid" => {
                Box::new(array(rows, at, |cell| if let Cell::Uuid(it) = cell { Some(it) } else { None }))
            }
            _ => Box::new(array(rows, at, |cell| if let Cell::Text(it) = cell { Some(it) } else { None })),
        }
    }
}

/// The one connection that writes.
struct Writer {
    client: Client,
    statement: Statement,
    entity: Table,
    journal: Table,
    version: usize,
    numbered: usize,
    sequence: Arc<AtomicI64>,
}

impl Writer {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) -> Result<()> {
        let mut group = Vec::new();
        while jobs.recv_many(&mut group, GROUP_MAX).await > 0 {
            let (mut entities, mut journal, mut replies) = (Vec::new(), Vec::new(), Vec::new());
            for job in group.drain(..) {
                entities.push(job.entity);
                journal.push(job.journal);
                replies.push(job.reply);
            }
            self.write(entities, journal).await?;
            for reply in replies {
                // A client whose time is over does not wait.
                let _ = reply.send(());
            }
        }
        Ok(())
    }

    async fn write(&mut self, mut entities: Vec<Vec<Cell>>, mut journal: Vec<Vec<Cell>>) -> Result<()> {
        for (entity, journal) in entities.iter_mut().zip(&mut journal) {
            let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
            let numbered = [entity.get_mut(self.version), journal.get_mut(self.numbered)];
            numbered.into_iter().flatten().for_each(|cell| *cell = Cell::Integer(sequence));
        }
        let mut arrays = Vec::new();
        for (table, rows) in [(&self.entity, &mut entities), (&self.journal, &mut journal)] {
            arrays.extend(table.columns.iter().enumerate().map(|(at, (_, kind))| kind.array(rows, at)));
        }
        let parameters: Vec<&(dyn ToSql + Sync)> =
            arrays.iter().map(|array| &**array as &(dyn ToSql + Sync)).collect();
        self.client.execute(&self.statement, &parameters).await?;
        Ok(())
    }
}

/// Connects, and lets the connection run by itself.
pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // When it breaks, the client's next call says so.
    tokio::spawn(connection);
    Ok(client)
}
