//! The configuration as commands read it: what is passed over is said on standard error.

use std::io::Write;

use server::StartupError;
use server::config::{self, Config, Overrides};

/// Reads the configuration for a command.
pub fn load(overrides: &Overrides) -> Result<Config, StartupError> {
    let loaded = config::load(overrides, std::env::vars_os())?;
    for warning in &loaded.warnings {
        // If standard error is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "muster: {warning}");
    }
    Ok(loaded.config)
}
