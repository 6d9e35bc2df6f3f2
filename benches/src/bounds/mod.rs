//! What a server takes while clients try to take more than their share, and who is served meanwhile: memory at its peak, the
//! time of `/healthz` beside that of a bare echo on the same machine, and what each of the clients was told.

mod client;
mod floods;
mod watch;

use std::time::Instant;

use anyhow::{Context, Result};

use crate::load::{self, End};
use crate::muster::Program;
use crate::options::{BoundsOptions, StoreKind, stores_of};
use crate::server::Server;
use crate::stage::{self, empty_folder};
use crate::workloads::Operation;

use client::{Client, Told};
use floods::{FLOODS, Flood};
use watch::{Watch, Watched};

/// The memory that the server may hold at any moment.
const RESIDENT_MEBIBYTES_MAX: u64 = 300;
/// The connections by which the devices are made.
const CREATORS: usize = 16;

/// Floods servers on each store; whether all bounds were kept.
pub(crate) async fn measure_all(options: &BoundsOptions) -> Result<bool> {
    println!(
        "{:9} {:12} {:>6} {:>5} {:>8} {:>9} {:>9} {:>9} {:>9}  told",
        "store", "flood", "took s", "peak", "rest MiB", "health99", "max ms", "echo99", "max ms"
    );
    let mut is_kept = true;
    for store in stores_of(&options.stores) {
        for is_tls in [false, true] {
            let wanted: Vec<&Flood> = FLOODS.iter().filter(|flood| wants(options, flood, is_tls)).collect();
            if !wanted.is_empty() {
                is_kept &= flood_store(options, store, is_tls, &wanted).await?;
            }
        }
    }
    Ok(is_kept)
}

fn wants(options: &BoundsOptions, flood: &Flood, is_tls: bool) -> bool {
    let is_named = |name: &String| flood.name.starts_with(&**name);
    flood.is_tls == is_tls && (options.floods.is_empty() || options.floods.iter().any(is_named))
}

async fn flood_store(
    options: &BoundsOptions,
    store: StoreKind,
    is_tls: bool,
    wanted: &[&Flood],
) -> Result<bool> {
    let binary = options.muster.canonicalize().with_context(|| options.muster.display().to_string())?;
    let cluster = stage::cluster(store).await?;
    let folder = empty_folder(&options.folder.join(store.name()))?;
    let database = match &cluster {
        Some(cluster) => cluster.database().await?,
        None => format!("sqlite:{}", folder.join("muster.db").display()),
    };
    let config =
        format!("[limits]\nconnections = {}\nconnections_per_address = 2000\n", options.connections + 1_000);
    let program = Program { config, is_tls, ..Program::new(&binary, folder.clone(), database) };
    let client = Client::of(&program)?;
    let server = Server::start(program)?;
    if !is_tls {
        let requests = server.requests(Operation::Create);
        load::run(server.muster.address, &requests, CREATORS, End::Devices(options.devices)).await?;
    }
    let mut is_kept = true;
    for flood in wanted {
        is_kept &= one(options, store, &server, &client, flood).await?;
    }
    server.muster.stop()?;
    std::fs::remove_dir_all(&folder)?;
    Ok(is_kept)
}

/// One flood: whether the bounds were kept. Times are told and not judged, as the machine may be busy.
async fn one(
    options: &BoundsOptions,
    store: StoreKind,
    server: &Server,
    client: &Client,
    flood: &Flood,
) -> Result<bool> {
    server.muster.forget_peak()?;
    let watch = Watch::begin(client.clone(), server.muster.address)?;
    let begin = Instant::now();
    let tally = (flood.run)(client.clone(), server.muster.address, options).await?;
    let took = begin.elapsed();
    let Watched { health, echo, failures } = watch.end()?;
    let (peak, rest) = (server.muster.resident_peak()? >> 20, server.muster.resident()? >> 20);
    let told: Vec<String> = tally.iter().map(|(told, count)| format!("{told} {count}")).collect();
    println!(
        "{:9} {:12} {:>6.1} {peak:>5} {rest:>8} {:>9.1} {:>9.1} {:>9.1} {:>9.1}  {}{}",
        store.name(),
        flood.name,
        took.as_secs_f64(),
        health.p99,
        health.max,
        echo.p99,
        echo.max,
        told.join(", "),
        if failures == 0 { String::new() } else { format!("; {failures} probes failed") },
    );
    let is_bad = |told: &Told| matches!(told, Told::Failure(_) | Told::Hung | Told::RefusedWithoutWord);
    Ok(peak < RESIDENT_MEBIBYTES_MAX && failures == 0 && !tally.keys().any(is_bad))
}
