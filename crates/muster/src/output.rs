//! Standard output: what a command prints.

use std::io::Write;

use server::StartupError;

/// Prints a line, or lines, on standard output: all at once, so that who closes it after the first line does no harm.
pub fn print(text: &str) -> Result<(), StartupError> {
    let mut output = std::io::stdout().lock();
    output
        .write_all(format!("{text}\n").as_bytes())
        .and_then(|()| output.flush())
        .map_err(|error| StartupError::Failed(format!("cannot write to standard output: {error}")))
}
