//! `muster serve`: configuration, log, domain, address; then connections until a signal says stop.

use std::sync::Arc;

use domain::Muster;
use server::StartupError;
use server::config::{self, LoadedConfig, Overrides};
use server::console;
use server::graph::Graph;
use server::listen::Listener;
use server::metrics::MetricsPlace;
use server::reload::Reload;
use server::setup::{self, Mode};
use server::traces::TracedJobs;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::command_line::ServeArguments;
use crate::output::print;
use crate::service_manager;

/// The most threads for work that blocks: a file now and then, a key once.
const BLOCKING_THREADS_MAX: usize = 16;

/// Runs the server to its end.
pub fn run(arguments: ServeArguments) -> Result<(), StartupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("muster")
        .enable_all()
        .build()
        .map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: ServeArguments) -> Result<(), StartupError> {
    // Before anything is said on standard output: who reads it may send a signal at once.
    let (stop, hangup) = (stop_signals()?, hangup_signal()?);
    let _file_limit = file_limit()?;
    server::tls::install();
    let mode = Mode { dev: arguments.dev, seed: arguments.seed, plain_http: arguments.plain_http };
    let overrides = Overrides {
        file: arguments.config,
        data: arguments.data,
        database: arguments.database,
        listen: arguments.listen,
    };
    let LoadedConfig { config, warnings, .. } = config::load(&overrides, std::env::vars_os())?;
    let log = Arc::new(server::log::start(&config.log)?);
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let (opening, mut setup) = setup::prepare(&config, &mode, domain::permissions()).await?;
    let tls = setup.tls.clone();
    let listener = Listener::bind(&setup.listen, tls.clone()).await?;
    let muster = Muster::open(opening).await.map_err(StartupError::Failed)?;
    let audit_sink = setup.audit_sink.take();
    let server = setup.server(muster, &listener)?;
    server.graph.engine.watch_jobs(Box::new(TracedJobs(Arc::clone(&server.traces))));
    let mut metrics = MetricsPlace::default();
    metrics.serve(metrics.bind(&config).await?, &server, &config);
    let reload = Reload {
        server: Arc::clone(&server),
        bounds: Arc::clone(&listener.bounds),
        tls: tls.clone(),
        log: Arc::clone(&log),
        metrics,
        config,
    };
    let reloading = tokio::spawn(reload_at(hangup, overrides, reload));
    let origin = listener.origin();
    // At once: who waits for the first line may read no more.
    print(&format!("listening on {origin}\nconsole on {origin}{}", console::PATH))?;
    service_manager::tell_ready();
    let watching = tokio::spawn(service_manager::keep_telling_alive());
    let (stop_working, stopped_working) = oneshot::channel::<()>();
    let worker = Arc::clone(&server);
    let working = tokio::spawn(async move { worker.graph.work(async { drop(stopped_working.await) }).await });
    if let Some(sink) = audit_sink {
        // It ends with the process: what the sink lacks then, it gets after the next start.
        let server = Arc::clone(&server);
        tokio::spawn(async move { server.graph.engine.keep_delivering(&sink).await });
    }
    let responder = server::serve::responder(Arc::clone(&server));
    let limits = server.live().limits.clone();
    listener.serve(responder, &limits, &server.edge, stopped(stop)).await;
    reloading.abort();
    service_manager::tell_stopping();
    // Jobs that are under way are finished; those that wait are done after the next start.
    drop(stop_working);
    let _ = tokio::time::timeout(limits.drain_time, working).await;
    watching.abort();
    server.traces.close().await;
    Ok(())
}

/// Takes the signal of a file that may not grow (RLIMIT_FSIZE), so that it is an error like a full disk, and not the end.
fn file_limit() -> Result<Signal, StartupError> {
    const SIGXFSZ: i32 = 25;
    signal(SignalKind::from_raw(SIGXFSZ))
        .map_err(|error| StartupError::Failed(format!("cannot take the signal of a full file: {error}")))
}

fn stop_signals() -> Result<(Signal, Signal), StartupError> {
    let signals = || Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?));
    signals()
        .map_err(|error: std::io::Error| StartupError::Failed(format!("cannot listen for signals: {error}")))
}

fn hangup_signal() -> Result<Signal, StartupError> {
    signal(SignalKind::hangup())
        .map_err(|error| StartupError::Failed(format!("cannot listen for signals: {error}")))
}

/// Reads the configuration again at each signal.
async fn reload_at<G: Graph>(mut hangup: Signal, overrides: Overrides, mut reload: Reload<G>) {
    while hangup.recv().await.is_some() {
        service_manager::tell_reloading();
        reload.again(&overrides).await;
        service_manager::tell_ready();
    }
}

async fn stopped((mut terminate, mut interrupt): (Signal, Signal)) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
