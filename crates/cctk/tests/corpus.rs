//! The fuzz target over its committed inputs, as an ordinary test. `cargo xtask fuzz` looks for new ones.

#[path = "../../../fuzz/committed.rs"]
mod committed;
#[path = "../../../fuzz/src/settings_file.rs"]
mod targets;

use committed::run;

#[test]
fn cctk() {
    run("cctk", targets::cctk);
}
