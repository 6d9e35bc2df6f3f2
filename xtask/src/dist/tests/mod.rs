//! Packages of a binary that is none: what is in them, with which modes, and the same bytes each time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod deb_installation;
mod manifests;
mod packages;

use super::contents::{Contents, Shell};
use super::source::Source;

/// What stands in for the program.
const PROGRAM: &[u8] = b"#!/bin/sh\necho muster\n";

fn contents() -> Contents {
    Contents {
        source: Source { version: "1.2.3".to_owned(), commit: "c0ffee".to_owned(), seconds: 1_800_000_000 },
        binary: PROGRAM.to_vec(),
        manual: vec![("muster.1".to_owned(), b".TH muster 1\n".to_vec())],
        completions: vec![
            (Shell::Bash, b"# bash\n".to_vec()),
            (Shell::Zsh, b"#compdef muster\n".to_vec()),
            (Shell::Fish, b"# fish\n".to_vec()),
        ],
        licences: "MIT\n".to_owned(),
        sbom: "{}\n".to_owned(),
    }
}
