//! `muster vault open`: what is in a bundle.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use domain::password_copies::CopiedRecord;
use server::StartupError;

use super::bundle_reader::{each_record, identities};
use crate::vault_arguments::VaultOpenArguments;

/// Shows the records that are meant.
pub fn run(arguments: &VaultOpenArguments) -> Result<ExitCode, StartupError> {
    let identities = identities(&arguments.bundle)?;
    let path = &arguments.bundle.bundle;
    let is_meant = |record: &CopiedRecord| {
        arguments.serial.as_ref().is_none_or(|serial_number| record.has_serial_number(serial_number))
    };
    let mut found = 0_u64;
    // To its end first: of one that was cut off or changed, nothing is shown.
    each_record(path, &identities, |record| {
        found += u64::from(is_meant(&record));
        Ok(())
    })?;
    if found == 0
        && let Some(serial_number) = &arguments.serial
    {
        let path = path.display();
        return Err(StartupError::Failed(format!(
            "{path} has no record with the serial number {serial_number}"
        )));
    }
    let unwritten = |error| StartupError::Failed(format!("cannot write to standard output: {error}"));
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut is_first = true;
    each_record(path, &identities, |record| {
        if !is_meant(&record) {
            return Ok(());
        }
        let written = match arguments.json {
            true => serde_json::to_writer(&mut output, &record)
                .map_err(std::io::Error::from)
                .and_then(|()| output.write_all(b"\n")),
            false if is_first => writeln!(output, "{record}"),
            false => writeln!(output, "\n{record}"),
        };
        is_first = false;
        written.map_err(unwritten)
    })?;
    output.flush().map_err(unwritten)?;
    Ok(ExitCode::SUCCESS)
}
