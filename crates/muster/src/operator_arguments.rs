//! The arguments of the operator's commands: init, config, doctor, version.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::command_line::DatabaseArguments;

/// The arguments of `muster init`.
#[derive(Args)]
pub struct InitArguments {
    /// The folder for the configuration, the key and the database [default: muster-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// The commands of `muster config`.
#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Says whether a server would start with the configuration, and what is passed over.
    ///
    /// Exit code 0: it would; 1: it would not; 2: misused.
    Check(ConfigArguments),
    /// Shows every setting, its value and who set it; secrets are starred.
    Show(ConfigArguments),
}

/// The arguments of `muster config` and `muster doctor`.
#[derive(Args)]
pub struct ConfigArguments {
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `muster version`.
#[derive(Args)]
pub struct VersionArguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}
