//! A database that a command opens, be it beside a running server, and closes again.

use std::sync::Arc;

use domain::Muster;
use engine::{Engine, OpenKey};
use server::StartupError;
use server::setup;

use crate::command_line::DatabaseArguments;
use crate::configuration;

/// Opens the database of a server's configuration, performs something there, and closes it.
pub fn perform(
    of: &DatabaseArguments,
    perform: impl AsyncFnOnce(&Engine, Arc<dyn OpenKey>) -> Result<(), StartupError>,
) -> Result<(), StartupError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(async {
        let (muster, opener) = open(of).await?;
        let outcome = perform(&muster.engine, opener).await;
        muster.close().await;
        outcome
    })
}

/// Opens the database of a server's configuration, be it beside that server.
pub async fn open(of: &DatabaseArguments) -> Result<(Muster, Arc<dyn OpenKey>), StartupError> {
    let config = configuration::load(&of.overrides())?;
    let opening = setup::command_opening(&config).await?;
    let opener = Arc::clone(&opening.key_opener);
    let muster = Muster::open(opening).await.map_err(StartupError::Failed)?;
    Ok((muster, opener))
}

/// The error of a command that failed.
pub fn failed(error: engine::Error) -> StartupError {
    StartupError::Failed(error.detail.map_or(error.message, String::from))
}
