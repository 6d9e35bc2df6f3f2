//! `muster tenant`: what an operator does with tenants, in the database, be it beside a running server.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use domain::Muster;
use engine::{Engine, Error, TenantMark, TenantSummary};
use server::StartupError;
use uuid::Uuid;

use crate::command_line::{TenantArguments, TenantCommand};
use crate::open_database::open_database;
use crate::output::print;

/// Runs a command to its end.
pub fn run(arguments: &TenantArguments) -> Result<(), StartupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(async {
        let muster = open(arguments).await?;
        let outcome = perform(&muster.engine, &arguments.command).await;
        muster.close().await;
        outcome
    })
}

async fn open(arguments: &TenantArguments) -> Result<Muster, StartupError> {
    let TenantArguments { config, data, database, .. } = arguments;
    open_database(config.clone(), data.clone(), database.clone()).await
}

async fn perform(engine: &Engine, command: &TenantCommand) -> Result<(), StartupError> {
    match command {
        TenantCommand::List => print(&listed(engine, engine.tenant_summaries().await.map_err(failed)?)),
        TenantCommand::Create { id, name } => {
            engine.create_tenant(*id, name.clone()).await.map_err(failed)?;
            print(&format!("created {id}"))
        }
        TenantCommand::Close { id } => {
            engine.close_tenant(*id).await.map_err(failed)?;
            print(&format!("closed {id}; running servers notice within two seconds"))
        }
        TenantCommand::Reopen { id } => {
            engine.reopen_tenant(*id).await.map_err(failed)?;
            let state = state(&engine.tenant_summary(*id).await.map_err(failed)?);
            print(&format!("opened {id} again; by the configuration it is {state}"))
        }
        TenantCommand::Export { id, output } => export(engine, *id, output.as_deref()).await,
        TenantCommand::Delete { id, confirm } => delete(engine, *id, confirm.as_deref()).await,
    }
}

/// The table of tenants, one a line.
fn listed(engine: &Engine, summaries: Vec<TenantSummary>) -> String {
    let counted = engine.counted_set_name().unwrap_or_default();
    let mut text =
        format!("{:36}  {:10}  {:>10}  {:>14}  {counted}  name", "id", "state", "entities", "bytes");
    for summary in summaries {
        let (id, usage, name) = (summary.id, summary.usage, summary.display_name.as_deref().unwrap_or(""));
        let line = format!(
            "\n{id}  {:10}  {:>10}  {:>14}  {:>width$}  {name}",
            state(&summary),
            usage.records,
            usage.bytes,
            usage.counted,
            width = counted.len(),
        );
        text.push_str(line.trim_end_matches(' '));
    }
    text
}

fn state(summary: &TenantSummary) -> &'static str {
    match (summary.mark, summary.state) {
        (Some(TenantMark::Removing), _) => "removing",
        (Some(TenantMark::Removed), _) => "removed",
        (_, Some(state)) => state.word(),
        (_, None) => "not served",
    }
}

async fn export(engine: &Engine, id: Uuid, output: Option<&Path>) -> Result<(), StartupError> {
    engine.tenant_summary(id).await.map_err(failed)?;
    let (place, file): (String, Box<dyn Write + Send>) = match output {
        None => ("standard output".to_owned(), Box::new(std::io::stdout())),
        Some(path) => {
            // Hardware hashes are for nobody else on the machine.
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let file = file
                .map_err(|error| StartupError::Failed(format!("cannot make {}: {error}", path.display())))?;
            (path.display().to_string(), Box::new(file))
        }
    };
    let mut file = BufWriter::new(file);
    let unwritten = |error: std::io::Error| format!("cannot write to {place}: {error}");
    let mut take = |line: &[u8]| file.write_all(line).and_then(|()| file.write_all(b"\n")).map_err(unwritten);
    let count = engine.export_tenant(id, &mut take).await.map_err(failed)?;
    file.flush().map_err(|error| StartupError::Failed(unwritten(error)))?;
    match output {
        None => Ok(()),
        Some(_) => print(&format!("wrote {count} entities to {place}")),
    }
}

/// Says what would go, or with the right word has it go.
async fn delete(engine: &Engine, id: Uuid, confirm: Option<&str>) -> Result<(), StartupError> {
    let summary = engine.tenant_summary(id).await.map_err(failed)?;
    match (engine.removal_confirmation(id).await.map_err(failed)?, confirm) {
        (Some(word), None) => print(&format!(
            "{id} has {} entities of {} bytes, which would go for ever, with its jobs and keys; the audit would stay, \
             and the id could not be used again\nto delete it, run the command again with --confirm {word}",
            summary.usage.records, summary.usage.bytes
        )),
        (Some(word), Some(given)) if given != word => Err(StartupError::Misused(format!(
            "--confirm is not the word for {id}; run the command without it to see the word"
        ))),
        _ => {
            engine.remove_closed_tenant(id).await.map_err(failed)?;
            print(&format!("deleted {id}"))
        }
    }
}

fn failed(error: Error) -> StartupError {
    StartupError::Failed(error.detail.map_or(error.message, String::from))
}
