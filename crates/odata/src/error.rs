//! What can be wrong with a request as OData sees it. Knows nothing of HTTP: `server` makes the status.

use std::fmt;

use crate::code::{self, Code};

/// An error of the protocol core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of error; decides status and code.
    pub kind: ErrorKind,
    /// The number, in the range of the stage that found it.
    pub code: Code,
    /// The message for the caller: names the property, the position or the segment, and the near miss where there is
    /// one.
    pub message: String,
    /// The property, option or segment that it is about, as the caller wrote it, if it is about one.
    pub target: Option<Box<str>>,
}

/// The kinds of protocol errors, by the stage that finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The URL names something the model does not have.
    NotFound,
    /// The model has it, and marks it as not implemented.
    NotImplemented,
    /// The path exists, but not with this verb.
    MethodNotAllowed,
    /// A path segment, key or function argument is malformed.
    BadPath,
    /// A query option is unknown, malformed, or does not fit the resource.
    BadQuery,
    /// The body is not JSON, or not in the shape the operation takes.
    BadBody,
    /// The body is JSON but breaks the model: a property's type, length, nullability or name.
    Invalid,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let code = match kind {
            ErrorKind::NotFound => code::UNKNOWN_SEGMENT,
            ErrorKind::NotImplemented => code::NOT_IMPLEMENTED,
            ErrorKind::MethodNotAllowed => code::METHOD_NOT_ALLOWED,
            ErrorKind::BadPath => code::MALFORMED_PATH,
            ErrorKind::BadQuery => code::MALFORMED_OPTION,
            ErrorKind::BadBody => code::MALFORMED_BODY,
            ErrorKind::Invalid => code::INVALID_VALUE,
        };
        Error { kind, code, message: message.into(), target: None }
    }

    /// The same with a number more exact than its kind's.
    pub fn coded(self, code: Code) -> Error {
        Error { code, ..self }
    }

    /// The same about this part of the request, unless it is known to be about a smaller one.
    pub fn about(self, target: &str) -> Error {
        let target = self.target.or_else(|| Some(cut(target).into()));
        Error { target, ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A hint to append to a message: empty, or "; did you mean 'x'?".
pub fn hint<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    match crate::edm::near_miss(name, candidates) {
        Some(near) => format!("; did you mean '{near}'?"),
        None => String::new(),
    }
}

/// The start of a caller's text, short enough to stand in a message.
pub(crate) fn cut(text: &str) -> &str {
    const SHOWN_BYTES_MAX: usize = 128;
    &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]
}
