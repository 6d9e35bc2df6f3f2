//! HTTP out: what an answer says as a response. The one file that knows status codes.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use engine::{Answer, CallOutcome, ErrorKind, Status, Verb};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use odata::payload::MetadataLevel;
use serde_json::Value;

use crate::request_error::RequestError;
use crate::traces::StageTimes;

const ODATA_ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The number of headers for which a response has room from the start.
const HEADERS_EXPECTED: usize = 12;

/// The status of a request that was refused or failed.
pub fn status(error: &RequestError) -> StatusCode {
    match error {
        RequestError::Malformed(_) | RequestError::Unframed(_) => StatusCode::BAD_REQUEST,
        RequestError::LengthRequired => StatusCode::LENGTH_REQUIRED,
        RequestError::Unauthenticated { .. }
        | RequestError::ClaimsMissing { .. }
        | RequestError::Unproven { .. } => StatusCode::UNAUTHORIZED,
        RequestError::Unwelcome(_) => StatusCode::FORBIDDEN,
        RequestError::Misdirected => StatusCode::MISDIRECTED_REQUEST,
        RequestError::NoSuchPath(_) => StatusCode::NOT_FOUND,
        RequestError::NoSuchMethod { .. } => StatusCode::METHOD_NOT_ALLOWED,
        RequestError::UrlTooLong(_) => StatusCode::URI_TOO_LONG,
        RequestError::HeadersTooLarge(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        RequestError::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        RequestError::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RequestError::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
        RequestError::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        RequestError::TooSlow => StatusCode::REQUEST_TIMEOUT,
        RequestError::Overdue => StatusCode::SERVICE_UNAVAILABLE,
        RequestError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        RequestError::Domain(error) => match error.kind {
            ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ErrorKind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            ErrorKind::SyncStateNotFound => StatusCode::GONE,
            ErrorKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::FailedDependency => StatusCode::FAILED_DEPENDENCY,
            ErrorKind::InsufficientStorage => StatusCode::INSUFFICIENT_STORAGE,
            ErrorKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            ErrorKind::Unavailable | ErrorKind::Overdue => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}

/// The status of a call that went well.
fn answered_status(status: Status) -> StatusCode {
    match status {
        Status::Ok => StatusCode::OK,
        Status::Created => StatusCode::CREATED,
        Status::Accepted => StatusCode::ACCEPTED,
        Status::NoContent => StatusCode::NO_CONTENT,
        Status::NotModified => StatusCode::NOT_MODIFIED,
    }
}

/// The status that the end of a call comes to.
pub fn outcome_status(outcome: CallOutcome) -> u16 {
    match outcome {
        CallOutcome::Answered(answered) => answered_status(answered),
        CallOutcome::Failed(kind) => status(&RequestError::Domain(engine::Error::new(kind, ""))),
    }
    .as_u16()
}

/// The number of statuses that can be counted.
pub const STATUS_PLACES: usize = 500;

/// The place at which a status is counted.
pub fn status_place(status: u16) -> usize {
    usize::from(status).saturating_sub(100).min(STATUS_PLACES - 1)
}

/// The status that is counted at a place.
pub fn status_at(place: usize) -> usize {
    place + 100
}

/// The status of one line of a bulk.
pub fn line_status(error: Option<&RequestError>) -> u16 {
    error.map_or(StatusCode::NO_CONTENT, status).as_u16()
}

/// Whether a response is a failure of ours. What is not implemented, or beyond a tenant's quota, is none that anybody must be
/// woken for.
pub fn is_failure(status: StatusCode, error: Option<&RequestError>) -> bool {
    let is_quota = error.is_some_and(|error| error.code() == engine::code::QUOTA_EXCEEDED);
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED && !is_quota
}

/// The status of an answer that is not the domain's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherStatus {
    /// The request was carried out.
    Done,
    /// The request is wrong.
    Wrong,
    /// The client has not shown that it is who it says.
    Unauthenticated,
    /// The server cannot do its work now.
    Unavailable,
}

impl OtherStatus {
    fn code(self) -> StatusCode {
        match self {
            OtherStatus::Done => StatusCode::OK,
            OtherStatus::Wrong => StatusCode::BAD_REQUEST,
            OtherStatus::Unauthenticated => StatusCode::UNAUTHORIZED,
            OtherStatus::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A response that is a line of text.
pub fn text(status: OtherStatus, text: &'static str) -> Response {
    (status.code(), text).into_response()
}

/// A response that is a JSON document.
pub fn document(status: OtherStatus, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status.code();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A response that is a file as it is, kept by the client as long as it may be.
pub fn file(bytes: Cow<'static, [u8]>, media_type: &'static str, caching: HeaderValue) -> Response {
    let mut response = Response::new(match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, caching);
    response
}

/// A response that is a page for people, with the policy that its content keeps to.
pub fn page(status: OtherStatus, html: String, content_security_policy: &str) -> Response {
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status.code();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"));
    for_people(headers, content_security_policy);
    response
}

/// Sets what bounds a page for people: it is in no frame, tells nobody where it leads from, and keeps to its policy.
pub fn for_people(headers: &mut HeaderMap, content_security_policy: &str) {
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(content_security_policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// A response that says which methods a resource takes, and nothing else.
pub fn options(allow: HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// The value of the header `Allow`. HEAD goes with GET.
pub fn allow(verbs: &[Verb]) -> HeaderValue {
    let methods: Vec<&str> = verbs
        .iter()
        .map(|verb| match verb {
            Verb::Get => "GET, HEAD",
            Verb::Post => "POST",
            Verb::Patch => "PATCH",
            Verb::Put => "PUT",
            Verb::Delete => "DELETE",
        })
        .collect();
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// A response that sends the client elsewhere; none if the address cannot stand in a header.
pub fn redirect(location: &str) -> Option<Response> {
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(location).ok()?);
    Some(response)
}

/// Only the status, with the error beside it: `observe`, which knows the request's names, completes the response.
impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let mut response = status(&self).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A refusal that the HTTP library writes on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryRefusal {
    /// The URL is too long.
    Url,
    /// The head is too large.
    Head,
    /// The bytes are no request.
    Bytes,
}

/// The refusal that the HTTP library is about to write, if it is one of its own: without a body, and without the names
/// that all of ours have. No other answer has bare line ends in its body.
pub fn library_refusal(written: &[u8]) -> Option<LibraryRefusal> {
    const START: &[u8] = b"HTTP/1.1 4";
    const OWN: &[u8] = b"\r\nconnection: close\r\ncontent-length: 0\r\ndate: ";
    let line_end =
        written.starts_with(START).then(|| written.windows(2).position(|two| two == b"\r\n"))??;
    let is_whole = written[line_end..].starts_with(OWN) && written.ends_with(b"\r\n\r\n");
    let status = StatusCode::from_bytes(written.get(9..12)?).ok().filter(|_| is_whole)?;
    Some(match status {
        StatusCode::URI_TOO_LONG => LibraryRefusal::Url,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => LibraryRefusal::Head,
        _ => LibraryRefusal::Bytes,
    })
}

/// The response that an answer makes.
pub fn response(answer: Answer) -> Response {
    let status = answered_status(answer.status);
    let (body, content_type) = match answer.body {
        engine::Body::None => (Body::empty(), None),
        engine::Body::Json { text, metadata } => {
            (Body::from(text), Some(json(metadata, answer.ieee754_compatible)))
        }
        engine::Body::Text(text) => (Body::from(text), Some("text/plain;charset=utf-8")),
        engine::Body::Bytes(bytes) => (Body::from(bytes), Some("application/octet-stream")),
        engine::Body::Xml(text) => (Body::from(text), Some("application/xml;charset=utf-8")),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    // For the log, which is written when the response is whole.
    answer.authorization.map(|authorization| response.extensions_mut().insert(authorization));
    answer.place.map(|place| response.extensions_mut().insert(place));
    let headers = response.headers_mut();
    headers.reserve(HEADERS_EXPECTED);
    headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    let optional = [
        (header::ETAG, answer.etag),
        (header::LOCATION, answer.location),
        (ODATA_ENTITY_ID, answer.entity_id),
        (PREFERENCE_APPLIED, answer.preference_applied),
        (SERVER_TIMING, server_timing(&answer.timings)),
    ];
    for (name, text) in optional {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// The same, with the stages of the call for its trace if it is recorded.
pub fn response_keeping_stages(answer: Answer, is_recorded: bool) -> Response {
    let stages = is_recorded.then(|| StageTimes(answer.timings.clone()));
    let mut response = response(answer);
    stages.map(|stages| response.extensions_mut().insert(stages));
    response
}

/// The response to a HEAD: all but the body of the response to a GET (RFC 9110, 9.3.2).
pub fn head_of(mut response: Response) -> Response {
    if let Some(length) = http_body::Body::size_hint(response.body()).exact() {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response.map(|_| Body::empty())
}

fn json(metadata: MetadataLevel, ieee754_compatible: bool) -> &'static str {
    match (metadata, ieee754_compatible) {
        (MetadataLevel::None, false) => "application/json;odata.metadata=none;charset=utf-8",
        (MetadataLevel::Minimal, false) => "application/json;odata.metadata=minimal;charset=utf-8",
        (MetadataLevel::Full, false) => "application/json;odata.metadata=full;charset=utf-8",
        (MetadataLevel::None, true) => {
            "application/json;odata.metadata=none;IEEE754Compatible=true;charset=utf-8"
        }
        (MetadataLevel::Minimal, true) => {
            "application/json;odata.metadata=minimal;IEEE754Compatible=true;charset=utf-8"
        }
        (MetadataLevel::Full, true) => {
            "application/json;odata.metadata=full;IEEE754Compatible=true;charset=utf-8"
        }
    }
}

/// About how long a stage is in `Server-Timing`.
const STAGE_BYTES_EXPECTED: usize = 24;

/// The value of `Server-Timing`: the stages and their milliseconds; none if no stage was timed.
fn server_timing(timings: &[(&'static str, std::time::Duration)]) -> Option<String> {
    let mut text = String::with_capacity(timings.len() * STAGE_BYTES_EXPECTED);
    let mut digits = itoa::Buffer::new();
    for (stage, took) in timings {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(stage);
        text.push_str(";dur=");
        text.push_str(digits.format(took.as_millis()));
        text.push('.');
        // In front of the microseconds stands a digit that is cut off, so that they have three.
        text.push_str(&digits.format(1_000 + took.subsec_micros() % 1_000)[1..]);
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LibraryRefusal, library_refusal, server_timing};

    #[test]
    fn only_a_refusal_without_a_body_is_the_librarys() {
        let own = "connection: close\r\ncontent-length: 0\r\ndate: Sun, 22 Nov 2026 06:40:58 GMT\r\n\r\n";
        for (written, refusal) in [
            (format!("HTTP/1.1 400 Bad Request\r\n{own}"), Some(LibraryRefusal::Bytes)),
            (format!("HTTP/1.1 414 URI Too Long\r\n{own}"), Some(LibraryRefusal::Url)),
            (format!("HTTP/1.1 431 Request Header Fields Too Large\r\n{own}"), Some(LibraryRefusal::Head)),
            (format!("HTTP/1.1 200 OK\r\n{own}"), None),
            (format!("HTTP/1.1 404 Not Found\r\nrequest-id: 1\r\n{own}"), None),
            (format!("HTTP/1.1 400 Bad Request\r\n{own}{{}}"), None),
            ("HTTP/1.1 4".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(library_refusal(written.as_bytes()), refusal, "{written}");
        }
    }

    #[test]
    fn timings_are_milliseconds() {
        let timings = [("parse", Duration::from_micros(12)), ("store", Duration::from_millis(3))];
        assert_eq!(server_timing(&timings).as_deref(), Some("parse;dur=0.012, store;dur=3.000"));
        assert_eq!(server_timing(&[]), None);
    }
}
