//! Why a request got no answer from the domain, or a bad one. A handler returns it; `http` knows its status, and
//! `observe` puts it on the wire.

use std::time::Duration;

use engine::{Authorization, ErrorKind};
use http::{HeaderValue, Method};
use odata::code::Code;

use crate::code;

/// The most bytes of a client's own text that a message repeats.
const SHOWN_BYTES_MAX: usize = 80;
/// The most bytes of a path that a message repeats.
const SHOWN_PATH_BYTES_MAX: usize = 200;

/// A client's own text, as far as a message repeats it.
pub fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)]
}

/// A request that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// The request cannot be understood.
    Malformed(String),
    /// It is not clear where the request ends, or where the next one begins.
    Unframed(String),
    /// The request has a body, and does not tell its length.
    LengthRequired,
    /// The request has no token, or one that does not hold.
    Unauthenticated {
        /// The reason, for the client.
        message: String,
        /// Whether there was a token at all.
        invalid: bool,
    },
    /// The token holds, and lacks a claim that this server demands.
    ClaimsMissing {
        /// The reason, for the client.
        message: String,
        /// The claims to ask for, as the challenge has them.
        claims: String,
    },
    /// The token holds, and its bearer is nobody we serve.
    Unwelcome(String),
    /// The request does not prove that it comes from the bearer of a key.
    Unproven {
        /// The problem, by which the client knows what to do.
        problem: ProofProblem,
        /// The reason, for the client.
        message: String,
    },
    /// The request is for a host that this server is not.
    Misdirected,
    /// The path leads nowhere in this server.
    NoSuchPath(String),
    /// The path does not take the method.
    NoSuchMethod {
        method: Method,
        /// The methods that the path takes, if it is one of a few; others take what Graph knows.
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
    /// The client cannot read the characters that the server writes.
    NotAcceptable(String),
    /// The application or its tenant has asked too often.
    Throttled {
        /// The limit that was reached, for the client.
        message: String,
        /// The time after which it may ask again, if it is to be told.
        retry_after: Option<Duration>,
    },
    /// The client did not send its request in time.
    TooSlow,
    /// The domain did not answer in time.
    Overdue,
    /// The server failed, for no fault of the caller's. The text is for the log.
    Internal(String),
    /// The domain refused or failed.
    Domain(engine::Error),
}

/// The problem of a signed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofProblem {
    /// There is no proof.
    Missing,
    /// The proof does not hold.
    Invalid,
    /// The nonce is not this server's now: the same request goes through with the one of the answer.
    StaleNonce,
    /// The request, or one after it, was taken before.
    Replayed,
    /// The key is nobody's.
    UnknownKey,
}

impl RequestError {
    /// The error for a request that is not proven.
    pub fn unproven(problem: ProofProblem, message: impl Into<String>) -> RequestError {
        RequestError::Unproven { problem, message: message.into() }
    }

    /// The error on a path that leads nowhere.
    pub fn no_such_path(path: &str) -> RequestError {
        RequestError::NoSuchPath(path[..path.floor_char_boundary(SHOWN_PATH_BYTES_MAX)].to_owned())
    }

    /// The error for a token that does not hold.
    pub fn invalid_token(message: impl Into<String>) -> RequestError {
        RequestError::Unauthenticated { message: message.into(), invalid: true }
    }

    /// The code of Graph's error body.
    pub fn graph_code(&self) -> &'static str {
        match self {
            RequestError::Malformed(_) | RequestError::Unframed(_) => "BadRequest",
            RequestError::LengthRequired => "LengthRequired",
            RequestError::Unauthenticated { .. }
            | RequestError::ClaimsMissing { .. }
            | RequestError::Unproven { .. } => "InvalidAuthenticationToken",
            RequestError::Unwelcome(_) => "Forbidden",
            RequestError::Misdirected => "MisdirectedRequest",
            RequestError::NoSuchPath(_) => "ResourceNotFound",
            RequestError::NoSuchMethod { .. } => "MethodNotAllowed",
            RequestError::UrlTooLong(_) => "RequestUriTooLong",
            RequestError::HeadersTooLarge(_) => "RequestHeadersTooLarge",
            RequestError::BodyTooLarge(_) => "RequestEntityTooLarge",
            RequestError::UnsupportedMediaType(_) => "UnsupportedMediaType",
            RequestError::NotAcceptable(_) => "NotAcceptable",
            RequestError::Throttled { .. } => "TooManyRequests",
            RequestError::TooSlow => "RequestTimeout",
            RequestError::Overdue => "ServiceUnavailable",
            RequestError::Internal(_) => "InternalServerError",
            RequestError::Domain(error) => match error.kind {
                ErrorKind::BadRequest => "BadRequest",
                ErrorKind::Forbidden => "Forbidden",
                ErrorKind::NotFound => "ResourceNotFound",
                ErrorKind::MethodNotAllowed => "MethodNotAllowed",
                ErrorKind::NotAcceptable => "NotAcceptable",
                ErrorKind::Conflict => "Conflict",
                ErrorKind::PreconditionFailed => "PreconditionFailed",
                ErrorKind::SyncStateNotFound => "syncStateNotFound",
                ErrorKind::Unprocessable => "UnprocessableEntity",
                ErrorKind::FailedDependency => "FailedDependency",
                ErrorKind::InsufficientStorage => "InsufficientStorage",
                ErrorKind::TooManyRequests => "TooManyRequests",
                ErrorKind::NotImplemented => "NotImplemented",
                ErrorKind::Unavailable | ErrorKind::Overdue => "ServiceUnavailable",
                ErrorKind::Internal => "InternalServerError",
            },
        }
    }

    /// The number of the error, by the stage that refused or failed.
    pub fn code(&self) -> Code {
        match self {
            RequestError::Malformed(_) => code::MALFORMED_REQUEST,
            RequestError::Unframed(_) => code::MALFORMED_FRAME,
            RequestError::LengthRequired => code::LENGTH_MISSING,
            RequestError::Unauthenticated { invalid: false, .. } => code::TOKEN_MISSING,
            RequestError::Unauthenticated { invalid: true, .. } => code::TOKEN_INVALID,
            RequestError::ClaimsMissing { .. } => code::CLAIMS_MISSING,
            RequestError::Unwelcome(_) => code::CALLER_REFUSED,
            RequestError::Unproven { problem, .. } => match problem {
                ProofProblem::Missing => code::PROOF_MISSING,
                ProofProblem::Invalid => code::PROOF_INVALID,
                ProofProblem::StaleNonce => code::NONCE_STALE,
                ProofProblem::Replayed => code::PROOF_REPLAYED,
                ProofProblem::UnknownKey => code::KEY_UNKNOWN,
            },
            RequestError::Misdirected => code::UNKNOWN_HOST,
            RequestError::NoSuchPath(_) => code::UNKNOWN_PATH,
            RequestError::NoSuchMethod { .. } => code::UNKNOWN_METHOD,
            RequestError::Throttled { .. } => code::THROTTLED,
            RequestError::UrlTooLong(_) => code::LONG_URL,
            RequestError::HeadersTooLarge(_) => code::LARGE_HEADERS,
            RequestError::BodyTooLarge(_) => code::LARGE_BODY,
            RequestError::UnsupportedMediaType(_) => code::UNKNOWN_MEDIA_TYPE,
            RequestError::NotAcceptable(_) => code::UNREADABLE_ANSWER,
            RequestError::TooSlow => code::SLOW_REQUEST,
            RequestError::Overdue => engine::code::OVERDUE,
            RequestError::Internal(_) => code::FAILURE,
            RequestError::Domain(error) => error.code,
        }
    }

    /// The part of the request that the error is about: a property, an option or a segment.
    pub fn target(&self) -> Option<&str> {
        match self {
            RequestError::Domain(error) => error.target.as_deref(),
            _ => None,
        }
    }

    /// What the call was about, and by what it was allowed or refused, as far as that is known.
    pub fn authorization(&self) -> Option<&Authorization> {
        match self {
            RequestError::Domain(error) => error.authorization.as_deref(),
            _ => None,
        }
    }

    /// The phrase that Intune's clients look for.
    pub fn phrase(&self) -> Option<&'static str> {
        match self {
            RequestError::Domain(error) => error.phrase,
            _ => None,
        }
    }

    /// The message for the caller.
    pub fn message(&self) -> String {
        match self {
            RequestError::Malformed(message)
            | RequestError::Unframed(message)
            | RequestError::Unauthenticated { message, .. }
            | RequestError::ClaimsMissing { message, .. }
            | RequestError::Unproven { message, .. }
            | RequestError::Throttled { message, .. }
            | RequestError::Unwelcome(message)
            | RequestError::HeadersTooLarge(message)
            | RequestError::NotAcceptable(message)
            | RequestError::UnsupportedMediaType(message) => message.clone(),
            RequestError::Misdirected => {
                "the request is for a host that this server is not; address it by one of its names (hosts)"
                    .to_owned()
            }
            RequestError::NoSuchPath(path) => {
                format!("there is nothing at '{path}'; Graph lives under /beta and /v1.0")
            }
            RequestError::NoSuchMethod { method, .. } => format!("the method {method} is not taken here"),
            RequestError::LengthRequired => {
                "the request has a Content-Type and no length; send Content-Length, 0 if there is no body"
                    .to_owned()
            }
            RequestError::UrlTooLong(bound) => format!("the URL is longer than {bound} bytes"),
            RequestError::BodyTooLarge(bound) => {
                format!("the body is larger than {bound} bytes (limits.body_bytes); send less at once")
            }
            RequestError::TooSlow => "the request did not arrive in time".to_owned(),
            RequestError::Overdue => "the request took too long and was given up; try again".to_owned(),
            RequestError::Internal(_) => "an internal error; the log has it under this request-id".to_owned(),
            RequestError::Domain(error) => error.message.clone(),
        }
    }

    /// The detail for the log: never the caller's own words, among which a secret may be.
    pub fn detail(&self) -> Option<&str> {
        match self {
            RequestError::Internal(detail) => Some(detail),
            RequestError::Unauthenticated { message, .. }
            | RequestError::ClaimsMissing { message, .. }
            | RequestError::Unproven { message, .. }
            | RequestError::Unwelcome(message) => Some(message),
            RequestError::Domain(error) => error.detail.as_deref(),
            _ => None,
        }
    }
}

impl From<engine::Error> for RequestError {
    fn from(error: engine::Error) -> RequestError {
        RequestError::Domain(error)
    }
}

impl From<engine::Busy> for RequestError {
    fn from(busy: engine::Busy) -> RequestError {
        RequestError::Domain(busy.into())
    }
}
