//! States that cannot be: their error is logged and becomes a 500, and nothing is written.

use engine::{Error, ErrorKind};

/// The error of a state that cannot be; what it is goes to the log only.
pub(crate) fn defect(what: impl Into<String>) -> Error {
    let message = "The server failed to process the request; its log has the reason.";
    Error { detail: Some(what.into().into()), ..Error::new(ErrorKind::Internal, message) }
}
