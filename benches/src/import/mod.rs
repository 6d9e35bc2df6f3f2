//! How fast `muster import` registers the devices of a list, beside the bare database writing the same rows.
//!
//! The bare database is given the rows that Muster ended with, of all tables, and writes those of 500 devices in each
//! transaction. It decodes no hash, looks nothing up, and does not change a row that it has written.

mod bare_postgres;
mod bare_sqlite;
mod commits;
mod identifier;
mod list;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use scratch_postgres::Cluster;
use serde_json::json;

use crate::muster::Program;
use crate::options::{ImportOptions, StoreKind, stores_of};
use crate::stage::{self, empty_folder};

use commits::Commits;

/// Devices whose rows the bare database commits at once: as many as come in one call of the import.
const DEVICES_A_COMMIT: u64 = 500;
const ROWS_DEFAULT: [u64; 2] = [100_000, 1_000_000];

/// What was measured.
struct Entry {
    store: &'static str,
    rows: u64,
    bare_rows: u64,
    bare: Duration,
    muster: Duration,
    server_peak: u64,
    client_peak: u64,
    list_bytes: u64,
}

/// Measures whatever the options ask for.
pub(crate) async fn measure_all(options: &ImportOptions) -> Result<()> {
    let binary = options.muster.canonicalize();
    let binary = binary.with_context(|| format!("there is no {}", options.muster.display()))?;
    let folder = empty_folder(&options.folder)?;
    let sizes = if options.rows.is_empty() { ROWS_DEFAULT.to_vec() } else { options.rows.clone() };
    println!("{}", Entry::HEADING);
    let mut entries = Vec::new();
    for rows in sizes {
        let list = folder.join(format!("{rows}.csv"));
        let list_bytes = list::write(&list, rows)?;
        for store in stores_of(&options.stores) {
            let folder = folder.join(format!("{}-{rows}", store.name()));
            let bare_rows = options.bare_rows.unwrap_or(rows).min(rows);
            let list = List { path: &list, rows, bare_rows, bytes: list_bytes };
            let entry = measure(store, &binary, &folder, &list).await?;
            println!("{}", entry.line());
            entries.push(entry.json());
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::remove_file(list)?;
    }
    let path = folder.with_extension("json");
    std::fs::write(&path, format!("{:#}\n", json!({ "imports": entries })))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A list, and for how many of its rows the bare database writes what comes of them.
struct List<'p> {
    path: &'p Path,
    rows: u64,
    bare_rows: u64,
    bytes: u64,
}

async fn measure(store: StoreKind, binary: &Path, folder: &Path, list: &List<'_>) -> Result<Entry> {
    let List { path, rows, bare_rows, bytes: list_bytes } = *list;
    std::fs::create_dir_all(folder)?;
    let cluster = stage::cluster(store).await?;
    let file = |name: &str| folder.join(format!("{name}.db"));
    let database = match &cluster {
        Some(cluster) => cluster.database().await?,
        None => format!("sqlite:{}", file("muster").display()),
    };
    let program = |data: &str, database: String| Program::new(binary, folder.join(data), database);
    let own = program("data", database.clone());
    let server = own.start()?;
    let report = folder.join("report.csv");
    let (muster, client_peak) = tokio::task::block_in_place(|| own.import(path, &report))?;
    let server_peak = server.resident_peak()?;
    server.stop()?;
    let commits =
        Commits { all: rows.div_ceil(DEVICES_A_COMMIT), made: bare_rows.div_ceil(DEVICES_A_COMMIT) };
    let bare = match &cluster {
        Some(_) => bare_postgres::write(&database, commits).await?,
        None => {
            program("bare", format!("sqlite:{}", file("bare").display())).start()?.stop()?;
            tokio::task::block_in_place(|| bare_sqlite::write(&file("muster"), &file("bare"), commits))?
        }
    };
    stop(cluster);
    Ok(Entry { store: store.name(), rows, bare_rows, bare, muster, server_peak, client_peak, list_bytes })
}

/// A cluster ends when it is dropped.
fn stop(cluster: Option<Cluster>) {
    drop(cluster);
}

impl Entry {
    const HEADING: &str =
        "store        rows  bare rows/s  muster rows/s  share  list MB/s  server MB  client MB";

    /// Rows in a second: the bare database's, and Muster's.
    fn rates(&self) -> (f64, f64) {
        let rate = |rows: u64, time: Duration| rows as f64 / time.as_secs_f64().max(1e-9);
        (rate(self.bare_rows, self.bare), rate(self.rows, self.muster))
    }

    fn line(&self) -> String {
        let (bare, muster) = self.rates();
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        format!(
            "{:8} {:>8} {:>12.0} {:>14.0} {:>6.2} {:>10.1} {:>10.0} {:>10.0}",
            self.store,
            self.rows,
            bare,
            muster,
            muster / bare.max(1e-9),
            megabytes(self.list_bytes) / self.muster.as_secs_f64().max(1e-9),
            megabytes(self.server_peak),
            megabytes(self.client_peak),
        )
    }

    fn json(&self) -> serde_json::Value {
        let (bare, muster) = self.rates();
        json!({
            "store": self.store,
            "rows": self.rows,
            "bareRowsPerSecond": bare,
            "musterRowsPerSecond": muster,
            "serverPeakBytes": self.server_peak,
            "clientPeakBytes": self.client_peak,
            "listBytes": self.list_bytes,
        })
    }
}
