//! `cargo xtask bench`: builds the binary as it is packaged, and the benchmarks, and runs them.

use anyhow::Result;

use crate::command::{self, cargo, in_root, root};

/// Builds and runs; the options are those of the benchmarks.
pub(crate) fn run(options: &[String]) -> Result<()> {
    command::run(cargo().args([
        "build",
        "--profile",
        "dist",
        "--package",
        "muster",
        "--package",
        "benches",
    ]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let built = target.join("dist");
    let mut benches = in_root(&built.join("benches").to_string_lossy());
    command::run(benches.args(options).arg("--muster").arg(built.join("muster")))
}
