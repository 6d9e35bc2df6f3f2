//! What is said of a round that ended early.

use server::StartupError;

use crate::graph_client::Stopped;

/// The error of a round that ended early.
pub fn stopped(Stopped(reason): Stopped) -> StartupError {
    StartupError::Failed(format!("{reason}; run the same command again to go on"))
}
