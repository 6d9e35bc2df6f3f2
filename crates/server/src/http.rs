//! HTTP in and out: what a request asks as a call, what an answer says as a response.

use std::fmt::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use domain::{Answer, Call, Caller, MetadataLevel, Status, Verb};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::names::RequestNames;
use crate::refusal::Refusal;

/// The roots of what the domain answers: the two versions of Graph, and our own.
const ROOTS: [&str; 3] = ["beta", "v1.0", "_"];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ODATA_ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The verb of a method. HEAD is a GET whose body the HTTP library leaves out.
pub fn verb(method: &Method) -> Result<Verb, Refusal> {
    match *method {
        Method::GET | Method::HEAD => Ok(Verb::Get),
        Method::POST => Ok(Verb::Post),
        Method::PATCH => Ok(Verb::Patch),
        Method::PUT => Ok(Verb::Put),
        Method::DELETE => Ok(Verb::Delete),
        _ => Err(Refusal::NoSuchMethod { method: method.clone(), allow: None }),
    }
}

/// Refuses all but POST, which is what a batch is sent with.
pub fn only_post(verb: Verb) -> Result<(), Refusal> {
    match verb {
        Verb::Post => Ok(()),
        other => Err(domain::Error::method_not_allowed(other, vec![Verb::Post]).into()),
    }
}

/// Whether the domain has a say on this path.
pub fn is_graph(path: &str) -> bool {
    let root = path.split('/').nth(1).unwrap_or_default();
    ROOTS.iter().any(|known| root.eq_ignore_ascii_case(known))
}

/// The call that a request makes.
pub fn call(
    head: &Parts,
    verb: Verb,
    origin: String,
    body: Bytes,
    caller: Arc<Caller>,
    names: &RequestNames,
) -> Result<Call, Refusal> {
    Ok(Call {
        verb,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        origin,
        body,
        accept: list(&head.headers, &header::ACCEPT)?,
        if_match: list(&head.headers, &header::IF_MATCH)?,
        if_none_match: list(&head.headers, &header::IF_NONE_MATCH)?,
        idempotency_key: list(&head.headers, &IDEMPOTENCY_KEY)?,
        prefer: list(&head.headers, &HeaderName::from_static("prefer"))?,
        request_id: names.ours(),
        caller,
    })
}

/// A header's value; a list that was sent in several lines is one list (RFC 9110, 5.3).
fn list(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Refusal> {
    let mut joined: Option<String> = None;
    for value in headers.get_all(name) {
        let text = value
            .to_str()
            .map_err(|_| Refusal::Malformed(format!("the header {name} has characters outside ASCII")))?;
        match &mut joined {
            None => joined = Some(text.to_owned()),
            Some(list) => {
                list.push_str(", ");
                list.push_str(text);
            }
        }
    }
    Ok(joined)
}

/// The response that an answer makes.
pub fn response(answer: Answer) -> Response {
    let status = match answer.status {
        Status::Ok => StatusCode::OK,
        Status::Created => StatusCode::CREATED,
        Status::NoContent => StatusCode::NO_CONTENT,
        Status::NotModified => StatusCode::NOT_MODIFIED,
    };
    let (body, content_type) = match answer.body {
        domain::Body::None => (Body::empty(), None),
        domain::Body::Json { text, metadata } => {
            (Body::from(text), Some(json(metadata, answer.ieee754_compatible)))
        }
        domain::Body::Text(text) => (Body::from(text), Some("text/plain;charset=utf-8")),
        domain::Body::Bytes(bytes) => (Body::from(bytes), Some("application/octet-stream")),
        domain::Body::Xml(text) => (Body::from(text), Some("application/xml;charset=utf-8")),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
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
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// What HEAD is told of a response: all but its body (RFC 9110, 9.3.2).
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

/// The stages and their milliseconds; nothing if none was timed.
fn server_timing(timings: &[(&'static str, std::time::Duration)]) -> Option<String> {
    let mut text = String::new();
    for (stage, took) in timings {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing into a string cannot fail.
        let _ = write!(text, "{separator}{stage};dur={:.3}", took.as_secs_f64() * 1000.0);
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{is_graph, server_timing};

    #[test]
    fn roots() {
        let cases = [
            ("/beta/books", true),
            ("/BETA/books", true),
            ("/v1.0", true),
            ("/_/clock", true),
            ("/", false),
            ("//beta", false),
            ("/betamax", false),
            ("/favicon.ico", false),
        ];
        for (path, known) in cases {
            assert_eq!(is_graph(path), known, "{path}");
        }
    }

    #[test]
    fn timings_are_milliseconds() {
        let timings = [("parse", Duration::from_micros(12)), ("store", Duration::from_millis(3))];
        assert_eq!(server_timing(&timings).as_deref(), Some("parse;dur=0.012, store;dur=3.000"));
        assert_eq!(server_timing(&[]), None);
    }
}
