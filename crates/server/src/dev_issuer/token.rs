//! `POST /{tenant}/oauth2/v2.0/token`: a token for an application that knows the secret, or for the user who signed in
//! by a device code.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::complaint::Complaint;
use super::device_code::{self, redeem};
use super::form::Form;
use super::{dev_issuer, document, signing_key, tenant};
use crate::dev::{DevIssuer, USER_DEFAULT};
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::refusal::Refusal;
use crate::serve::Server;
use crate::tokens::issue::{
    Grant, LIFETIME_SECONDS_DEFAULT, SigningKey, Subject, client_info, issue, issue_identity,
};

/// How a scope of Graph begins when it is written in full; what asks for everything ends in `.default`.
const RESOURCE: &str = "https://graph.microsoft.com/";
const EVERYTHING: &str = ".default";

pub(super) async fn token<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, Refusal> {
    let issuer = dev_issuer(&server)?;
    let form = Form::read(&server, request).await?;
    let key = signing_key(issuer).await?;
    let answer = match form.grant_type.as_str() {
        "client_credentials" => for_application(issuer, &key, tenant(&name), &form),
        device_code::GRANT_TYPE => for_user(issuer, &key, tenant(&name), &form),
        _ => Err(Failure::Complaint(Complaint::GRANT_TYPE)),
    };
    match answer {
        Ok(answer) => Ok(document(StatusCode::OK, &answer)),
        Err(Failure::Complaint(complaint)) => Ok(complaint.response(&names)),
        Err(Failure::Defect(defect)) => Err(Refusal::Internal(defect)),
    }
}

enum Failure {
    Complaint(Complaint),
    Defect(String),
}

impl From<Complaint> for Failure {
    fn from(complaint: Complaint) -> Failure {
        Failure::Complaint(complaint)
    }
}

impl From<String> for Failure {
    fn from(defect: String) -> Failure {
        Failure::Defect(defect)
    }
}

fn for_application(
    issuer: &DevIssuer,
    key: &SigningKey,
    tenant: Uuid,
    form: &Form,
) -> Result<Value, Failure> {
    if form.client_id.is_empty() {
        return Err(Complaint::CLIENT_ID.into());
    }
    let expected = issuer.client_secret.as_bytes();
    aws_lc_rs::constant_time::verify_slices_are_equal(form.client_secret.as_bytes(), expected)
        .map_err(|_| Complaint::SECRET)?;
    let subject = Subject::Application { client_id: &form.client_id };
    answer(
        key,
        &Grant {
            tenant,
            subject,
            permissions: &issuer.permissions,
            lifetime_seconds: LIFETIME_SECONDS_DEFAULT,
        },
    )
}

fn for_user(issuer: &DevIssuer, key: &SigningKey, tenant: Uuid, form: &Form) -> Result<Value, Failure> {
    let asked = redeem(key, tenant, form)?;
    let permissions = permissions(issuer, &asked.scope);
    let subject = Subject::User { user_principal_name: USER_DEFAULT, client_id: &form.client_id };
    let grant =
        Grant { tenant, subject, permissions: &permissions, lifetime_seconds: LIFETIME_SECONDS_DEFAULT };
    let mut answer = answer(key, &grant)?;
    answer["scope"] = permissions.join(" ").into();
    answer["id_token"] = issue_identity(key, tenant, USER_DEFAULT, &form.client_id)?.into();
    answer["client_info"] = client_info(tenant, USER_DEFAULT).into();
    Ok(answer)
}

fn answer(key: &SigningKey, grant: &Grant<'_>) -> Result<Value, Failure> {
    let seconds = grant.lifetime_seconds - 1;
    let access_token = issue(key, grant)?;
    Ok(json!({
        "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": access_token,
    }))
}

/// Of the scopes that are asked for, those that Graph knows here.
fn permissions(issuer: &DevIssuer, scope: &str) -> Vec<String> {
    let asked: Vec<&str> =
        scope.split_ascii_whitespace().map(|scope| scope.trim_start_matches(RESOURCE)).collect();
    if asked.contains(&EVERYTHING) {
        return issuer.permissions.clone();
    }
    let is_asked = |known: &&String| asked.iter().any(|asked| asked.eq_ignore_ascii_case(known));
    issuer.permissions.iter().filter(is_asked).cloned().collect()
}
