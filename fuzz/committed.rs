//! The committed inputs of a fuzz target, for an ordinary test.
#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read stops the test")]

use std::fs;
use std::path::Path;

/// Runs a target over its corpus, and over every beginning of each input.
pub fn run(name: &str, target: fn(&[u8])) {
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
