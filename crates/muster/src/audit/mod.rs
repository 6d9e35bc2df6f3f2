//! `muster audit`: who looked at secrets, and whether all of it is still on record. It reads the database itself, so that no
//! server has a say in it.

mod export;
mod records;
mod verify;

use std::process::ExitCode;

use server::StartupError;
use store::audit::AuditRecord;
use uuid::Uuid;

use crate::command_line::{AuditArguments, AuditCommand};
use crate::output::print;
use export::{ExportedRecord, is_since};
use records::{follow, source, tenants};

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
        AuditCommand::Verify { file: Some(file), .. } => verify::file(file),
        AuditCommand::Verify { file: None, of } => runtime.block_on(verify::database(of)),
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
            let exported = ExportedRecord::of(tenant, record)?;
            let text = serde_json::to_string_pretty(&exported);
            print(&text.map_err(|error| StartupError::Failed(error.to_string()))?)?;
        }
    }
    match found {
        true => Ok(ExitCode::SUCCESS),
        false => Err(StartupError::Failed(format!("there is no record {sequence}; see muster audit list"))),
    }
}
