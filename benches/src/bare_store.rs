//! Limit B: the database by itself, with one table of a device's key, serial number, group tag and JSON.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use scratch_postgres::Cluster;
use uuid::Uuid;

use crate::bare_postgres::BarePostgres;
use crate::bare_sqlite::BareSqlite;
use crate::fleet::{self, Fleet};
use crate::round::Round;
use crate::workloads::{IMPORT_ROWS, Operation, Workload};

/// Rows of one commit when a table is filled.
const FILL_ROWS: u64 = 2_000;

/// A row of the table.
pub(crate) struct DeviceRow {
    pub id: Uuid,
    pub serial: String,
    pub tag: String,
    pub body: String,
}

/// Where rows come from.
#[derive(Clone)]
pub(crate) struct Source {
    fleet: Arc<Fleet>,
    /// Made once: a hash takes longer to make than to store.
    identities: Arc<Vec<String>>,
}

impl Source {
    fn new() -> Result<Source> {
        let identities = (0..IMPORT_ROWS).map(fleet::identity).collect::<Result<Vec<_>>>()?;
        Ok(Source { fleet: Arc::default(), identities: Arc::new(identities) })
    }

    /// So many rows that are not there yet.
    pub fn rows(&self, operation: Operation, count: u64) -> Vec<DeviceRow> {
        let first = self.fleet.take(count);
        let row = |number| {
            let identity = self.identities.get((number % IMPORT_ROWS) as usize);
            let body = identity.filter(|_| operation == Operation::Import);
            let body = body.cloned().unwrap_or_else(|| fleet::device(number));
            DeviceRow { id: fleet::id(number), serial: fleet::serial(number), tag: fleet::tag(number), body }
        };
        (first..first + count).map(row).collect()
    }

    /// How many rows there are.
    pub fn count(&self) -> u64 {
        self.fleet.made()
    }
}

/// A bare database of either kind.
pub(crate) enum BareStore {
    Sqlite(BareSqlite),
    Postgres(BarePostgres),
}

impl BareStore {
    /// An empty one: in a file, or in the cluster if there is one.
    pub async fn create(file: &Path, cluster: Option<&Cluster>) -> Result<BareStore> {
        let source = Source::new()?;
        Ok(match cluster {
            None => BareStore::Sqlite(BareSqlite::create(file, source)?),
            Some(cluster) => {
                BareStore::Postgres(BarePostgres::create(&cluster.database().await?, source).await?)
            }
        })
    }

    /// Adds rows until there are so many.
    pub async fn fill(&self, devices: u64) -> Result<()> {
        match self {
            BareStore::Sqlite(bare) => tokio::task::block_in_place(|| bare.fill(devices, FILL_ROWS)),
            BareStore::Postgres(bare) => bare.fill(devices, FILL_ROWS).await,
        }
    }

    /// One round.
    pub async fn round(&self, workload: &Workload, time: Duration) -> Result<Round> {
        match self {
            BareStore::Sqlite(bare) => tokio::task::block_in_place(|| bare.round(workload, time)),
            BareStore::Postgres(bare) => bare.round(workload, time).await,
        }
    }
}
