//! `POST /{tenant}/oauth2/v2.0/token`: a token for an application that knows the secret, or for the user who signed in
//! by a device code.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::device_code::{self, redeem};
use super::form::DevIssuerForm;
use super::issuer::{dev_issuer, signing_key, tenant};
use super::oauth_error::OauthError;
use crate::dev::{DevIssuer, USER_DEFAULT};
use crate::graph::Graph;
use crate::http::{OtherStatus, document};
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::issue::{
    LIFETIME_SECONDS_DEFAULT, SigningKey, TokenGrant, TokenSubject, client_info, issue, issue_identity,
};

/// The prefix of Graph's scopes when they are written in full, and the scope that asks for all of them.
const RESOURCE: &str = "https://graph.microsoft.com/";
const EVERYTHING: &str = ".default";

pub(super) async fn token<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let issuer = dev_issuer(&server)?;
    let form = DevIssuerForm::read(&server, request).await?;
    let key = signing_key(issuer).await?;
    let answer = match form.grant_type.as_str() {
        "client_credentials" => for_application(issuer, &key, tenant(&name), &form),
        device_code::GRANT_TYPE => for_user(issuer, &key, tenant(&name), &form),
        _ => Err(TokenRequestError::OauthError(OauthError::GRANT_TYPE)),
    };
    match answer {
        Ok(answer) => Ok(document(OtherStatus::Done, &answer)),
        Err(TokenRequestError::OauthError(oauth_error)) => Ok(oauth_error.response(&names)),
        Err(TokenRequestError::Defect(defect)) => Err(RequestError::Internal(defect)),
    }
}

enum TokenRequestError {
    OauthError(OauthError),
    Defect(String),
}

impl From<OauthError> for TokenRequestError {
    fn from(oauth_error: OauthError) -> TokenRequestError {
        TokenRequestError::OauthError(oauth_error)
    }
}

impl From<String> for TokenRequestError {
    fn from(defect: String) -> TokenRequestError {
        TokenRequestError::Defect(defect)
    }
}

fn for_application(
    issuer: &DevIssuer,
    key: &SigningKey,
    tenant: Uuid,
    form: &DevIssuerForm,
) -> Result<Value, TokenRequestError> {
    if form.client_id.is_empty() {
        return Err(OauthError::CLIENT_ID.into());
    }
    let expected = issuer.client_secret.as_bytes();
    aws_lc_rs::constant_time::verify_slices_are_equal(form.client_secret.as_bytes(), expected)
        .map_err(|_| OauthError::SECRET)?;
    let subject = TokenSubject::Application { client_id: &form.client_id };
    answer(
        key,
        &TokenGrant {
            tenant,
            subject,
            permissions: &issuer.permissions,
            lifetime_seconds: LIFETIME_SECONDS_DEFAULT,
        },
    )
}

fn for_user(
    issuer: &DevIssuer,
    key: &SigningKey,
    tenant: Uuid,
    form: &DevIssuerForm,
) -> Result<Value, TokenRequestError> {
    let asked = redeem(key, tenant, form)?;
    let permissions = permissions(issuer, &asked.scope);
    let subject = TokenSubject::User { user_principal_name: USER_DEFAULT, client_id: &form.client_id };
    let grant =
        TokenGrant { tenant, subject, permissions: &permissions, lifetime_seconds: LIFETIME_SECONDS_DEFAULT };
    let mut answer = answer(key, &grant)?;
    answer["scope"] = permissions.join(" ").into();
    answer["id_token"] = issue_identity(key, tenant, USER_DEFAULT, &form.client_id)?.into();
    answer["client_info"] = client_info(tenant, USER_DEFAULT).into();
    Ok(answer)
}

fn answer(key: &SigningKey, grant: &TokenGrant<'_>) -> Result<Value, TokenRequestError> {
    let seconds = grant.lifetime_seconds - 1;
    let access_token = issue(key, grant)?;
    Ok(json!({
        "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": access_token,
    }))
}

/// The permissions that are asked for and that there are.
fn permissions(issuer: &DevIssuer, scope: &str) -> Vec<String> {
    let asked: Vec<&str> =
        scope.split_ascii_whitespace().map(|scope| scope.trim_start_matches(RESOURCE)).collect();
    if asked.contains(&EVERYTHING) {
        return issuer.permissions.clone();
    }
    let is_asked = |known: &&String| asked.iter().any(|asked| asked.eq_ignore_ascii_case(known));
    issuer.permissions.iter().filter(is_asked).cloned().collect()
}
