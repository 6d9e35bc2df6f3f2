//! `muster vault`: copies of all passwords outside the server. A bundle is encrypted for people and opens without a server; a
//! mirror takes over what another tenant has.
//!
//! What reads every secret opens the database, with the key-encryption key; what writes goes through a server, like any
//! other client, so that its rules hold.

mod bundle_fault;
mod bundle_lines;
mod bundle_reader;
mod bundle_writer;
mod export;
mod import;
mod merging;
mod mirror;
mod open;

use std::process::ExitCode;

use server::StartupError;
use tokio::runtime::Runtime;

use crate::vault_arguments::VaultCommand;

/// Runs one of the commands.
pub fn run(command: &VaultCommand) -> Result<ExitCode, StartupError> {
    match command {
        VaultCommand::Export(arguments) => runtime()?.block_on(export::run(arguments)),
        VaultCommand::Open(arguments) => open::run(arguments),
        VaultCommand::Import(arguments) => {
            server::tls::install();
            runtime()?.block_on(import::run(arguments))
        }
        VaultCommand::Mirror(arguments) => {
            server::tls::install();
            runtime()?.block_on(mirror::run(arguments))
        }
    }
}

fn runtime() -> Result<Runtime, StartupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))
}
