//! Sign-in by device code (RFC 8628). There is nobody to ask: every code is approved as soon as it is made, for the one
//! user of dev mode. A code is signed by the issuer and says itself what was asked for, so nothing need be remembered.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::form::DevIssuerForm;
use super::issuer::{dev_issuer, signing_key, tenant};
use super::oauth_error::OauthError;
use crate::graph::Graph;
use crate::http::{OtherStatus, document};
use crate::names::RequestNames;
use crate::origin;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::issue::{SigningKey, sign};
use crate::tokens::unix_seconds_now;

pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The audience of a code: never Graph, so that it is no access token.
const AUDIENCE: &str = "urn:muster:device_code";
/// The life of a code, as Entra has it, and the least time a client waits between two questions.
const LIFETIME_SECONDS: u64 = 900;
const INTERVAL_SECONDS: u64 = 1;

/// The claims of a device code.
#[derive(Serialize, Deserialize)]
pub(super) struct DeviceCodeClaims {
    aud: String,
    exp: u64,
    tid: Uuid,
    client_id: String,
    /// The scopes for which the client asked.
    pub(super) scope: String,
}

/// Answers with a new device code.
pub(super) async fn device_code<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let (head, body) = request.into_parts();
    let origin = origin::of(&head, &server.edge)?;
    let form = DevIssuerForm::read(&server, Request::from_parts(head, body)).await?;
    if form.client_id.is_empty() {
        return Ok(OauthError::CLIENT_ID.response(&names));
    }
    let tenant = tenant(&name);
    let asked = DeviceCodeClaims {
        aud: AUDIENCE.to_owned(),
        exp: unix_seconds_now().saturating_add(LIFETIME_SECONDS),
        tid: tenant,
        client_id: form.client_id,
        scope: form.scope,
    };
    let key = signing_key(dev_issuer(&server)?).await?;
    let code = sign(&key, &asked).map_err(RequestError::Internal)?;
    let verification_uri = format!("{origin}/{tenant}/oauth2/v2.0/devicecode");
    Ok(document(
        OtherStatus::Done,
        &json!({
            "device_code": code,
            "user_code": USER_CODE,
            "verification_uri": verification_uri,
            "expires_in": LIFETIME_SECONDS,
            "interval": INTERVAL_SECONDS,
            "message": format!("Nobody need sign in: the dev issuer has approved the code {USER_CODE}."),
        }),
    ))
}

/// The code for people. Nobody has to enter it.
const USER_CODE: &str = "MUSTERDEV";

/// Answers with the page where people would enter the code.
pub(super) async fn page() -> &'static str {
    "Nothing to do here: the dev issuer approves every device code by itself.\n"
}

/// Checks a device code; the claims of it.
pub(super) fn redeem(
    key: &SigningKey,
    tenant: Uuid,
    form: &DevIssuerForm,
) -> Result<DeviceCodeClaims, OauthError> {
    if form.client_id.is_empty() {
        return Err(OauthError::CLIENT_ID);
    }
    if form.device_code.is_empty() {
        return Err(OauthError::DEVICE_CODE);
    }
    let decoding = DecodingKey::from_jwk(&key.jwk).map_err(|_| OauthError::UNKNOWN_CODE)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[AUDIENCE]);
    let asked = jsonwebtoken::decode::<DeviceCodeClaims>(&form.device_code, &decoding, &validation);
    let asked = asked.map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature => OauthError::EXPIRED_CODE,
        _ => OauthError::UNKNOWN_CODE,
    })?;
    let asked = asked.claims;
    if asked.tid != tenant || asked.client_id != form.client_id {
        return Err(OauthError::UNKNOWN_CODE);
    }
    Ok(asked)
}
