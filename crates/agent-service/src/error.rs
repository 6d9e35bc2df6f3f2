//! Why an agent cannot go on, and whether waiting helps.

use agent::FirmwareError;

/// Why an agent cannot go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AgentError {
    /// The server does not answer, or says later.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server does not know the device's key any more.
    #[error("the server does not know this device any more: {0}; enroll it anew with a code")]
    Revoked(String),
    /// The server refuses what the agent asks.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// The server answers with something that is no answer.
    #[error("the server's answer cannot be read: {0}")]
    Unreadable(String),
    /// The firmware cannot be asked.
    #[error("{0}")]
    Firmware(#[from] FirmwareError),
    /// What the agent keeps cannot be read or written.
    #[error("{0}")]
    Keeping(String),
}

impl AgentError {
    /// Whether the same may go well later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, AgentError::Unreachable(_) | AgentError::Firmware(_))
    }
}
