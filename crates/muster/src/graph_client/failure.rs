//! Why a request has no answer of use.

use std::time::Duration;

use reqwest::StatusCode;

use super::stopped::Stopped;

/// The reason why a request has no answer of use.
pub enum RequestFailure {
    /// An answer may come later, after this time if the server names one.
    Temporary(String, Option<Duration>),
    /// The server refuses, or has no such thing: 401, 403 or 404.
    Refused(StatusCode, Stopped),
    /// No answer will come.
    Final(Stopped),
}

/// The reason why a page cannot be read.
pub struct ReadFailure {
    /// The status with which the server refuses; none if it does not answer.
    pub status: Option<StatusCode>,
    /// Why, for the operator.
    pub stopped: Stopped,
}

impl From<Stopped> for ReadFailure {
    fn from(stopped: Stopped) -> ReadFailure {
        ReadFailure { status: None, stopped }
    }
}

impl From<ReadFailure> for Stopped {
    fn from(failure: ReadFailure) -> Stopped {
        failure.stopped
    }
}
