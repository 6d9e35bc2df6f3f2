//! `muster serve`: configuration, log, domain, address; then connections until a signal says stop.

use std::sync::Arc;

use domain::Muster;
use server::StartupError;
use server::config::{self, Overrides};
use server::console;
use server::listen::Listener;
use server::setup::{self, Mode};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::command_line::ServeArguments;
use crate::output::print;

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
    let stop = stop_signals()?;
    server::tls::install();
    let mode = Mode { dev: arguments.dev, seed: arguments.seed, plain_http: arguments.plain_http };
    let overrides = Overrides {
        file: arguments.config,
        data: arguments.data,
        database: arguments.database,
        listen: arguments.listen,
    };
    let config = config::load(&overrides, std::env::vars_os())?;
    let _log = server::log::start(&config.log)?;
    let (opening, setup) = setup::prepare(&config, &mode, domain::permissions()).await?;
    let listener = Listener::bind(&setup.listen, setup.tls.clone()).await?;
    let muster = Muster::open(opening).await.map_err(StartupError::Failed)?;
    let server = setup.server(muster, &listener)?;
    let origin = listener.origin();
    print(&format!("listening on {origin}"))?;
    print(&format!("console on {origin}{}", console::PATH))?;
    let (stop_working, stopped_working) = oneshot::channel::<()>();
    let worker = Arc::clone(&server);
    let working = tokio::spawn(async move { worker.graph.work(async { drop(stopped_working.await) }).await });
    let responder = server::serve::responder(Arc::clone(&server));
    listener.serve(responder, &server.limits, &server.edge, stopped(stop)).await;
    // Jobs that are under way are finished; those that wait are done after the next start.
    drop(stop_working);
    let _ = tokio::time::timeout(server.limits.drain_time, working).await;
    Ok(())
}

fn stop_signals() -> Result<(Signal, Signal), StartupError> {
    let signals = || Ok((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?));
    signals()
        .map_err(|error: std::io::Error| StartupError::Failed(format!("cannot listen for signals: {error}")))
}

async fn stopped((mut terminate, mut interrupt): (Signal, Signal)) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
