//! How far an import is: a bar at a terminal, otherwise a line now and then. Both on standard error.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use domain::device_list::Counts;
use indicatif::{ProgressBar, ProgressStyle};

/// The interval of lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
const BAR: &str = "{elapsed_precise} {wide_bar} {percent}% {msg}";
const NO_BAR: &str = "{elapsed_precise} {spinner} {msg}";

/// The display of how far an import is.
pub struct Progress {
    bar: Option<ProgressBar>,
    begin: Instant,
    last: Instant,
    /// The rows that an earlier run has done.
    before: u64,
}

impl Progress {
    /// Begins the display for a list of so many bytes, if that is known, of which so many bytes and rows are done.
    pub fn new(bytes_total: Option<u64>, bytes_done: u64, before: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = bytes_total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let style = ProgressStyle::with_template(if bytes_total.is_some() { BAR } else { NO_BAR });
            // The templates are ours, and whole.
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_position(bytes_done);
            bar
        });
        let now = Instant::now();
        Progress { bar, begin: now, last: now, before }
    }

    /// Shows a text once.
    pub fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => line(text),
        }
    }

    /// Shows how far the import is.
    pub fn tell(&mut self, counts: Counts, bytes_read: u64) {
        let seconds = self.begin.elapsed().as_secs_f64().max(0.001);
        let rate = counts.rows.saturating_sub(self.before) as f64 / seconds;
        let Counts { rows, already, failed, .. } = counts;
        let text = format!("{rows} rows, {already} already registered, {failed} failed, {rate:.0}/s");
        match &self.bar {
            Some(bar) => {
                bar.set_message(text);
                bar.set_position(bytes_read);
            }
            None if self.last.elapsed() >= LINE_EVERY => {
                self.last = Instant::now();
                line(&text);
            }
            None => {}
        }
    }

    /// Removes the bar.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(text: &str) {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "muster: {text}");
}
