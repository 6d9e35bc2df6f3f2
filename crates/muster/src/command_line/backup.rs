//! The arguments of `muster backup` and `muster restore`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::database::DatabaseArguments;

/// `muster backup`: a new backup, or a look at one.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct BackupCommand {
    /// The folder to make; one that is there is not replaced.
    #[arg(value_name = "TO", required = true)]
    pub to: Option<PathBuf>,
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// As one JSON object.
    #[arg(long)]
    pub json: bool,
    /// What to do with a backup that is there.
    #[command(subcommand)]
    pub other: Option<BackupOther>,
}

/// What `muster backup` does beside making one.
#[derive(Subcommand)]
pub enum BackupOther {
    /// Reads all of a backup and says whether it is whole, without a database and without a key.
    Verify {
        /// The folder of the backup.
        #[arg(value_name = "FROM")]
        from: PathBuf,
        /// As one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// The arguments of `muster restore`.
#[derive(Args)]
pub struct RestoreArguments {
    /// The folder of the backup.
    #[arg(value_name = "FROM")]
    pub from: PathBuf,
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// As one JSON object.
    #[arg(long)]
    pub json: bool,
}
