//! The bare PostgreSQL: a connection for each client that writes, and a few on which reads are pipelined.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::device_rows::{DeviceRow, Source};
use crate::fleet;
use crate::random::Random;
use crate::round::Round;
use crate::workloads::{IMPORT_ROWS, Operation, Workload};

const SCHEMA: &str = "create table device (
        number bigserial, id uuid primary key, serial text not null, body text not null
    );
    create index on device (serial);";
const INSERT: &str = "insert into device (id, serial, body) values ($1, $2, $3)";
const INSERT_MANY: &str = "insert into device (id, serial, body) \
                           select * from unnest($1::uuid[], $2::text[], $3::text[])";
const UPDATE: &str = "update device set body = $2 where id = $1";
/// Only lists need it, so it costs no insert anything.
const INDEX_FOR_LISTS: &str = "create index on device (number)";
/// Connections that read; requests are pipelined on them.
const READERS: usize = 4;

/// A database with one table.
pub(crate) struct BarePostgres {
    url: String,
    source: Source,
}

impl BarePostgres {
    /// Makes the table in an empty database.
    pub async fn create(url: &str, source: Source) -> Result<BarePostgres> {
        connect(url).await?.batch_execute(SCHEMA).await?;
        Ok(BarePostgres { url: url.to_owned(), source })
    }

    /// Adds rows in large statements until there are so many.
    pub async fn fill(&self, devices: u64, rows_max: u64) -> Result<()> {
        let client = connect(&self.url).await?;
        let statement = client.prepare(INSERT_MANY).await?;
        while self.source.count() < devices {
            let rows = rows_max.min(devices - self.source.count());
            insert_many(&client, &statement, &self.source.rows(Operation::Create, rows)).await?;
        }
        client.batch_execute(INDEX_FOR_LISTS).await?;
        // What the server would do by itself in the middle of a round.
        client.batch_execute("vacuum (analyze)").await?;
        Ok(client.batch_execute("checkpoint").await?)
    }

    /// One round of so many clients.
    pub async fn round(&self, workload: &Workload, time: Duration) -> Result<Round> {
        let Workload { operation, connections: clients, .. } = *workload;
        let writes = matches!(operation, Operation::Create | Operation::Import | Operation::Patch);
        let mut connections = Vec::new();
        for _ in 0..if writes { clients } else { clients.min(READERS) } {
            let client = connect(&self.url).await?;
            let statement = client.prepare(&statement(operation)).await?;
            connections.push(Arc::new((client, statement)));
        }
        let begin = Instant::now();
        let mut tasks = Vec::new();
        for (number, connection) in connections.iter().cycle().take(clients).cloned().enumerate() {
            let (source, mut random) = (self.source.clone(), Random::new(number as u64 + 77));
            tasks.push(tokio::spawn(async move {
                let mut latencies = Vec::with_capacity(1 << 12);
                while begin.elapsed() < time {
                    latencies.push(once(&connection, operation, &source, &mut random).await?);
                }
                anyhow::Ok(latencies)
            }));
        }
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        Ok(Round::from(latencies, begin.elapsed()).times(operation.devices()))
    }
}

/// Executes the statement of an operation once; how long it took.
async fn once(
    (client, statement): &(Client, Statement),
    operation: Operation,
    source: &Source,
    random: &mut Random,
) -> Result<Duration> {
    let count = source.count().max(1);
    let number = random.next() % count;
    let begin = Instant::now();
    let found = match operation {
        Operation::Create => {
            let row = source.rows(operation, 1).pop().context("no row")?;
            client.execute(statement, &[&row.id, &row.serial, &row.body]).await? as usize
        }
        Operation::Import => insert_many(client, statement, &source.rows(operation, IMPORT_ROWS)).await?,
        Operation::Patch => {
            let body = fleet::device(random.next() % 100_000_000);
            client.execute(statement, &[&fleet::id(number), &body]).await? as usize
        }
        Operation::Get => read(client, statement, &fleet::id(number)).await?,
        Operation::Equal => read(client, statement, &fleet::serial(number)).await?,
        Operation::Contains => read(client, statement, &fleet::part(number)).await?,
        Operation::List(page) => {
            // So that a whole page follows.
            let before = i64::try_from(number % count.saturating_sub(page.into()).max(1))?;
            read(client, statement, &before).await?
        }
    };
    ensure!(found > 0, "the bare database found nothing for {operation:?}");
    Ok(begin.elapsed())
}

async fn read(client: &Client, statement: &Statement, parameter: &(dyn ToSql + Sync)) -> Result<usize> {
    Ok(client.query(statement, &[parameter]).await?.len())
}

async fn insert_many(client: &Client, statement: &Statement, rows: &[DeviceRow]) -> Result<usize> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let column = |value: fn(&DeviceRow) -> &str| rows.iter().map(value).collect::<Vec<_>>();
    let [serials, bodies] = [column(|row| &row.serial), column(|row| &row.body)];
    Ok(client.execute(statement, &[&ids, &serials, &bodies]).await? as usize)
}

fn statement(operation: Operation) -> String {
    match operation {
        Operation::Create => INSERT.into(),
        Operation::Import => INSERT_MANY.into(),
        Operation::Patch => UPDATE.into(),
        Operation::Get => "select body from device where id = $1".into(),
        Operation::Equal => "select body from device where serial = $1".into(),
        // Only what the index holds is read.
        Operation::Contains => "select serial from device where strpos(serial, $1) > 0".into(),
        Operation::List(count) => {
            format!("select body from device where number > $1 order by number limit {count}")
        }
    }
}

/// Connects, and lets the connection run by itself.
pub(crate) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // When it breaks, the client's next call says so.
    tokio::spawn(connection);
    Ok(client)
}
