//! Licences, sources and doubles of the libraries, checked by `cargo deny` after `deny.toml` where it is installed.

use anyhow::Result;

use crate::command::{cargo, run, succeeds};

/// Checks what needs no network. Known weaknesses do: `cargo deny check advisories`.
pub(crate) fn check() -> Result<()> {
    if !succeeds(cargo().args(["deny", "--version"])) {
        println!("deny: NOT TESTED without cargo-deny: cargo install --locked cargo-deny");
        return Ok(());
    }
    run(cargo().args(["deny", "--locked", "check", "bans", "licenses", "sources"]))
}
