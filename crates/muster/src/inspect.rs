//! `muster inspect`: says what is wrong with a reseller's list of devices, without a server.

use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use domain::device_list::{Finding, Summary, inspect};
use serde_json::json;
use server::StartupError;

use crate::command_line::InspectArguments;
use crate::input::open;

/// Runs `muster inspect`: prints each finding as it is made. The exit code is 1 if there is an error among them.
pub fn run(arguments: &InspectArguments) -> Result<ExitCode, StartupError> {
    let file = &arguments.file;
    let input = open(file)?;
    let mut output = BufWriter::new(io::stdout().lock());
    let told = match arguments.json {
        true => as_json(file, input, &mut output),
        false => as_lines(file, input, &mut output),
    };
    let summary = told.and_then(|summary| output.flush().map(|()| summary));
    let summary = summary.map_err(|error| {
        StartupError::Failed(format!("cannot read {} or tell of it: {error}", file.display()))
    })?;
    Ok(if summary.errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints findings as compilers do: `FILE:LINE: level code: cause. remedy`.
fn as_lines(file: &Path, input: impl Read, output: &mut impl Write) -> io::Result<Summary> {
    let summary = inspect(input, |finding| writeln!(output, "{}:{finding}", file.display()))?;
    let Summary { rows, errors, warnings, notes } = summary;
    writeln!(output, "rows: {rows}, errors: {errors}, warnings: {warnings}, notes: {notes}")?;
    Ok(summary)
}

/// Prints one JSON object, its findings a line each, while the file is read.
fn as_json(file: &Path, input: impl Read, output: &mut impl Write) -> io::Result<Summary> {
    write!(output, "{{\"file\":{},\"findings\":[", json!(file.display().to_string()))?;
    let mut between = "\n";
    let summary = inspect(input, |finding: &Finding| {
        output.write_all(between.as_bytes())?;
        between = ",\n";
        serde_json::to_writer(&mut *output, finding).map_err(io::Error::from)
    })?;
    writeln!(output, "\n],\"summary\":{}}}", json!(summary))?;
    Ok(summary)
}
