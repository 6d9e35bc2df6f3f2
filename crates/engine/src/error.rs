//! The error of a call that was refused or failed. It knows nothing of HTTP: the server makes the status.

use std::fmt;
use std::time::Duration;

use odata::code::Code;
use store::{ExceededQuota, ReadError, WriteError};

use crate::large_work::Busy;
use crate::{Authorization, Verb, code};

/// A call that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind, which decides the status and the code.
    pub kind: ErrorKind,
    /// The number, in the range of the stage that found the error.
    pub code: Code,
    /// The phrase that clients tell the error by, if the service behind Graph has one for it.
    pub phrase: Option<&'static str>,
    /// The message for the caller, which names the property, the position or the permission, and the near miss.
    pub message: String,
    /// The property, option or segment that the error is about, if it is about one.
    pub target: Option<Box<str>>,
    /// The reason that the log tells and the caller must not see.
    pub detail: Option<Box<str>>,
    /// The verbs that the resource takes, if the verb was wrong.
    pub allow: Box<[Verb]>,
    /// The time after which to try again, if that helps.
    pub retry_after: Option<Duration>,
    /// What the call was about and by what it was allowed, as far as that was known; boxed, because it is for the log alone.
    pub authorization: Option<Box<Authorization>>,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The URL, query or body is wrong.
    BadRequest,
    /// The caller lacks a permission.
    Forbidden,
    /// The resource does not exist, or is another tenant's.
    NotFound,
    /// The resource does not take this verb.
    MethodNotAllowed,
    /// None of the wanted media types can be made.
    NotAcceptable,
    /// The change clashes with what is stored.
    Conflict,
    /// The entity is not in the version that the caller expects.
    PreconditionFailed,
    /// The sync state that a delta token stands for is gone, so the client has to begin anew.
    SyncStateNotFound,
    /// Another request failed that this one depends on, or stands or falls with.
    FailedDependency,
    /// The request is well-formed and contradicts an earlier one.
    Unprocessable,
    /// The caller asks too often.
    TooManyRequests,
    /// The model marks the resource as not implemented.
    NotImplemented,
    /// The disk is full, or the tenant's quota.
    InsufficientStorage,
    /// The service cannot do it for now.
    Unavailable,
    /// The call took longer than a call may.
    Overdue,
    /// The server failed, for no fault of the caller's.
    Internal,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error {
            kind,
            code: code_of(kind),
            phrase: None,
            message: message.into(),
            target: None,
            detail: None,
            allow: Box::default(),
            retry_after: None,
            authorization: None,
        }
    }

    /// An impossible state, which is a defect of the server's: the log says what it is, the caller is told that the server
    /// failed (500), and whoever finds it writes nothing.
    pub fn defect(what: impl Into<Box<str>>) -> Error {
        Error { detail: Some(what.into()), ..Error::new(ErrorKind::Internal, FAILED) }
    }

    /// The same error with a number of its own (see `code.rs`) in place of its kind's, so that clients can tell it apart.
    pub fn coded(self, code: Code) -> Error {
        Error { code, ..self }
    }

    /// The same error with its target: the property, option or segment of the request that it is about.
    pub fn about(self, target: &str) -> Error {
        Error { target: Some(shortened(target).into()), ..self }
    }

    /// The same error with the phrase of the service behind Graph before its message (`NotOnLoan: …`): clients
    /// written for that service look for the phrase and nothing else.
    pub fn phrased(self, phrase: &'static str) -> Error {
        let message = format!("{phrase}: {}", self.message);
        Error { phrase: Some(phrase), message, ..self }
    }

    /// The error of a change that others overtook as often as it was tried.
    pub fn contended() -> Error {
        let message =
            "What the request changes is being changed by too many others at the same time; try again.";
        Error::new(ErrorKind::Conflict, message)
    }

    /// The error of a request that is malformed or against the model.
    pub fn bad_request(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::BadRequest, message)
    }

    /// The error for a missing entity, which is the same for one of another tenant's.
    pub fn not_found(what: &str) -> Error {
        Error::new(ErrorKind::NotFound, format!("Resource '{}' does not exist.", shortened(what)))
    }

    /// The error of a wrong verb, with those that the resource takes.
    pub fn method_not_allowed(verb: Verb, allow: Vec<Verb>) -> Error {
        let verb = format!("{verb:?}").to_uppercase();
        Error {
            allow: allow.into(),
            ..Error::new(ErrorKind::MethodNotAllowed, format!("{verb} is not supported by this resource."))
        }
    }

    /// The error for what the model declares and nothing is behind.
    pub fn not_implemented(what: &str) -> Error {
        Error::new(ErrorKind::NotImplemented, format!("{what} is not implemented."))
    }
}

/// The number of errors of a kind that need none of their own.
fn code_of(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::BadRequest => code::REQUEST_REFUSED,
        ErrorKind::Forbidden => code::PERMISSION_MISSING,
        ErrorKind::NotFound => code::RESOURCE_MISSING,
        ErrorKind::MethodNotAllowed => odata::code::METHOD_NOT_ALLOWED,
        ErrorKind::NotAcceptable => code::NOT_ACCEPTABLE,
        ErrorKind::Conflict => code::CONFLICT,
        ErrorKind::PreconditionFailed => code::PRECONDITION_FAILED,
        ErrorKind::SyncStateNotFound => code::SYNC_STATE_MISSING,
        ErrorKind::FailedDependency => code::DEPENDENCY_FAILED,
        ErrorKind::Unprocessable => code::KEY_REUSED,
        ErrorKind::TooManyRequests => code::TOO_MANY_REQUESTS,
        ErrorKind::NotImplemented => odata::code::NOT_IMPLEMENTED,
        ErrorKind::InsufficientStorage => code::STORAGE_FULL,
        ErrorKind::Unavailable => code::UNAVAILABLE,
        ErrorKind::Overdue => code::OVERDUE,
        ErrorKind::Internal => code::INTERNAL,
    }
}

/// The start of a caller's text, short enough for a message.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(200)]
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<odata::Error> for Error {
    fn from(error: odata::Error) -> Error {
        let kind = match error.kind {
            odata::ErrorKind::NotFound => ErrorKind::NotFound,
            odata::ErrorKind::NotImplemented => ErrorKind::NotImplemented,
            odata::ErrorKind::MethodNotAllowed => ErrorKind::MethodNotAllowed,
            odata::ErrorKind::BadPath
            | odata::ErrorKind::BadQuery
            | odata::ErrorKind::BadBody
            | odata::ErrorKind::Invalid => ErrorKind::BadRequest,
        };
        Error { code: error.code, target: error.target, ..Error::new(kind, error.message) }
    }
}

/// How long a client should wait before it asks a database that is busy or away again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Error {
        match error {
            ReadError::Unavailable(_) => unavailable(&error),
            ReadError::Corrupt(_) => Error::defect(error.to_string()),
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
            WriteError::Changed { .. } | WriteError::Overtaken => Error::new(
                ErrorKind::Conflict,
                "The entity was changed by another request at the same time; try again.",
            ),
            // Whoever may be repeated recalls what was done; it is gone again by now.
            WriteError::Repeated => unavailable(&error),
            WriteError::NoParent { .. } => {
                Error::new(ErrorKind::NotFound, "The containing resource does not exist.")
            }
            WriteError::TooLarge { limit, .. } => {
                Error::bad_request(format!("The secrets of an entity are too large: more than {limit}."))
            }
            WriteError::Full(_) => Error {
                detail: Some(error.to_string().into()),
                ..Error::new(
                    ErrorKind::InsufficientStorage,
                    "The server's disk is full; nothing was written. When its operator frees some of it, writes go on.",
                )
            },
            WriteError::QuotaExceeded(exceeded) => quota_exceeded(*exceeded),
            WriteError::Busy | WriteError::KeyReplaced | WriteError::Unavailable(_) => unavailable(&error),
            WriteError::Corrupt(_) => Error::defect(error.to_string()),
        }
    }
}

fn quota_exceeded(exceeded: ExceededQuota) -> Error {
    let ExceededQuota { name, most, .. } = exceeded;
    let message = format!(
        "The tenant would hold more than the {most} that its quota '{name}' allows; nothing was written."
    );
    Error::new(ErrorKind::InsufficientStorage, message).coded(code::QUOTA_EXCEEDED)
}

fn unavailable(error: &dyn std::error::Error) -> Error {
    Error {
        detail: Some(error.to_string().into()),
        retry_after: Some(RETRY_AFTER),
        ..Error::new(ErrorKind::Unavailable, "The service is temporarily unavailable; try again.")
    }
}

/// What the caller is told of a failure of the server's.
const FAILED: &str = "The server failed to process the request; its log has the reason.";

impl From<Busy> for Error {
    fn from(busy: Busy) -> Error {
        let message = "More large requests wait than the server can serve in time. Try again.";
        let retry_after = Some(busy.retry_after);
        Error { code: code::BUSY, retry_after, ..Error::new(ErrorKind::Unavailable, message) }
    }
}
