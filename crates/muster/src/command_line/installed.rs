//! The commands of whoever installs the program, or runs it in a container.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// The arguments of `muster healthcheck`: those of the server that is asked, if it was given any.
#[derive(Args)]
pub struct HealthcheckArguments {
    /// The configuration file of the server.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address on which the server listens [default: as its configuration says].
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// The server speaks plain HTTP.
    #[arg(long)]
    pub plain_http: bool,
    /// Ask only whether the process answers, and not whether it can answer calls.
    #[arg(long)]
    pub alive: bool,
}

/// The arguments of `muster completions`.
#[derive(Args)]
pub struct CompletionsArguments {
    /// For which shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The arguments of `muster manual`.
#[derive(Args)]
pub struct ManualArguments {
    /// The folder, which must be there.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
