//! The fuzz targets over their committed inputs, as ordinary tests. `cargo xtask fuzz` looks for new ones.

#[path = "../../../fuzz/committed.rs"]
mod committed;
#[path = "../../../fuzz/src/devices.rs"]
mod targets;

use committed::run;

#[test]
fn hash() {
    run("hash", targets::hash);
}

#[test]
fn list() {
    run("list", targets::list);
}

#[test]
fn proof() {
    run("proof", targets::proof);
}

#[test]
fn check_in() {
    run("check_in", targets::check_in);
}
