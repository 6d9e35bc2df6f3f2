//! Builds the static binary, with the console inside, so that no path of this machine gets into it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::source::Source;
use crate::command::{self, cargo, in_root, root, succeeds};
use crate::console;
use crate::install::{self, CONSOLE};

/// Static, and so for every distribution.
pub(super) const TARGET: &str = "x86_64-unknown-linux-musl";
/// What separates options in CARGO_ENCODED_RUSTFLAGS.
const SEPARATOR: &str = "\u{1f}";

/// Builds console and binary; where the binary is.
pub(super) fn run(source: &Source) -> Result<PathBuf> {
    if !console::has_node() {
        bail!("the console is built with Node 20 or newer and npm; install them");
    }
    if !succeeds(in_root("musl-gcc").arg("--version")) {
        bail!("musl-gcc is missing; on Debian: sudo apt-get install musl-tools");
    }
    install::javascript("console", CONSOLE)?;
    console::build()?;
    // A folder of its own: other options would have all of it built anew.
    let target = root().join("target/dist-build");
    let places = places(&target)?;
    let mut build = cargo();
    build.args(["build", "--locked", "--profile", "dist", "--package", "muster", "--target", TARGET]);
    build.env("CARGO_TARGET_DIR", &target);
    build.env("CARGO_ENCODED_RUSTFLAGS", options("--remap-path-prefix=", &places, SEPARATOR));
    build.env("CFLAGS_x86_64_unknown_linux_musl", options("-ffile-prefix-map=", &places, " "));
    build.env("SOURCE_DATE_EPOCH", source.seconds.to_string());
    build.env("MUSTER_COMMIT", &source.commit);
    command::run(&mut build)
        .with_context(|| format!("if the target is missing: rustup target add {TARGET}"))?;
    Ok(target.join(TARGET).join("dist/muster"))
}

/// The folders that get into a binary, and what stands there instead. Of two that match, the last one counts.
fn places(target: &Path) -> Result<[(PathBuf, &'static str); 3]> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let cargo_home = cargo_home.context("neither CARGO_HOME nor HOME is set")?;
    Ok([(cargo_home, "/cargo"), (root(), "/muster"), (target.to_owned(), "/target")])
}

fn options(option: &str, places: &[(PathBuf, &str)], separator: &str) -> OsString {
    let options = places.iter().map(|(place, name)| format!("{option}{}={name}", place.display()));
    options.collect::<Vec<_>>().join(separator).into()
}
