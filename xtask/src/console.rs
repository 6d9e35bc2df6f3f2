//! The console: its libraries, its build, and `cargo xtask serve`, which builds it and the server and runs both.

use anyhow::{Result, bail};

use crate::command::{cargo, in_root, run, succeeds};
use crate::install::{self, CONSOLE};

/// Builds the console and the server, and runs the server in dev mode; `options` are further ones of `muster serve`.
pub(crate) fn serve(options: &[String]) -> Result<()> {
    if !has_node() {
        bail!(
            "the console is built with Node 20 or newer and npm; install them, or run: cargo run --release -- serve --dev"
        );
    }
    install::javascript("console", CONSOLE)?;
    build()?;
    run(cargo().args(["run", "--release", "--package", "muster", "--", "serve", "--dev"]).args(options))
}

/// Builds the console into the folder that the server takes it from.
pub(crate) fn build() -> Result<()> {
    run(in_root("npm").args(["run", "build", "--prefix", CONSOLE]))
}

/// Whether there is what builds the console.
pub(crate) fn has_node() -> bool {
    succeeds(in_root("node").arg("--version")) && succeeds(in_root("npm").arg("--version"))
}
