//! What is wrong with a request for a token: an error as OAuth has it (RFC 6749, 5.2; RFC 8628, 3.5), with Entra's
//! numbers.

use axum::response::Response;
use serde_json::json;

use crate::http::{OtherStatus, document};
use crate::names::RequestNames;

/// An error of OAuth, with Entra's number for it.
pub(super) struct OauthError {
    status: OtherStatus,
    error: &'static str,
    code: u32,
    description: &'static str,
}

impl OauthError {
    /// The grant type is neither of the two that are taken.
    pub(super) const GRANT_TYPE: OauthError = OauthError::bad(
        "unsupported_grant_type",
        70003,
        "The dev issuer takes the grant types client_credentials and urn:ietf:params:oauth:grant-type:device_code only.",
    );
    /// The form lacks a member.
    pub(super) const CLIENT_ID: OauthError = OauthError::bad(
        "invalid_request",
        900_144,
        "The request body must contain the following parameter: 'client_id'.",
    );
    /// The form lacks a member.
    pub(super) const DEVICE_CODE: OauthError = OauthError::bad(
        "invalid_request",
        900_144,
        "The request body must contain the following parameter: 'device_code'.",
    );
    /// The device code is somebody else's, or none at all.
    pub(super) const UNKNOWN_CODE: OauthError = OauthError::bad(
        "bad_verification_code",
        70019,
        "The device code was not issued by this tenant to this client.",
    );
    /// The device code is too old.
    pub(super) const EXPIRED_CODE: OauthError =
        OauthError::bad("expired_token", 70020, "The device code is no longer valid. Ask for another.");
    /// The application does not know its secret.
    pub(super) const SECRET: OauthError = OauthError {
        status: OtherStatus::Unauthenticated,
        error: "invalid_client",
        code: 7_000_215,
        description: "Invalid client secret provided.",
    };

    const fn bad(error: &'static str, code: u32, description: &'static str) -> OauthError {
        OauthError { status: OtherStatus::Wrong, error, code, description }
    }

    pub(super) fn response(&self, names: &RequestNames) -> Response {
        document(
            self.status,
            &json!({
                "error": self.error,
                "error_description": format!("AADSTS{}: {}", self.code, self.description),
                "error_codes": [self.code],
                "trace_id": names.ours_text(),
                "correlation_id": names.client_text(),
            }),
        )
    }
}
