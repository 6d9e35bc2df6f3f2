//! The fuzz targets over their committed inputs, as ordinary tests. `cargo xtask fuzz` looks for new ones.

#[path = "../../../fuzz/committed.rs"]
mod committed;
#[path = "../../../fuzz/src/protocol.rs"]
mod targets;

use committed::run;

#[test]
fn batch() {
    run("batch", targets::batch);
}

#[test]
fn body() {
    run("body", targets::body);
}

#[test]
fn csdl() {
    run("csdl", targets::csdl);
}

#[test]
fn filter() {
    run("filter", targets::filter);
}

#[test]
fn url() {
    run("url", targets::url);
}
