//! Limit B: the database by itself, with one table of a device's key, serial number, group tag and JSON.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use scratch_postgres::Cluster;

use crate::bare_postgres::BarePostgres;
use crate::bare_sqlite::BareSqlite;
use crate::device_rows::Source;
use crate::round::Round;
use crate::workloads::Workload;

/// Rows of one commit when a table is filled.
const FILL_ROWS: u64 = 2_000;

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

    /// One round of a workload.
    pub async fn round(&self, workload: &Workload, time: Duration) -> Result<Round> {
        match self {
            BareStore::Sqlite(bare) => tokio::task::block_in_place(|| bare.round(workload, time)),
            BareStore::Postgres(bare) => bare.round(workload, time).await,
        }
    }
}
