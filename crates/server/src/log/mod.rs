//! The log, on standard error: text for a person at a terminal, JSON lines for everything else.
//!
//! JSON lines are written together a few times a second, because a system call for each request's line would cost
//! more than many a request does.

mod json;

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::startup_error::StartupError;

use json::JsonEventFormat;

/// The longest time that a line waits to be written.
const LINE_WAIT_MAX: Duration = Duration::from_millis(50);
/// The most bytes that wait; then whoever writes the next line writes them all.
const WAITING_BYTES_MAX: usize = 64 << 10;

/// The log while it runs. Lines that wait are written when it is dropped.
pub struct Log {
    lines: LogBuffer,
    change: FilterChange,
}

/// Has another filter hold.
type FilterChange = Box<dyn Fn(EnvFilter) -> Result<(), String> + Send + Sync>;

impl Log {
    /// Has another filter hold from now on.
    pub fn set_filter(&self, filter: &str) -> Result<(), StartupError> {
        (self.change)(checked(filter)?).map_err(StartupError::Failed)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.lines.write_waiting();
    }
}

/// Parses a filter of the configuration.
fn checked(filter: &str) -> Result<EnvFilter, StartupError> {
    parsed(filter).map_err(|reason| {
        StartupError::Misused(format!("log = '{filter}' is not a filter: {reason}; try info or debug"))
    })
}

/// Starts the log. `filter` is a level or a filter as tracing has it.
pub fn start(filter: &str) -> Result<Log, StartupError> {
    let filter = checked(filter)?;
    let lines = LogBuffer::default();
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    let change: FilterChange;
    let started = if std::io::stderr().is_terminal() {
        let builder = builder.with_target(false).with_writer(std::io::stderr).with_filter_reloading();
        let handle = builder.reload_handle();
        change = Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string()));
        builder.try_init()
    } else {
        let writer = lines.clone();
        lines.clone().write_now_and_then();
        let builder = builder.event_format(JsonEventFormat).with_writer(writer).with_filter_reloading();
        let handle = builder.reload_handle();
        change = Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string()));
        builder.try_init()
    };
    started.map_err(|error| StartupError::Failed(format!("cannot start the log: {error}")))?;
    Ok(Log { lines, change })
}

/// Parses a filter. A word that is no level would be the name of a part that logs nothing, and nearly always is a
/// mistake.
fn parsed(filter: &str) -> Result<EnvFilter, String> {
    let is_word = |directive: &&str| !directive.contains(['=', '[', ':']);
    let directives: Vec<&str> = filter.split(',').map(str::trim).collect();
    if let Some(word) = directives
        .iter()
        .filter(|directive| is_word(directive))
        .find(|word| word.parse::<LevelFilter>().is_err())
    {
        return Err(format!("'{word}' is none of off, error, warn, info, debug and trace"));
    }
    EnvFilter::builder().parse(directives.join(",")).map_err(|error| error.to_string())
}

/// The lines that wait to be written.
#[derive(Clone, Default)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl LogBuffer {
    fn write_now_and_then(self) {
        // Without the thread, lines are written when enough of them wait, and at the end.
        let _ = std::thread::Builder::new().name("log".into()).spawn(move || {
            loop {
                std::thread::sleep(LINE_WAIT_MAX);
                self.write_waiting();
            }
        });
    }

    fn write_waiting(&self) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.is_empty() {
            // Nobody can be told that the log cannot be written.
            let _ = std::io::stderr().write_all(&waiting);
            waiting.clear();
        }
    }
}

impl Write for LogBuffer {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let full = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.extend_from_slice(line);
            waiting.len() >= WAITING_BYTES_MAX
        };
        if full {
            self.write_waiting();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.write_waiting();
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogBuffer {
    type Writer = LogBuffer;

    fn make_writer(&'a self) -> LogBuffer {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn a_word_must_be_a_level() {
        for filter in ["info", "DEBUG", "off", "warn,muster::request=debug", "warn, store=trace", "hyper=off"]
        {
            assert!(parsed(filter).is_ok(), "{filter}");
        }
        for filter in ["loud", "info,quiet", "muster", "store=loud"] {
            assert!(parsed(filter).is_err(), "{filter}");
        }
    }
}
