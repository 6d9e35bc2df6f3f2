//! `muster audit`: who looked at secrets, and whether all of it is still on record. It reads the database itself, so that no
//! server has a say in it.

mod export;
mod lines;
mod records;
mod verify;

use std::process::ExitCode;

use data_encoding::HEXLOWER;
use server::StartupError;
use server::audit_sink::lines::{ExportedCheckpoint, ExportedRecord};
use store::audit::AuditRecord;
use uuid::Uuid;

use crate::command_line::{AuditArguments, AuditCommand};
use crate::output::print;
use export::{is_since, line_of};
use records::{follow, source, tenants};
use verify::Anchors;

/// Runs one of the commands.
pub fn run(command: &AuditCommand) -> Result<ExitCode, StartupError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(error.to_string()))?;
    match command {
        AuditCommand::List(of) => runtime.block_on(each(of, |tenant, record| {
            is_since(record, of.since)?
                .then(|| export::line(tenant, record))
                .map_or(Ok(()), |line| print(&line?))
        })),
        AuditCommand::Show { sequence, of } => runtime.block_on(show(*sequence, of)),
        AuditCommand::Export { format, of } => runtime.block_on(export::run(*format, of)),
        AuditCommand::Checkpoints(of) => runtime.block_on(checkpoints(of)),
        AuditCommand::Key(of) => runtime.block_on(key(of)),
        AuditCommand::Verify { file, checkpoints, public_key, of } => {
            let known = Anchors::of(checkpoints.as_deref(), public_key.as_deref())?;
            match file {
                Some(file) => verify::file(file, &known),
                None => runtime.block_on(verify::database(of, known)),
            }
        }
    }
}

async fn each(
    of: &AuditArguments,
    mut with: impl FnMut(Uuid, &AuditRecord) -> Result<(), StartupError>,
) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    for tenant in tenants(&source, of).await? {
        follow(&source, tenant, |record| with(tenant, record)).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// `muster audit show`: a record as a JSON object on several lines.
async fn show(sequence: i64, of: &AuditArguments) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    let mut found = false;
    for tenant in tenants(&source, of).await? {
        let records = source.since(tenant, sequence - 1, 1).await.map_err(StartupError::Failed)?;
        for record in records.iter().filter(|record| record.sequence == sequence) {
            found = true;
            let exported = ExportedRecord::of(tenant, record).map_err(StartupError::Failed)?;
            let text = serde_json::to_string_pretty(&exported);
            print(&text.map_err(|error| StartupError::Failed(error.to_string()))?)?;
        }
    }
    match found {
        true => Ok(ExitCode::SUCCESS),
        false => Err(StartupError::Failed(format!("there is no record {sequence}; see muster audit list"))),
    }
}

/// `muster audit checkpoints`: the signed ends of the chains, a line each.
async fn checkpoints(of: &AuditArguments) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    for tenant in tenants(&source, of).await? {
        let kept = source.checkpoints(tenant).await.map_err(StartupError::Failed)?;
        for signed in kept.iter().filter(|signed| of.since.is_none_or(|since| signed.at >= since)) {
            print(&line_of(&ExportedCheckpoint::of(signed))?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `muster audit key`: the public keys of the checkpoints, the newest last.
async fn key(of: &AuditArguments) -> Result<ExitCode, StartupError> {
    let source = source(of).await?;
    let keys = verify::public_keys(&source, of).await?.ok_or_else(|| {
        let message =
            "the key of the database is needed: secrets.key_file, key_env or credential; see --config";
        StartupError::Misused(message.to_owned())
    })?;
    if keys.is_empty() {
        return Err(StartupError::Failed("no checkpoint was signed yet".to_owned()));
    }
    keys.iter().try_for_each(|key| print(&HEXLOWER.encode(key)))?;
    Ok(ExitCode::SUCCESS)
}
