//! The on-behalf-of grant (RFC 7523, 2.1): an API that was called with a user's token gets one for another API, for the
//! same user.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::dev_issuer::client_proof;
use crate::dev_issuer::delegation::{self, Delegation};
use crate::dev_issuer::directory::DevApplication;
use crate::dev_issuer::oauth_error::SignInError;
use crate::dev_issuer::refusal::{
    BAD_USER_ASSERTION, MALFORMED, OauthError, USER_ASSERTION_AUDIENCE, USER_ASSERTION_TIME,
};
use crate::dev_issuer::sign_in_request::SignInRequest;

pub(in crate::dev_issuer) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The claims of the user's token that matter.
#[derive(Deserialize)]
struct UserAssertion {
    aud: String,
    tid: Uuid,
    oid: Uuid,
    /// Only a user's token has scopes.
    scp: Option<String>,
}

pub(in crate::dev_issuer) async fn answer(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    let application = request.application()?;
    let proof = client_proof::demand(request, &application).await?;
    let parameters = &request.parameters;
    if parameters.required("requested_token_use")? != "on_behalf_of" {
        return Err(MALFORMED.of("requested_token_use must be 'on_behalf_of'.").into());
    }
    let assertion = verified(request, &application, parameters.required("assertion")?)?;
    let directory = &request.issuer.directory;
    let user = directory.user_by_id(assertion.tid, assertion.oid).filter(|_| assertion.scp.is_some());
    let delegation = Delegation {
        tenant: assertion.tid,
        application: &application,
        proof,
        user: user.ok_or_else(|| BAD_USER_ASSERTION.of("it is of nobody who is known here"))?,
        scope: parameters.required("scope")?,
        nonce: None,
        spa: None,
    };
    delegation::answer(request, delegation)
}

/// The claims of a token of ours that is for this application.
fn verified(
    request: &SignInRequest<'_>,
    application: &DevApplication,
    assertion: &str,
) -> Result<UserAssertion, OauthError> {
    let broken = |_| BAD_USER_ASSERTION.of("its signature does not hold");
    let key = DecodingKey::from_jwk(&request.key.jwk).map_err(broken)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Which audiences are the application's is for it to say.
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode::<UserAssertion>(assertion, &key, &validation);
    let claims = decoded.map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature => USER_ASSERTION_TIME.plain(),
        _ => broken(error),
    })?;
    let claims = claims.claims;
    let is_tenant = request.tenant.any.is_some() || request.tenant.id == claims.tid;
    if !is_tenant {
        return Err(BAD_USER_ASSERTION.of("it is of another tenant"));
    }
    if !application.is_called(&claims.aud) {
        return Err(USER_ASSERTION_AUDIENCE.of(&claims.aud));
    }
    Ok(claims)
}
