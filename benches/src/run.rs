//! The order of a run: writes on an empty store, the load, reads right after it and at rest, and readers beside writers.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::bare_http::BareHttp;
use crate::bare_store::BareStore;
use crate::disk::{self, TableBytes};
use crate::fleet::Fleet;
use crate::load::{self, End};
use crate::muster::ready_after;
use crate::options::Options;
use crate::report::{Entry, Figure, Report};
use crate::round::Round;
use crate::server::Server;
use crate::stage::{self, Stage, empty_folder};
use crate::workloads::{BESIDE_WRITERS, CREATE_32, CREATES, LOAD, PATCHES, READS, Workload};

/// Starts of which the median counts.
const STARTS: usize = 3;
/// Bytes a device from which on a table is listed.
const TABLE_BYTES_MIN: f64 = 1.0;

/// Measures whatever the options ask for.
pub(crate) async fn measure_all(options: &Options) -> Result<Report> {
    let binary = options.muster.canonicalize();
    let binary = binary.with_context(|| format!("there is no {}", options.muster.display()))?;
    let mut report = Report { load_before: load_average(), ..Report::default() };
    for store in options.stores() {
        for devices in options.sizes() {
            let folder = empty_folder(&options.folder.join(format!("{}-{devices}", store.name())))?;
            let cluster = stage::cluster(store).await?;
            let stage = Stage { binary: &binary, folder, store, devices, cluster };
            Run { options, stage: &stage, report: &mut report }.measure().await?;
            std::fs::remove_dir_all(&stage.folder)?;
        }
    }
    Ok(report)
}

/// Over the last minute; 0 where the system does not say.
fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

/// What is measured on one store at one size.
struct Run<'r> {
    options: &'r Options,
    stage: &'r Stage<'r>,
    report: &'r mut Report,
}

impl Run<'_> {
    async fn measure(mut self) -> Result<()> {
        self.starts().await?;
        self.writes_on_an_empty_store().await?;
        let whole = [&READS[..], &PATCHES[..], &[LOAD]];
        if whole.iter().all(|workloads| self.wanted(workloads).is_empty()) {
            return Ok(());
        }
        let (server, after_load) = self.loaded().await?;
        let bare = self.stage.bare("bare").await?;
        bare.fill(self.stage.devices).await?;
        self.reads_at_rest(&server, &bare, &after_load).await?;
        self.patches(&server, &bare).await?;
        self.beside_writers(&server).await?;
        self.figure("memory at its peak, in MB", server.muster.resident_peak()? as f64 / 1e6);
        let Server { muster, program, .. } = server;
        muster.stop()?;
        let ready = ready_after(STARTS, |_| Ok(program.clone()))?;
        self.figure("ready when loaded, in ms", ready.as_secs_f64() * 1e3);
        Ok(())
    }

    async fn starts(&mut self) -> Result<()> {
        self.figure("binary, in MB", std::fs::metadata(self.stage.binary)?.len() as f64 / 1e6);
        let mut programs = Vec::new();
        for number in 0..STARTS {
            programs.push(self.stage.program(&format!("empty-{number}")).await?);
        }
        let ready = ready_after(STARTS, |number| programs.get(number).cloned().context("no program"))?;
        self.figure("ready when empty, in ms", ready.as_secs_f64() * 1e3);
        Ok(())
    }

    async fn writes_on_an_empty_store(&mut self) -> Result<()> {
        let wanted = self.wanted(&CREATES);
        if wanted.is_empty() {
            return Ok(());
        }
        let server = Server::start(self.stage.program("writes").await?)?;
        let bare = self.stage.bare("bare-writes").await?;
        for workload in wanted {
            self.by_turns(&server, &bare, &workload).await?;
        }
        server.muster.stop()
    }

    /// A server with the whole collection, at rest, and the rounds of reads before it came to rest.
    async fn loaded(&mut self) -> Result<(Server, Vec<Round>)> {
        let devices = self.stage.devices;
        let mut server = Server::start(self.stage.program("data").await?)?;
        self.figure("memory when idle, in MB", server.muster.resident()? as f64 / 1e6);
        let (empty, before) =
            (disk::bytes_by_table(&server.program.database).await?, server.written().await?);
        let loaded = server.load(&LOAD, End::Devices(devices)).await?;
        let loaded_at = Instant::now();
        let backlog = server.backlog()?;
        ensure!(loaded.ids.len() as u64 == devices, "{} devices were created", loaded.ids.len());
        server.fleet = Arc::new(Fleet { ids: loaded.ids, next: AtomicU64::new(devices) });
        self.figure("load, devices a second", loaded.round.rate);
        self.figure("backlog after load, units", backlog.units as f64);
        self.figure("backlog after load, jobs", backlog.jobs as f64);
        self.figure("backlog after load, pages of the log", backlog.log_pages as f64);
        let mut after_load = Vec::new();
        for workload in self.wanted(&READS) {
            after_load.push(server.round(&workload, self.options.round_time()).await?);
        }
        server.settle().await?;
        self.figure("backlog empty after load, in s", loaded_at.elapsed().as_secs_f64());
        self.figure("memory after load, in MB", server.muster.resident()? as f64 / 1e6);
        let written = server.written().await?.saturating_sub(before);
        self.figure("bytes written a create", written as f64 / devices as f64);
        let full = disk::bytes_by_table(&server.program.database).await?;
        self.bytes_on_disk(&disk::growth(&empty, full));
        Ok((server, after_load))
    }

    fn bytes_on_disk(&mut self, tables: &[TableBytes]) {
        let of_each = |bytes: u64| bytes as f64 / self.stage.devices as f64;
        let all = of_each(tables.iter().map(|(_, bytes)| bytes).sum());
        let tables: Vec<_> = tables.iter().map(|(table, bytes)| (table, of_each(*bytes))).collect();
        self.figure("bytes on disk a device", all);
        for (table, bytes) in tables.into_iter().filter(|(_, bytes)| *bytes >= TABLE_BYTES_MIN) {
            self.figure(&format!("bytes a device in {table}"), bytes);
        }
    }

    /// Each by turns. What was read right after the load has the same limits.
    async fn reads_at_rest(&mut self, server: &Server, bare: &BareStore, after_load: &[Round]) -> Result<()> {
        for (workload, muster) in self.wanted(&READS).iter().zip(after_load) {
            let (http, store) = self.by_turns(server, bare, workload).await?;
            self.enter(&format!("{} after load", workload.name), http, store, *muster);
        }
        Ok(())
    }

    async fn patches(&mut self, server: &Server, bare: &BareStore) -> Result<()> {
        for workload in self.wanted(&PATCHES) {
            self.by_turns(server, bare, &workload).await?;
            let create = workload.name.replace("patch", "create");
            if let (Some(patch), Some(create_round)) = (self.muster(workload.name), self.muster(&create)) {
                self.figure(&format!("{} to {create}", workload.name), patch.share_of(create_round));
            }
        }
        if let Some(workload) = self.wanted(&PATCHES).last() {
            let before = server.written().await?;
            let loaded = server.load(workload, End::After(self.options.round_time())).await?;
            let written = server.written().await?.saturating_sub(before);
            self.figure("bytes written a patch", written as f64 / loaded.requests as f64);
        }
        Ok(())
    }

    async fn beside_writers(&mut self, server: &Server) -> Result<()> {
        let time = self.options.round_time();
        for workload in self.wanted(&BESIDE_WRITERS) {
            let mut rounds = Vec::new();
            for _ in 0..self.options.rounds {
                let (_, round) =
                    tokio::try_join!(server.round(&CREATE_32, time), server.round(&workload, time))?;
                rounds.push(round);
            }
            let beside = Round::medians(&rounds);
            let rest = self.muster(workload.name).context("not measured at rest")?;
            let name = workload.name;
            self.figure(&format!("{name} beside writers, a second"), beside.rate);
            self.figure(&format!("{name} beside writers, of its rate at rest"), beside.share_of(rest));
            self.figure(&format!("{name} beside writers, p99 in ms"), beside.p99 / 1e3);
            server.settle().await?;
        }
        Ok(())
    }

    /// The bare server, the bare database and Muster by turns; the medians of the first two.
    async fn by_turns(
        &mut self,
        server: &Server,
        bare: &BareStore,
        workload: &Workload,
    ) -> Result<(Round, Round)> {
        let Workload { name, operation, connections } = *workload;
        let requests = server.requests(operation);
        let answer = server.answer(&requests)?;
        let bare_http = BareHttp::start(&answer, &self.stage.folder.join("answer.http"))?;
        let time = self.options.round_time();
        let (mut http, mut store, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.options.rounds {
            let loaded = load::run(bare_http.address, &requests, connections, End::After(time)).await;
            let round = loaded.with_context(|| format!("{name}, bare server"))?.round;
            http.push(round.times(operation.devices()));
            store.push(bare.round(workload, time).await.with_context(|| format!("{name}, bare database"))?);
            own.push(server.round(workload, time).await?);
        }
        let [http, store, own] = [http, store, own].map(|rounds| Round::medians(&rounds));
        self.enter(name, http, store, own);
        Ok((http, store))
    }

    fn wanted(&self, workloads: &[Workload]) -> Vec<Workload> {
        workloads.iter().filter(|workload| self.options.wants(workload.name)).copied().collect()
    }

    fn enter(&mut self, name: &str, http: Round, bare: Round, muster: Round) {
        let Stage { store, devices, .. } = *self.stage;
        let entry = Entry { store, devices, name: name.to_owned(), http, bare, muster };
        println!("{}", entry.line());
        self.report.entries.push(entry);
    }

    fn figure(&mut self, name: &str, value: f64) {
        let Stage { store, devices, .. } = *self.stage;
        let figure = Figure { store, devices, name: name.to_owned(), value };
        println!("{}", figure.line());
        self.report.figures.push(figure);
    }

    /// What Muster reached in a workload of this run.
    fn muster(&self, name: &str) -> Option<Round> {
        let own = |entry: &&Entry| (entry.store, entry.devices) == (self.stage.store, self.stage.devices);
        let mut entries = self.report.entries.iter().filter(own);
        entries.find(|entry| entry.name == name).map(|entry| entry.muster)
    }
}
