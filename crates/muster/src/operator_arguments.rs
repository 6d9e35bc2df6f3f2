//! The arguments of the operator's commands: init, config, doctor, version.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use server::config::Overrides;

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
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The server's folder [default: muster-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// sqlite:PATH or postgres://… [default: a SQLite file in the data folder].
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl ConfigArguments {
    /// What the command line says over the file.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            file: self.config.clone(),
            data: self.data.clone(),
            database: self.database.clone(),
            listen: None,
        }
    }
}

/// The arguments of `muster version`.
#[derive(Args)]
pub struct VersionArguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}
