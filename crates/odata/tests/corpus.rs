//! The fuzz targets over their committed inputs, as ordinary tests. `cargo xtask fuzz` looks for new ones.
#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read stops the test")]

use std::fs;
use std::path::Path;

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

/// Runs a target over its corpus, and over every beginning of each input.
fn run(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut inputs: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(inputs.len() >= 10, "{} has only {} inputs", folder.display(), inputs.len());
    for input in inputs {
        let data = fs::read(&input).unwrap();
        target(&data);
        // Of a long one the cuts are further apart: there are as many for each.
        for end in (0..data.len()).step_by(data.len() / 50 + 1) {
            target(&data[..end]);
        }
    }
}

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
