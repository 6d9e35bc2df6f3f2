//! Standard output: what a command prints.

use std::io::Write;

use server::StartupError;

/// Prints a line, or lines, on standard output.
pub fn print(text: &str) -> Result<(), StartupError> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{text}")
        .and_then(|()| output.flush())
        .map_err(|error| StartupError::Failed(format!("cannot write to standard output: {error}")))
}
