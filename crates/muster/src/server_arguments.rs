//! The server that a command asks, as the command line names it.

use std::path::PathBuf;

use clap::Args;
use uuid::Uuid;

/// The dev server's data folder, if nothing else is said.
pub const DATA_DEFAULT: &str = "muster-data";

/// The server that a command asks, and with which token.
#[derive(Args)]
pub struct ServerArguments {
    /// The server [default: GRAPH_BASE_URL, or where the dev server of the data folder listens].
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The access token [default: MUSTER_TOKEN, or one of the dev issuer].
    #[arg(long, value_name = "JWT", conflicts_with = "tenant")]
    pub token: Option<String>,
    /// Act in this tenant, with a token of the dev issuer.
    #[arg(long, value_name = "GUID")]
    pub tenant: Option<Uuid>,
    /// The data folder of a dev server [default: muster-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Trust servers with a certificate of these authorities only (PEM) [default: the data folder's, or the system's].
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}
