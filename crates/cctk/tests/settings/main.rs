//! Files of BIOS settings: read, checked, compared, written.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod comparing;
mod documentation;
mod exports;
mod law;
mod linting;
mod parsing;

use cctk::File;

/// The file of this text.
pub fn file(text: &str) -> File {
    File::parse(text.as_bytes()).unwrap_or_else(|findings| panic!("{text}: {findings:?}"))
}

/// The findings about a file, whether it can be read or not.
pub fn findings(bytes: &[u8]) -> Vec<String> {
    let findings = File::parse(bytes).map_or_else(|findings| findings, |file| cctk::lint(&file));
    findings.iter().map(ToString::to_string).collect()
}
