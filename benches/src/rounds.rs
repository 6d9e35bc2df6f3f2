//! The order of a run: each store and size, each workload, and in it rounds of A, B and Muster by turns.

use std::path::Path;

use anyhow::{Context, Result};

use crate::bare_http::BareHttp;
use crate::footprint::{Footprint, binary_size};
use crate::http_client::HttpClient;
use crate::load;
use crate::muster::{Muster, Program, ready_after};
use crate::options::{Options, StoreKind};
use crate::report::{Entry, Report};
use crate::round::Round;
use crate::scene::{self, Scene, Stage};
use crate::seed;
use crate::workloads::{WORKLOADS, Workload};

/// Starts on what is there, of which the median counts.
const STARTS: usize = 3;

/// Measures whatever the options ask for.
pub(crate) async fn measure_all(options: &Options) -> Result<Report> {
    let binary = options.muster.canonicalize();
    let binary = binary.with_context(|| format!("there is no {}", options.muster.display()))?;
    std::fs::create_dir_all(&options.folder)?;
    let folder = options.folder.canonicalize()?;
    let (binary_bytes, binary_miss) = binary_size(&binary)?;
    let load_before = load_average();
    let mut report = Report { binary_bytes, binary_miss, load_before, ..Report::default() };
    for store in options.stores() {
        let cluster = scene::cluster(store).await?;
        for devices in options.sizes() {
            println!("{}: making {devices} devices", store.name());
            let folder = folder.join(format!("{}-{devices}", store.name()));
            let stage = Stage { binary: &binary, folder: folder.clone(), devices };
            let scene = Scene::prepare(&stage, cluster.as_ref()).await?;
            measure_scene(options, store, &stage, &scene, &mut report).await?;
            drop(scene);
            std::fs::remove_dir_all(folder)?;
        }
    }
    Ok(report)
}

/// Over the last minute; 0 where the system does not say.
fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

async fn measure_scene(
    options: &Options,
    store: StoreKind,
    stage: &Stage<'_>,
    scene: &Scene,
    report: &mut Report,
) -> Result<()> {
    let Program { binary, data, database } = &scene.program;
    let again = |_| Ok(Program { binary: binary.clone(), data: data.clone(), database: database.clone() });
    let ready = ready_after(STARTS, again)?;
    let muster = scene.program.start()?;
    let resident_idle = muster.resident()?;
    let token = scene.program.token()?;
    let target = scene.targets.first().context("no device to ask for")?;
    seed::check(&mut HttpClient::connect(muster.address)?, &token, stage.devices, target)?;
    for workload in &WORKLOADS {
        let wanted = options.workloads.iter().any(|name| workload.name.starts_with(&**name));
        if options.workloads.is_empty() || wanted {
            let (http, bare, own) = measure(options, workload, scene, &muster, &token, &stage.folder).await?;
            let Workload { name, must, .. } = *workload;
            let (store, devices) = (store.name(), stage.devices);
            let entry = Entry { store, devices, workload: name, must, http, bare, muster: own };
            println!("{}", entry.line());
            report.entries.push(entry);
        }
    }
    report.footprints.push(Footprint {
        store: store.name(),
        devices: stage.devices,
        bytes_per_device: scene.bytes_per_device,
        ready_empty: scene.ready_empty,
        ready,
        resident_idle,
        resident_loaded: muster.resident()?,
    });
    muster.stop()
}

/// A, B and Muster by turns; the medians of each.
async fn measure(
    options: &Options,
    workload: &Workload,
    scene: &Scene,
    muster: &Muster,
    token: &str,
    folder: &Path,
) -> Result<(Round, Round, Round)> {
    let requests = workload.operation.requests(&scene.targets, token);
    let answer = HttpClient::connect(muster.address)?.ask(requests.first())?;
    let bare_http = BareHttp::start(&answer, &folder.join("answer.http"))?;
    let (time, connections) = (options.round_time(), workload.connections);
    let load = async |address| {
        let requests = requests.clone();
        tokio::task::spawn_blocking(move || load::run(address, &requests, connections, time)).await?
    };
    let (mut http, mut bare, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let name = workload.name;
        http.push(load(bare_http.address).await.with_context(|| format!("{name}, bare server"))?);
        bare.push(scene.bare_round(workload, time).await.with_context(|| format!("{name}, bare database"))?);
        own.push(load(muster.address).await.with_context(|| format!("{name}, Muster"))?);
    }
    Ok((Round::medians(&http), Round::medians(&bare), Round::medians(&own)))
}
