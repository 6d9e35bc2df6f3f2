//! The log, on standard error: text for a person at a terminal, JSON lines for everything else.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::StartError;

/// Starts the log. `filter` is a level or a filter as tracing has it.
pub fn start(filter: &str) -> Result<(), StartError> {
    let parsed = EnvFilter::builder().parse(filter);
    let filter = parsed.map_err(|error| {
        StartError::Misused(format!("log = '{filter}' is not a filter: {error}; try info or debug"))
    })?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
    };
    started.map_err(|error| StartError::Failed(format!("cannot start the log: {error}")))
}
