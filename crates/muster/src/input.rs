//! What a command reads: a file, or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use server::StartupError;

/// Opens a file, or standard input if its name is `-`.
pub fn open(path: &Path) -> Result<Box<dyn Read>, StartupError> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let misused = |error| StartupError::Misused(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(misused)?;
    if file.metadata().map_err(misused)?.is_dir() {
        return Err(StartupError::Misused(format!("{} is a folder", path.display())));
    }
    Ok(Box::new(file))
}
