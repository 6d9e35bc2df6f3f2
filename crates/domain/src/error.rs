//! Why a call was refused or failed. Knows nothing of HTTP: `server` makes the status.

use std::fmt;
use std::time::Duration;

use crate::Verb;

/// A call that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of error it is; decides status and code.
    pub kind: ErrorKind,
    /// For the caller: names the property, the position or the permission, and the near miss.
    pub message: String,
    /// For the log only: what the caller must not see.
    pub detail: Option<String>,
    /// What the resource does take, if the verb was wrong.
    pub allow: Vec<Verb>,
    /// When to come back, if that helps.
    pub retry_after: Option<Duration>,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The URL, query or body is wrong.
    BadRequest,
    /// The caller lacks a permission.
    Forbidden,
    /// There is no such thing, or not for this tenant.
    NotFound,
    /// The resource does not take this verb.
    MethodNotAllowed,
    /// None of the wanted media types can be made.
    NotAcceptable,
    /// It clashes with what is there.
    Conflict,
    /// What is there is not in the expected version.
    PreconditionFailed,
    /// Something in the request is larger than its bound.
    TooLarge,
    /// The body's media type is not taken here.
    UnsupportedMediaType,
    /// The caller asks too often.
    TooManyRequests,
    /// The model marks it as not implemented.
    NotImplemented,
    /// It cannot be done for now.
    Unavailable,
    /// It failed for no fault of the caller's.
    Internal,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), detail: None, allow: Vec::new(), retry_after: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
