//! `muster serve`: configuration, log, domain, address; then connections until a signal says stop.

use std::sync::Arc;
use std::time::Duration;

use domain::Muster;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::StartupError;
use server::config::{self, LoadedConfig, Overrides};
use server::console;
use server::graph::Graph;
use server::limits::Limits;
use server::listen::{Listener, StoppedBy};
use server::metrics::MetricsPlace;
use server::reload::Reload;
use server::setup::{self, Mode};
use server::traces::TracedJobs;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use crate::command_line::ServeArguments;
use crate::output::print;
use crate::service_manager;

/// The most threads for work that blocks: a file now and then, a key once.
const BLOCKING_THREADS_MAX: usize = 16;
/// The time that they may take to end.
const THREADS_TIME_MAX: Duration = Duration::from_secs(5);
/// The files of a server beside its connections: the database, the log, the metrics.
const FILES_BESIDE_CONNECTIONS: u64 = 256;

/// Runs the server to its end.
pub fn run(arguments: ServeArguments) -> Result<(), StartupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("muster")
        .enable_all()
        .build()
        .map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    let served = runtime.block_on(serve(arguments));
    // A long read may be on one of the threads still. Nobody waits for it any more.
    runtime.shutdown_timeout(THREADS_TIME_MAX);
    served
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
    allow_files(&config.limits());
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
    let (outdated, is_outdated) = oneshot::channel();
    let working = tokio::spawn(async move {
        let worked = worker.graph.work(async { drop(stopped_working.await) }).await;
        if let Err(reason) = &worked {
            tracing::error!("{reason}");
            let _ = outdated.send(());
        }
        worked
    });
    if let Some(sink) = audit_sink {
        // It ends with the process: what the sink lacks then, it gets after the next start.
        let server = Arc::clone(&server);
        tokio::spawn(async move { server.graph.engine.keep_delivering(&sink).await });
    }
    let responder = server::serve::responder(Arc::clone(&server));
    let limits = server.live().limits.clone();
    let mut signals = told(stop, is_outdated);
    let stopped_by = listener.serve(responder, &limits, &server.edge, &mut signals).await;
    reloading.abort();
    service_manager::tell_stopping();
    // Jobs that are under way are finished; those that wait are done after the next start.
    drop(stop_working);
    let finished = async {
        let worked = tokio::time::timeout(limits.drain_time, working).await;
        watching.abort();
        server.traces.close().await;
        worked
    };
    if stopped_by == StoppedBy::Signal {
        tokio::select! {
            worked = finished => match worked {
                Ok(Ok(Err(reason))) => return Err(StartupError::Failed(reason)),
                _ => return Ok(()),
            },
            _ = signals.recv() => {}
        }
    }
    tracing::warn!("told to stop again: gave up what was under way");
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

/// Tells of each signal to stop, and that the server is outdated, which is one more; a third and those after it say nothing new.
fn told(
    (mut terminate, mut interrupt): (Signal, Signal),
    is_outdated: oneshot::Receiver<()>,
) -> mpsc::Receiver<()> {
    let (sender, signals) = mpsc::channel(2);
    let by_ourselves = sender.clone();
    tokio::spawn(async move {
        if is_outdated.await.is_ok() {
            let _ = by_ourselves.try_send(());
        }
    });
    tokio::spawn(async move {
        loop {
            let more = tokio::select! {
                more = terminate.recv() => more,
                more = interrupt.recv() => more,
            };
            if more.is_none() {
                return;
            }
            let _ = sender.try_send(());
        }
    });
    signals
}

/// Has the system allow as many open files as there may be connections; says so if it does not.
fn allow_files(limits: &Limits) {
    let wanted = limits.connections as u64 + FILES_BESIDE_CONNECTIONS;
    let now = getrlimit(Resource::Nofile);
    let allowed = now.maximum.map_or(wanted, |most| most.min(wanted));
    if now.current.is_some_and(|current| current < allowed) {
        let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), ..now });
        if let Err(error) = raised {
            tracing::warn!(%error, "the number of open files cannot be raised");
        }
    }
    if allowed < wanted {
        let connections = limits.connections;
        tracing::warn!(
            allowed,
            connections,
            "the system allows too few open files (LimitNOFILE) for limits.connections"
        );
    }
}
