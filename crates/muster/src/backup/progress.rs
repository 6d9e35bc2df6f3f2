//! How far a backup or a restore is: a bar at a terminal. A log need not know.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};
use store::backup::{CopyProgress, CopyStep};

const BAR: &str = "{msg} {wide_bar} {bytes} of {total_bytes}";

/// The display of how far it is.
pub struct ProgressDisplay(Option<ProgressBar>);

impl ProgressDisplay {
    /// Begins the display.
    pub fn new() -> ProgressDisplay {
        ProgressDisplay(stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            // The template is ours, and whole.
            bar.set_style(ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        }))
    }

    /// Shows how far it is.
    pub fn tell(&self, progress: CopyProgress) {
        let Some(bar) = &self.0 else { return };
        bar.set_message(match progress.step {
            CopyStep::Copying => "copying",
            CopyStep::Verifying => "verifying",
            CopyStep::Restoring => "restoring",
        });
        bar.set_length(progress.bytes_total.max(progress.bytes));
        bar.set_position(progress.bytes);
    }

    /// Removes the bar.
    pub fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
