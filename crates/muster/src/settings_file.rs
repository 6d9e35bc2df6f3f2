//! `muster cctk`: checks a `.cctk` file, says what differs between two, or makes a policy of fwupd of one.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use cctk::{File, Finding, compare, fwupd_policy, lint};
use serde_json::json;
use server::StartupError;

use crate::command_line::{CctkCheckArguments, CctkDiffArguments, CctkFwupdArguments};
use crate::input::open;
use crate::output::print;

/// Runs `muster cctk check`. The exit code is 1 if there is an error among the findings.
pub fn check(arguments: &CctkCheckArguments) -> Result<ExitCode, StartupError> {
    let parsed = File::parse(&read(&arguments.file)?);
    let settings = parsed.as_ref().map_or(0, |file| file.settings().count());
    let findings = parsed.as_ref().map_or_else(Vec::clone, lint);
    let errors = findings.iter().filter(|finding| finding.rule.is_error()).count();
    let warnings = findings.len() - errors;
    let name = arguments.file.display();
    print(&match arguments.json {
        true => json!({
            "file": name.to_string(),
            "findings": findings,
            "summary": {"settings": settings, "errors": errors, "warnings": warnings},
        })
        .to_string(),
        false => {
            let lines: String = findings.iter().map(|finding| format!("{name}:{finding}\n")).collect();
            format!("{lines}settings: {settings}, errors: {errors}, warnings: {warnings}")
        }
    })?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `muster cctk diff`: each difference, and below it what is found about it in the newer file.
pub fn diff(arguments: &CctkDiffArguments) -> Result<String, StartupError> {
    let (old, new) = (parsed(&arguments.old)?, parsed(&arguments.new)?);
    let findings = lint(&new);
    let mut lines = Vec::new();
    for difference in compare(&old, &new) {
        lines.push(difference.to_string());
        let own = new.settings().filter(|setting| setting.name.eq_ignore_ascii_case(&difference.name));
        let own: HashSet<usize> = own.map(|setting| setting.position.line).collect();
        let about = findings.iter().filter(|finding| own.contains(&finding.position.line));
        lines.extend(about.map(|finding| format!("  {}:{finding}", arguments.new.display())));
    }
    if lines.is_empty() {
        lines.push("no setting differs".to_owned());
    }
    Ok(lines.join("\n"))
}

/// Runs `muster cctk fwupd`. What a policy cannot say is told on standard error.
pub fn fwupd(arguments: &CctkFwupdArguments) -> Result<String, StartupError> {
    let file = parsed(&arguments.file)?;
    if let Some(error) = lint(&file).iter().find(|finding| finding.rule.is_error()) {
        return Err(unusable(&arguments.file, error));
    }
    let policy = fwupd_policy(&file);
    if !policy.left_out.is_empty() {
        // If standard error is closed there is nobody to tell.
        let _ = writeln!(std::io::stderr(), "muster: left out: {}", policy.left_out.join(", "));
    }
    serde_json::to_string_pretty(&policy).map_err(|error| StartupError::Failed(error.to_string()))
}

/// Reads no more of a file than shows that it is too large.
fn read(path: &Path) -> Result<Vec<u8>, StartupError> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(cctk::FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| StartupError::Failed(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes)
}

fn parsed(path: &Path) -> Result<File, StartupError> {
    File::parse(&read(path)?).map_err(|findings| match findings.first() {
        Some(first) => unusable(path, first),
        None => StartupError::Failed(format!("{} cannot be read", path.display())),
    })
}

fn unusable(path: &Path, finding: &Finding) -> StartupError {
    StartupError::Failed(format!("{}:{finding} See muster cctk check", path.display()))
}
