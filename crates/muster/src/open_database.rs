//! The database of a server, opened for a command, be it beside a running server.

use std::path::PathBuf;

use domain::Muster;
use server::StartupError;
use server::config::{self, Overrides};
use server::setup;

/// Opens the database that a configuration file, a folder and a URL lead to, as far as they are given.
pub async fn open_database(
    file: Option<PathBuf>,
    data: Option<PathBuf>,
    database: Option<String>,
) -> Result<Muster, StartupError> {
    let config = config::load(&Overrides { file, data, database, listen: None }, std::env::vars_os())?;
    Muster::open(setup::command_opening(&config)?).await.map_err(StartupError::Failed)
}
