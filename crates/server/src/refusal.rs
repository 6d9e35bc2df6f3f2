//! Why a request got no answer from the domain, or a bad one. A handler returns it; `observe` puts it on the wire.

use axum::response::{IntoResponse, Response};
use domain::ErrorKind;
use http::{HeaderValue, Method, StatusCode};
use odata::code::Code;

use crate::code;

/// A request that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is not one we can take apart.
    Malformed(String),
    /// It is not clear where the request ends, or where the next one begins.
    Unframed(String),
    /// The request has a body, and does not tell its length.
    LengthRequired,
    /// No token, or one that does not hold. `invalid` is false if there was none.
    Unauthenticated {
        /// What is wrong with it.
        message: String,
        /// Whether there was a token.
        invalid: bool,
    },
    /// The token holds, and its bearer is nobody we serve.
    Unwelcome(String),
    /// The path leads nowhere in this server.
    NoSuchPath(String),
    /// A method that the path does not take.
    NoSuchMethod {
        method: Method,
        /// Those that it takes, if it is one of a few; others take what Graph knows.
        allow: Option<HeaderValue>,
    },
    /// The path, or the path and query, is too long.
    UrlTooLong(usize),
    /// The headers are too many or too long.
    HeadersTooLarge(String),
    /// The body is larger than its bound, packed or unpacked.
    BodyTooLarge(usize),
    /// The body is in a media type or encoding that is not taken.
    UnsupportedMediaType(String),
    /// The client cannot read what we write.
    NotAcceptable(String),
    /// The client did not send its request in time.
    TooSlow,
    /// Our own part did not finish in time.
    Overdue,
    /// It failed for no fault of the caller's. The text is for the log.
    Internal(String),
    /// The domain's own word.
    Domain(domain::Error),
}

/// The headers' way of saying it: the status, and the code of Graph's error body.
pub struct Outcome {
    /// The status.
    pub status: StatusCode,
    /// The code of Graph's error body.
    pub code: &'static str,
}

impl Refusal {
    /// Status and code. The only place where an error becomes a number.
    pub fn outcome(&self) -> Outcome {
        let (status, code) = match self {
            Refusal::Malformed(_) | Refusal::Unframed(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
            Refusal::LengthRequired => (StatusCode::LENGTH_REQUIRED, "LengthRequired"),
            Refusal::Unauthenticated { .. } => (StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken"),
            Refusal::Unwelcome(_) => (StatusCode::FORBIDDEN, "Forbidden"),
            Refusal::NoSuchPath(_) => (StatusCode::NOT_FOUND, "ResourceNotFound"),
            Refusal::NoSuchMethod { .. } => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
            Refusal::UrlTooLong(_) => (StatusCode::URI_TOO_LONG, "RequestUriTooLong"),
            Refusal::HeadersTooLarge(_) => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "RequestHeadersTooLarge")
            }
            Refusal::BodyTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
            Refusal::UnsupportedMediaType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType"),
            Refusal::NotAcceptable(_) => (StatusCode::NOT_ACCEPTABLE, "NotAcceptable"),
            Refusal::TooSlow => (StatusCode::REQUEST_TIMEOUT, "RequestTimeout"),
            Refusal::Overdue => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
            Refusal::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
            Refusal::Domain(error) => return outcome_of(error.kind),
        };
        Outcome { status, code }
    }

    /// The number, by the stage that refused or failed.
    pub fn code(&self) -> Code {
        match self {
            Refusal::Malformed(_) => code::MALFORMED_REQUEST,
            Refusal::Unframed(_) => code::MALFORMED_FRAME,
            Refusal::LengthRequired => code::LENGTH_MISSING,
            Refusal::Unauthenticated { invalid: false, .. } => code::TOKEN_MISSING,
            Refusal::Unauthenticated { invalid: true, .. } => code::TOKEN_INVALID,
            Refusal::Unwelcome(_) => code::CALLER_REFUSED,
            Refusal::NoSuchPath(_) => code::UNKNOWN_PATH,
            Refusal::NoSuchMethod { .. } => code::UNKNOWN_METHOD,
            Refusal::UrlTooLong(_) => code::LONG_URL,
            Refusal::HeadersTooLarge(_) => code::LARGE_HEADERS,
            Refusal::BodyTooLarge(_) => code::LARGE_BODY,
            Refusal::UnsupportedMediaType(_) => code::UNKNOWN_MEDIA_TYPE,
            Refusal::NotAcceptable(_) => code::UNREADABLE_ANSWER,
            Refusal::TooSlow => code::SLOW_REQUEST,
            Refusal::Overdue => domain::code::OVERDUE,
            Refusal::Internal(_) => code::FAILURE,
            Refusal::Domain(error) => error.code,
        }
    }

    /// What it is about: a property, an option or a segment.
    pub fn target(&self) -> Option<&str> {
        match self {
            Refusal::Domain(error) => error.target.as_deref(),
            _ => None,
        }
    }

    /// The word that Intune's clients look for.
    pub fn phrase(&self) -> Option<&'static str> {
        match self {
            Refusal::Domain(error) => error.phrase,
            _ => None,
        }
    }

    /// What the caller is told.
    pub fn message(&self) -> String {
        match self {
            Refusal::Malformed(message)
            | Refusal::Unframed(message)
            | Refusal::Unauthenticated { message, .. }
            | Refusal::Unwelcome(message)
            | Refusal::HeadersTooLarge(message)
            | Refusal::NotAcceptable(message)
            | Refusal::UnsupportedMediaType(message) => message.clone(),
            Refusal::NoSuchPath(path) => {
                format!("there is nothing at '{path}'; Graph lives under /beta and /v1.0")
            }
            Refusal::NoSuchMethod { method, .. } => format!("the method {method} is not taken here"),
            Refusal::LengthRequired => {
                "the request has a Content-Type and no length; send Content-Length, 0 if there is no body"
                    .to_owned()
            }
            Refusal::UrlTooLong(bound) => format!("the URL is longer than {bound} bytes"),
            Refusal::BodyTooLarge(bound) => {
                format!("the body is larger than {bound} bytes (limits.body_bytes); send less at once")
            }
            Refusal::TooSlow => "the request did not arrive in time".to_owned(),
            Refusal::Overdue => "the request took too long and was given up; try again".to_owned(),
            Refusal::Internal(_) => "an internal error; the log has it under this request-id".to_owned(),
            Refusal::Domain(error) => error.message.clone(),
        }
    }

    /// What the log is told beside the code: never the caller's own words, among which a secret may be.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Refusal::Internal(detail) => Some(detail),
            Refusal::Unauthenticated { message, .. } | Refusal::Unwelcome(message) => Some(message),
            Refusal::Domain(error) => error.detail.as_deref(),
            _ => None,
        }
    }
}

/// Status and code of the domain's kinds of errors.
pub fn outcome_of(kind: ErrorKind) -> Outcome {
    let (status, code) = match kind {
        ErrorKind::BadRequest => (StatusCode::BAD_REQUEST, "BadRequest"),
        ErrorKind::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "ResourceNotFound"),
        ErrorKind::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        ErrorKind::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "NotAcceptable"),
        ErrorKind::Conflict => (StatusCode::CONFLICT, "Conflict"),
        ErrorKind::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
        ErrorKind::SyncStateNotFound => (StatusCode::GONE, "syncStateNotFound"),
        ErrorKind::Unprocessable => (StatusCode::UNPROCESSABLE_ENTITY, "UnprocessableEntity"),
        ErrorKind::FailedDependency => (StatusCode::FAILED_DEPENDENCY, "FailedDependency"),
        ErrorKind::InsufficientStorage => (StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorage"),
        ErrorKind::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
        ErrorKind::NotImplemented => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        ErrorKind::Unavailable | ErrorKind::Overdue => {
            (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")
        }
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
    };
    Outcome { status, code }
}

impl From<domain::Error> for Refusal {
    fn from(error: domain::Error) -> Refusal {
        Refusal::Domain(error)
    }
}

/// Only the status: `observe`, which knows the request's names, completes it.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.outcome().status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
