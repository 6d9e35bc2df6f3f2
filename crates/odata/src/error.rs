//! What can be wrong with a request as OData sees it. Knows nothing of HTTP: `server` makes the status.

use std::fmt;

/// An error of the protocol core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of error it is; decides status and code.
    pub kind: ErrorKind,
    /// For the caller: names the property, the position or the segment, and the near miss where there is one.
    pub message: String,
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
        Error { kind, message: message.into() }
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
