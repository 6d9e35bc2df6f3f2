//! Standard output: what a command prints.

use std::io::{ErrorKind, Write};

use server::StartupError;

/// Prints a line, or lines, on standard output. Who closes it early, as `head` does, has seen enough.
pub fn print(text: &str) -> Result<(), StartupError> {
    let mut output = std::io::stdout().lock();
    match output.write_all(format!("{text}\n").as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(StartupError::Failed(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
