//! `muster agent`: the agent of the machine that it runs on, until a signal says stop.

use std::io::Write;

use agent_service::{Connection, Rhythm, Service};
use server::StartupError;
use tokio::signal::unix::{SignalKind, signal};

use crate::command_line::AgentArguments;
use crate::graph_client::{http_client, server_url};

/// Runs the agent to its end.
pub fn run(arguments: AgentArguments) -> Result<(), StartupError> {
    server::tls::install();
    let url = server_url(&arguments.server)?;
    let http = http_client(&url, arguments.ca.as_deref())?;
    let service = Service {
        connection: Connection::new(http, url.as_str()),
        code: arguments.enroll,
        state: arguments.state,
        attributes_root: arguments.fwattr_root,
        dmi_root: arguments.dmi_root,
        rhythm: if arguments.once { Rhythm::Once } else { Rhythm::Again(arguments.every) },
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(async {
        let listen = |kind| {
            signal(kind).map_err(|error| StartupError::Failed(format!("cannot listen for signals: {error}")))
        };
        let (mut terminate, mut interrupt) =
            (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let running = service.run(agent_service::ending_observer(), stop, say);
        running.await.map_err(|error| StartupError::Failed(error.to_string()))
    })
}

fn say(text: &str) {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "muster agent: {text}");
}
