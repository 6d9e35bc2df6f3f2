//! How a request ends that gets nothing: refused, with a body as Entra writes it, or failed.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::refusal::{NO_CONSENT, OauthError};
use crate::http::{OtherStatus, document};
use crate::names::RequestNames;
use crate::request_error::RequestError;

/// Why there is no token.
#[derive(Debug)]
pub(super) enum SignInError {
    /// Entra would not give one either.
    Refused(OauthError),
    /// The request or the server is broken.
    Failed(RequestError),
}

impl From<OauthError> for SignInError {
    fn from(error: OauthError) -> SignInError {
        SignInError::Refused(error)
    }
}

impl From<RequestError> for SignInError {
    fn from(error: RequestError) -> SignInError {
        SignInError::Failed(error)
    }
}

/// A defect of ours, for the log.
pub(super) fn defect(reason: String) -> SignInError {
    SignInError::Failed(RequestError::Internal(reason))
}

/// The response to a request for a token or anything else in JSON.
pub(super) fn respond(
    outcome: Result<Value, SignInError>,
    names: &RequestNames,
    origin: &str,
) -> Result<Response, RequestError> {
    match outcome {
        Ok(answer) => Ok(document(OtherStatus::Done, &answer)),
        Err(SignInError::Refused(error)) => Ok(error.response(names, origin)),
        Err(SignInError::Failed(error)) => Err(error),
    }
}

impl OauthError {
    /// What went wrong, in one line that begins with Entra's number.
    pub(super) fn description(&self, names: &RequestNames, timestamp: &str) -> String {
        format!(
            "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {timestamp}",
            self.refusal.number,
            self.message.trim_end(),
            names.ours_text(),
            names.client_text(),
        )
    }

    fn response(&self, names: &RequestNames, origin: &str) -> Response {
        let number = self.refusal.number;
        let timestamp = timestamp();
        let mut body = json!({
            "error": self.refusal.error,
            "error_description": self.description(names, &timestamp),
            "error_codes": [number],
            "timestamp": timestamp,
            "trace_id": names.ours_text(),
            "correlation_id": names.client_text(),
            "error_uri": format!("{origin}/error?code={number}"),
        });
        if *self.refusal == NO_CONSENT {
            body["suberror"] = "consent_required".into();
        }
        document(self.refusal.status, &body)
    }
}

/// The time now, as Entra writes it.
pub(super) fn timestamp() -> String {
    Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
