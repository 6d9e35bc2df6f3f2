//! Graph's error response: `{"error":{code, message, innerError}}` and the headers that belong to errors.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde::Serialize;

use crate::code;
use crate::http as wire;
use crate::names::RequestNames;
use crate::request_error::RequestError;

/// The document in place of one that could not be written.
const TEXTLESS: &[u8] =
    br#"{"error":{"code":"InternalServerError","message":"the error could not be written; the log says why"}}"#;

/// The wait that a client is told if the error names none.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(2);

/// The challenge to whoever has to prove that a request is theirs.
const PROOF_CHALLENGE: &str = "Muster-Proof";

/// The body of an error response.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: ErrorMember<'a>,
}

#[derive(Serialize)]
struct ErrorMember<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<[ErrorDetail<'a>; 1]>,
    #[serde(rename = "innerError")]
    inner_error: InnerError<'a>,
}

/// The part of the request that is wrong, and what is wrong with it.
#[derive(Serialize)]
struct ErrorDetail<'a> {
    code: &'a str,
    message: &'a str,
    target: &'a str,
}

#[derive(Serialize)]
struct InnerError<'a> {
    code: &'a str,
    number: u16,
    date: String,
    #[serde(rename = "request-id")]
    request_id: &'a str,
    #[serde(rename = "client-request-id")]
    client_request_id: &'a str,
}

/// The body of an error response, as text.
pub fn text(error: &RequestError, names: &RequestNames) -> Vec<u8> {
    let (told, code, target) = (error.message(), code::name(error.code()), error.target());
    let message = match error.phrase() {
        Some(phrase) => intune_message(phrase, &told, names),
        None => told.clone(),
    };
    let inner_error = InnerError {
        code,
        number: error.code().0,
        date: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        request_id: names.ours_text(),
        client_request_id: names.client_text(),
    };
    let details = target.map(|target| [ErrorDetail { code, message: &told, target }]);
    let error = ErrorMember { code: error.graph_code(), message: &message, target, details, inner_error };
    serde_json::to_vec(&ErrorDocument { error }).unwrap_or_else(|error| {
        tracing::error!(%error, request_id = names.ours_text(), "an error could not be written");
        TEXTLESS.to_vec()
    })
}

/// The message as Intune's own service writes it: a JSON text, in which clients look for the phrase.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IntuneMessage<'a> {
    #[serde(rename = "_version")]
    version: u8,
    message: String,
    custom_api_error_phrase: &'a str,
    retry_after: Option<u64>,
    error_source_service: &'a str,
    http_headers: &'a str,
}

fn intune_message(phrase: &str, told: &str, names: &RequestNames) -> String {
    let id = names.ours_text();
    let message = IntuneMessage {
        version: 3,
        message: format!(
            "{told} - Operation ID (for customer support): {id} - Activity ID: {}",
            names.client_text()
        ),
        custom_api_error_phrase: phrase,
        retry_after: None,
        error_source_service: "",
        http_headers: "{}",
    };
    serde_json::to_string(&message).unwrap_or_else(|_| told.to_owned())
}

/// The response to a refused or failed request.
pub fn response(error: &RequestError, names: &RequestNames, authorization_uri: &str) -> Response {
    let mut response = Response::new(Body::from(text(error, names)));
    *response.status_mut() = wire::status(error);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in extra_headers(error, authorization_uri) {
        headers.insert(name, value);
    }
    response
}

/// The bytes of the response to something that never became a request; the connection ends with it.
pub fn unasked(error: &RequestError) -> Vec<u8> {
    let names = RequestNames::of(&http::HeaderMap::new());
    let body = text(error, &names);
    let head = format!(
        "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nrequest-id: {id}\r\n\
         client-request-id: {id}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
         connection: close\r\n\r\n",
        wire::status(error),
        body.len(),
        id = names.ours_text(),
    );
    [head.into_bytes(), body].concat()
}

/// The headers that only certain errors have.
fn extra_headers(error: &RequestError, authorization_uri: &str) -> Vec<(header::HeaderName, HeaderValue)> {
    match error {
        RequestError::Unauthenticated { invalid: false, .. } => challenge(authorization_uri, ""),
        RequestError::Unauthenticated { message, .. } => {
            let error = format!(", error=\"invalid_token\", error_description=\"{}\"", in_quotes(message));
            challenge(authorization_uri, &error)
        }
        RequestError::ClaimsMissing { claims, .. } => {
            let error = format!(", error=\"insufficient_claims\", claims=\"{claims}\"");
            challenge(authorization_uri, &error)
        }
        RequestError::Unproven { .. } => {
            let challenge = HeaderValue::from_static(PROOF_CHALLENGE);
            vec![(header::WWW_AUTHENTICATE, challenge)]
        }
        RequestError::NoSuchMethod { allow, .. } => {
            let graph = || HeaderValue::from_static("GET, HEAD, POST, PATCH, PUT, DELETE");
            vec![(header::ALLOW, allow.clone().unwrap_or_else(graph))]
        }
        RequestError::Throttled { retry_after: wait, .. } => wait.map(retry_after).into_iter().collect(),
        RequestError::Overdue => vec![retry_after(RETRY_AFTER_DEFAULT)],
        // What comes next on the connection may be anything, or the rest of a body that is not read.
        RequestError::TooSlow
        | RequestError::Unframed(_)
        | RequestError::LengthRequired
        | RequestError::BodyTooLarge(_) => {
            vec![(header::CONNECTION, HeaderValue::from_static("close"))]
        }
        RequestError::Domain(error) => domain_headers(error),
        _ => Vec::new(),
    }
}

fn domain_headers(error: &engine::Error) -> Vec<(header::HeaderName, HeaderValue)> {
    match error.kind {
        engine::ErrorKind::MethodNotAllowed => vec![(header::ALLOW, wire::allow(&error.allow))],
        engine::ErrorKind::TooManyRequests | engine::ErrorKind::Unavailable | engine::ErrorKind::Overdue => {
            vec![retry_after(error.retry_after.unwrap_or(RETRY_AFTER_DEFAULT))]
        }
        _ => Vec::new(),
    }
}

/// The challenge to a client without a token that holds (RFC 6750, 3), with Entra's `authorization_uri`. A request
/// without a token gets no error code; one that lacks claims is told which, as Entra's clients understand it.
fn challenge(authorization_uri: &str, error: &str) -> Vec<(header::HeaderName, HeaderValue)> {
    let text = format!("Bearer realm=\"\", authorization_uri=\"{authorization_uri}\"{error}");
    HeaderValue::from_str(&text).map(|value| (header::WWW_AUTHENTICATE, value)).into_iter().collect()
}

/// A text for a quoted string: what that could not hold is left out.
fn in_quotes(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~') && *c != '"' && *c != '\\').collect()
}

/// The header `Retry-After` in whole seconds, rounded up: some clients read nothing else.
fn retry_after(wait: Duration) -> (header::HeaderName, HeaderValue) {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    (header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
}

#[cfg(test)]
mod tests {
    use domain::Phrase;
    use engine::{Error, ErrorKind};
    use http::HeaderMap;
    use serde_json::{Value, json};

    use super::text;
    use crate::names::RequestNames;
    use crate::request_error::RequestError;

    fn body(error: Error) -> Value {
        serde_json::from_slice(&text(&RequestError::Domain(error), &RequestNames::of(&HeaderMap::new())))
            .unwrap()
    }

    #[test]
    fn an_error_with_a_target_has_details() {
        let error = Error::from(odata::Error::new(odata::ErrorKind::Invalid, "wrong").about("serialNumber"));
        let body = body(error);
        assert_eq!(body["error"]["code"], "BadRequest");
        assert_eq!(body["error"]["innerError"]["code"], "InvalidValue");
        assert_eq!(body["error"]["innerError"]["number"], 7001);
        let detail = json!([{"code": "InvalidValue", "message": "wrong", "target": "serialNumber"}]);
        assert_eq!(body["error"]["details"], detail);
    }

    #[test]
    fn intunes_own_errors_have_their_phrase_in_a_json_text() {
        for phrase in Phrase::ALL.map(Phrase::as_str) {
            let body = body(Error::new(ErrorKind::BadRequest, "It is being deleted.").phrased(phrase));
            let message = body["error"]["message"].as_str().unwrap();
            let inner: Value = serde_json::from_str(message).unwrap();
            assert_eq!(inner["CustomApiErrorPhrase"], phrase);
            assert_eq!(inner["_version"], 3);
            assert!(inner["RetryAfter"].is_null() && inner["ErrorSourceService"].is_string());
            let told = inner["Message"].as_str().unwrap();
            assert!(told.starts_with(&format!("{phrase}: It is being deleted.")), "{told}");
            assert_eq!(body["error"]["code"], "BadRequest");
        }
    }
}
