//! A store of a size: a database that Muster made, filled, and a copy of it for the bare contender.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use scratch_postgres::Cluster;

use crate::bare_postgres::{self, BarePostgres};
use crate::bare_reads::Reads;
use crate::bare_sqlite::BareSqlite;
use crate::bare_writes::{Source, Write};
use crate::http_client::HttpClient;
use crate::muster::{Program, empty_folder, ready_after};
use crate::options::StoreKind;
use crate::round::Round;
use crate::rows::{Columns, Identity, Sample, Target};
use crate::seed::{self, Copies};
use crate::workloads::{Operation, Workload};

/// Starts on nothing, of which the median counts.
const EMPTY_STARTS: usize = 5;

/// Everything that contenders need.
pub(crate) struct Scene {
    pub program: Program,
    bare: Bare,
    samples: Arc<Vec<Sample>>,
    pub targets: Arc<Vec<Target>>,
    pub bytes_per_device: f64,
    pub ready_empty: Duration,
}

enum Bare {
    Sqlite(BareSqlite),
    Postgres(BarePostgres),
}

/// Where scenes are made.
pub(crate) struct Stage<'s> {
    pub binary: &'s Path,
    pub folder: PathBuf,
    pub devices: u64,
}

impl Scene {
    /// Makes a scene.
    pub async fn prepare(stage: &Stage<'_>, cluster: Option<&Cluster>) -> Result<Scene> {
        empty_folder(&stage.folder)?;
        match cluster {
            None => prepare_sqlite(stage),
            Some(cluster) => prepare_postgres(stage, cluster).await,
        }
    }

    /// One round of the bare database. Reads see what is there; a list must come whole.
    pub async fn bare_round(&self, workload: &Workload, time: Duration) -> Result<Round> {
        let Workload { operation, connections, .. } = *workload;
        match operation {
            Operation::Create => self.bare_write(Write::Insert, connections, time).await,
            Operation::Patch => self.bare_write(Write::Update, connections, time).await,
            _ => self.bare_read(operation, connections, time).await,
        }
    }

    async fn bare_write(&self, write: Write, connections: usize, time: Duration) -> Result<Round> {
        let columns = self.bare.columns().clone();
        let source = Source { write, columns, samples: self.samples.clone(), targets: self.targets.clone() };
        match &self.bare {
            Bare::Sqlite(bare) => bare.write(source, connections, time).await,
            Bare::Postgres(bare) => bare.write(source, connections, time).await,
        }
    }

    async fn bare_read(&self, operation: Operation, connections: usize, time: Duration) -> Result<Round> {
        let rows_min =
            if let Operation::List(count) = operation { (count as usize).min(seed::SAMPLES) } else { 1 };
        let reads = Arc::new(Reads { targets: self.targets.clone(), rows_min });
        match &self.bare {
            Bare::Sqlite(bare) => {
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                tokio::task::block_in_place(|| bare.read(operation, &reads, connections.min(cores), time))
            }
            Bare::Postgres(bare) => bare.read(operation, &reads, connections, time).await,
        }
    }
}

impl Bare {
    fn columns(&self) -> &Columns {
        match self {
            Bare::Sqlite(bare) => &bare.columns,
            Bare::Postgres(bare) => &bare.columns,
        }
    }
}

impl Stage<'_> {
    fn program(&self, name: &str, database: String) -> Program {
        Program { binary: self.binary.to_owned(), data: self.folder.join(name), database }
    }

    /// How many copies make up the rest.
    fn copies<'s>(&self, samples: &'s [Sample]) -> Copies<'s> {
        Copies::new(samples, self.devices.saturating_sub(seed::SAMPLES as u64))
    }

    fn bytes_per_device(&self, full: u64, empty: u64) -> f64 {
        full.saturating_sub(empty) as f64 / self.devices as f64
    }
}

/// Creates the samples through the API.
fn samples_of(program: &Program) -> Result<Vec<Identity>> {
    let muster = program.start()?;
    let created = seed::create_samples(&mut HttpClient::connect(muster.address)?, &program.token()?);
    muster.stop()?;
    created
}

fn prepare_sqlite(stage: &Stage<'_>) -> Result<Scene> {
    let url = |path: &Path| format!("sqlite:{}", path.display());
    let empty = |number: usize| stage.folder.join(format!("empty-{number}.db"));
    let ready_empty = ready_after(EMPTY_STARTS, |number| {
        Ok(stage.program(&format!("empty-{number}"), url(&empty(number))))
    })?;
    let (own, copy) = (stage.folder.join("muster.db"), stage.folder.join("bare.db"));
    let program = stage.program("data", url(&own));
    let created = samples_of(&program)?;
    let bare = BareSqlite::open(&own, seed::table())?;
    let samples = created.iter().map(|identity| bare.sample(identity)).collect::<Result<Vec<_>>>()?;
    let mut copies = stage.copies(&samples);
    bare.fill(&mut copies)?;
    let targets = Arc::new(copies.targets);
    // Closed, so that all of it is in the file.
    drop(bare);
    let bytes_per_device = stage.bytes_per_device(size(&own)?, size(&empty(0))?);
    std::fs::copy(&own, &copy)?;
    let bare = Bare::Sqlite(BareSqlite::open(&copy, seed::table())?);
    Ok(Scene { program, bare, samples: Arc::new(samples), targets, bytes_per_device, ready_empty })
}

async fn prepare_postgres(stage: &Stage<'_>, cluster: &Cluster) -> Result<Scene> {
    let mut empty = Vec::new();
    for _ in 0..EMPTY_STARTS {
        empty.push(cluster.database().await?);
    }
    let ready_empty = ready_after(EMPTY_STARTS, |number| {
        let url = empty.get(number).context("no database")?;
        Ok(stage.program(&format!("empty-{number}"), url.clone()))
    })?;
    let (maintenance, own) = (cluster.database().await?, cluster.database().await?);
    let program = stage.program("data", own.clone());
    let created = samples_of(&program)?;
    let bare = BarePostgres::open(&own, seed::table()).await?;
    let client = bare.connect().await?;
    let mut samples = Vec::new();
    for identity in &created {
        samples.push(bare.sample(&client, identity).await?);
    }
    let mut copies = stage.copies(&samples);
    bare.fill(&mut copies).await?;
    let targets = Arc::new(copies.targets);
    client.batch_execute("checkpoint").await?;
    let bytes_per_device = stage
        .bytes_per_device(database_size(&own).await?, database_size(empty.first().unwrap_or(&own)).await?);
    // What the server would do by itself in the middle of a round.
    client.batch_execute("vacuum (analyze)").await?;
    drop((client, bare));
    let copy = copy_database(&maintenance, &own).await?;
    let bare = Bare::Postgres(BarePostgres::open(&copy, seed::table()).await?);
    Ok(Scene { program, bare, samples: Arc::new(samples), targets, bytes_per_device, ready_empty })
}

async fn database_size(url: &str) -> Result<u64> {
    let client = bare_postgres::connect(url).await?;
    let bytes: i64 = client.query_one("select pg_database_size(current_database())", &[]).await?.get(0);
    Ok(u64::try_from(bytes)?)
}

/// Copies a database to which nobody is connected.
async fn copy_database(maintenance: &str, original: &str) -> Result<String> {
    let (server, name) = original.rsplit_once('/').context("a URL without a database")?;
    let client = bare_postgres::connect(maintenance).await?;
    // Connections that were just closed may still be there.
    for _ in 0..50 {
        let text = "select count(*) from pg_stat_activity where datname = $1";
        if client.query_one(text, &[&name]).await?.get::<_, i64>(0) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    client.batch_execute(&format!("create database {name}_bare template {name}")).await?;
    client.batch_execute("checkpoint").await?;
    Ok(format!("{server}/{name}_bare"))
}

fn size(path: &Path) -> Result<u64> {
    Ok(std::fs::metadata(path).with_context(|| format!("no file {}", path.display()))?.len())
}

/// The cluster for a store, if it needs one.
pub(crate) async fn cluster(store: StoreKind) -> Result<Option<Cluster>> {
    match store {
        StoreKind::Sqlite => Ok(None),
        StoreKind::Postgres => Ok(Some(Cluster::start(scratch_postgres::Fsync::On).await?)),
    }
}
