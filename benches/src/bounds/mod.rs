//! What a server takes while clients try to take more than their share, and who is served meanwhile: memory at its peak, the
//! time of `/healthz` beside that of a bare echo on the same machine, and what each of the clients was told.

mod client;
mod floods;
mod requests;
mod visitor;
mod visits;
mod watch;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::sync::Semaphore;

use crate::load::{self, End};
use crate::muster::Program;
use crate::options::{BoundsOptions, StoreKind, stores_of};
use crate::server::Server;
use crate::stage::{self, empty_folder};
use crate::workloads::Operation;

use client::{Client, Told};
use floods::{FLOODS, Flood, FloodedServer};
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
        for server in [FloodedServer::Plain, FloodedServer::Tls, FloodedServer::Stopping] {
            let wanted: Vec<&Flood> = FLOODS.iter().filter(|flood| wants(options, flood, server)).collect();
            if !wanted.is_empty() {
                is_kept &= flood_store(options, store, server, &wanted).await?;
            }
        }
    }
    Ok(is_kept)
}

fn wants(options: &BoundsOptions, flood: &Flood, server: FloodedServer) -> bool {
    let is_named = |name: &String| flood.name.starts_with(&**name);
    flood.server == server && (options.floods.is_empty() || options.floods.iter().any(is_named))
}

async fn flood_store(
    options: &BoundsOptions,
    store: StoreKind,
    flooded: FloodedServer,
    wanted: &[&Flood],
) -> Result<bool> {
    let is_tls = flooded == FloodedServer::Tls;
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
        is_kept &= match flooded {
            FloodedServer::Stopping => stop(options, store, &server, &client, flood).await?,
            FloodedServer::Plain | FloodedServer::Tls => one(options, store, &server, &client, flood).await?,
        };
    }
    if flooded != FloodedServer::Stopping {
        server.muster.stop()?;
    }
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
    let tally = flood.run(client, server.muster.address, options, &Arc::new(Semaphore::new(0))).await?;
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
    Ok(peak < RESIDENT_MEBIBYTES_MAX && failures == 0 && !tally.keys().any(Told::is_bad))
}

/// A flood of a server that is told to stop when all have asked: whether each of them was told something.
async fn stop(
    options: &BoundsOptions,
    store: StoreKind,
    server: &Server,
    client: &Client,
    flood: &Flood,
) -> Result<bool> {
    let begin = Instant::now();
    let asked = Arc::new(Semaphore::new(0));
    let telling = async {
        let count = u32::try_from(flood.count(options))?;
        let _all = asked.acquire_many(count).await?;
        server.muster.tell_to_stop()
    };
    let (tally, told) = tokio::join!(flood.run(client, server.muster.address, options, &asked), telling);
    let (tally, ()) = (tally?, told?);
    let took = begin.elapsed().as_secs_f64();
    let told: Vec<String> = tally.iter().map(|(told, count)| format!("{told} {count}")).collect();
    println!("{:9} {:12} {took:>6.1}  {}", store.name(), flood.name, told.join(", "));
    Ok(!tally.keys().any(|told| told.is_bad() || *told == Told::Closed))
}
