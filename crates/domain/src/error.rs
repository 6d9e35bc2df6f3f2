//! Why a request was refused, in words for the caller. Knows no status codes; `server` maps the kinds.

use odata::edm::Version;
use store::{ReadError, WriteError};

use crate::Verb;

/// A refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// What kind; decides status and code.
    pub kind: ErrorKind,
    /// For the caller: names the property, position, segment or permission.
    pub message: String,
}

/// The kinds of refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is malformed or breaks the model.
    BadRequest,
    /// The caller lacks a permission, or may not call at all.
    Forbidden,
    /// Nothing there, or nothing the caller may know of.
    NotFound,
    /// The resource does not do that; these it does.
    MethodNotAllowed(Vec<Verb>),
    /// The representation asked for cannot be had.
    NotAcceptable,
    /// It contradicts what is there.
    Conflict,
    /// The entity is not in the state the caller's condition names.
    PreconditionFailed,
    /// Too soon; come back after so many seconds.
    TooManyRequests(u64),
    /// The model has it; this server does not do it.
    NotImplemented,
    /// The disk is full.
    InsufficientStorage,
    /// Come back after so many seconds.
    Unavailable(u64),
    /// Our fault; the message for the caller says nothing, the log has the detail.
    Internal,
}

impl Error {
    /// A refusal of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// Malformed, or against the model.
    pub fn bad_request(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::BadRequest, message)
    }

    /// The one answer for what is missing and for what is another tenant's.
    pub fn not_found(what: &str) -> Error {
        Error::new(ErrorKind::NotFound, format!("Resource '{}' does not exist.", shortened(what)))
    }
}

/// The start of a caller's text, short enough for a message.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(200)]
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<odata::Error> for Error {
    fn from(error: odata::Error) -> Error {
        let kind = match error.kind {
            odata::ErrorKind::NotFound => ErrorKind::NotFound,
            odata::ErrorKind::NotImplemented => ErrorKind::NotImplemented,
            odata::ErrorKind::MethodNotAllowed => ErrorKind::MethodNotAllowed(Vec::new()),
            odata::ErrorKind::BadPath
            | odata::ErrorKind::BadQuery
            | odata::ErrorKind::BadBody
            | odata::ErrorKind::Invalid => ErrorKind::BadRequest,
        };
        Error { kind, message: error.message }
    }
}

/// Seconds a client should wait before it asks a database that is busy or away again.
const RETRY_AFTER_SECONDS: u64 = 2;

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Error {
        match error {
            ReadError::Unavailable(_) => unavailable(&error),
            ReadError::Corrupt(_) => internal(&error),
        }
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Error {
        match &error {
            WriteError::Exists { key, .. } => {
                Error::new(ErrorKind::Conflict, format!("An entity with the id '{key}' exists already."))
            }
            WriteError::NotUnique { .. } => Error::new(
                ErrorKind::Conflict,
                "Another entity has the same value in a property that must be unique.",
            ),
            WriteError::Changed { .. } => Error::new(
                ErrorKind::Conflict,
                "The entity was changed by another request at the same time; try again.",
            ),
            WriteError::NoParent => {
                Error::new(ErrorKind::NotFound, "The containing resource does not exist.")
            }
            WriteError::Full(_) => {
                tracing::error!(%error, "a write was refused");
                Error::new(ErrorKind::InsufficientStorage, "The server's disk is full; nothing was written.")
            }
            WriteError::Busy | WriteError::Unavailable(_) => unavailable(&error),
            WriteError::Corrupt(_) => internal(&error),
        }
    }
}

fn unavailable(error: &dyn std::error::Error) -> Error {
    tracing::warn!(%error, "the store is unavailable");
    Error::new(
        ErrorKind::Unavailable(RETRY_AFTER_SECONDS),
        "The service is temporarily unavailable; try again.",
    )
}

fn internal(error: &dyn std::error::Error) -> Error {
    tracing::error!(%error, "the store failed");
    Error::new(ErrorKind::Internal, "The server failed to process the request; its log has the reason.")
}

/// The model has the operation, but nothing behind it.
pub(crate) fn not_implemented(what: &str, version: Version) -> Error {
    Error::new(ErrorKind::NotImplemented, format!("{what} is not implemented on /{}.", version.segment()))
}
