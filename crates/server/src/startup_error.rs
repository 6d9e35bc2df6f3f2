//! Why the server does not start: one line for the operator, with what to do.

/// A mistake or a failure that keeps the server, or a command, from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Misused(String),
    /// The command line and the configuration are right, and it failed all the same.
    #[error("{0}")]
    Failed(String),
}
