//! The commands that an operator gives in the database, be it beside a running server.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use server::config::Overrides;
use uuid::Uuid;

/// The arguments of `muster tenant`.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct TenantArguments {
    #[command(subcommand)]
    pub command: TenantCommand,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

/// The arguments of `muster keys`.
#[derive(Args)]
#[command(arg_required_else_help = true)]
pub struct KeysArguments {
    #[command(subcommand)]
    pub command: KeysCommand,
    #[command(flatten)]
    pub database: DatabaseArguments,
}

/// The commands of `muster keys`.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// Prints the key-encryption key, each tenant's data key, and how many values are sealed under an older one.
    Status,
    /// Gives each tenant a new data key and seals everything anew; or, with --kek, replaces the key that wraps data keys. What was
    /// stopped goes on when the command is run again.
    Rotate {
        /// The new key-encryption key: file:PATH, env:NAME, credential:NAME or vault:KEY.
        #[arg(long, value_name = "SOURCE")]
        kek: Option<String>,
    },
}

/// The database that a command works on, as a server's configuration has it.
#[derive(Args, Clone)]
pub struct DatabaseArguments {
    /// The configuration file of the server.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The server's folder [default: muster-data].
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// sqlite:PATH or postgres://… [default: a SQLite file in the data folder].
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
}

impl DatabaseArguments {
    /// What the command line says over the file.
    pub fn overrides(&self) -> Overrides {
        let DatabaseArguments { config, data, database } = self.clone();
        Overrides { file: config, data, database, listen: None }
    }
}

/// The commands of `muster tenant`.
#[derive(Subcommand)]
pub enum TenantCommand {
    /// Prints all tenants: state, what they hold, name.
    List,
    /// Adds a tenant to those of the configuration.
    Create {
        /// The tenant, as tokens name it.
        #[arg(value_name = "GUID")]
        id: Uuid,
        /// Its name for people.
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
    },
    /// Closes a tenant: nothing of it can be read or changed. Running servers notice within two seconds.
    Close {
        /// The tenant, as tokens name it.
        #[arg(value_name = "GUID")]
        id: Uuid,
    },
    /// Opens a tenant again that was closed by command.
    Reopen {
        /// The tenant, as tokens name it.
        #[arg(value_name = "GUID")]
        id: Uuid,
    },
    /// Writes all entities of a tenant, one JSON object a line, without secrets.
    Export {
        /// The tenant, as tokens name it.
        #[arg(value_name = "GUID")]
        id: Uuid,
        /// Where to write; a file that is there is not replaced [default: standard output].
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Deletes a closed tenant: first says what would go, then, with --confirm, does it. The audit stays.
    Delete {
        /// The tenant, as tokens name it.
        #[arg(value_name = "GUID")]
        id: Uuid,
        /// The word that the command printed when it was called without it.
        #[arg(long, value_name = "WORD")]
        confirm: Option<String>,
    },
}
