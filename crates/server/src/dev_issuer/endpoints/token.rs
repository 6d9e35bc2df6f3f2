//! `POST /{tenant}/oauth2/v2.0/token`, and the first version of it: a token for whatever grant the client has.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::Value;

use crate::dev_issuer::grants::{
    authorization_code, client_credentials, device_code, on_behalf_of, password, refresh_token,
};
use crate::dev_issuer::oauth_error::{SignInError, respond};
use crate::dev_issuer::refusal::UNKNOWN_GRANT_TYPE;
use crate::dev_issuer::sign_in_request::{SignInRequest, origin_of};
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::unix_seconds_now;

pub(super) async fn second_version<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let (origin, request) = origin_of(&server, request)?;
    let answer = async {
        let request = SignInRequest::read(&server, &name, request).await?;
        granted(&request).await
    };
    respond(answer.await, &names, &origin)
}

/// The first version names a resource in place of scopes, and tells when the token ends.
pub(super) async fn first_version<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let (origin, request) = origin_of(&server, request)?;
    let answer = async {
        let mut request = SignInRequest::read(&server, &name, request).await?;
        let resource = request.parameters.required("resource")?.to_owned();
        let for_itself = request.parameters.get("grant_type") == Some("client_credentials");
        let others = if for_itself { "" } else { " openid offline_access" };
        request.parameters.set("scope", format!("{}/.default{others}", resource.trim_end_matches('/')));
        let mut answer = granted(&request).await?;
        let seconds = answer["expires_in"].as_u64().unwrap_or_default();
        answer["expires_on"] = unix_seconds_now().saturating_add(seconds).to_string().into();
        answer["resource"] = resource.into();
        Ok(answer)
    };
    respond(answer.await, &names, &origin)
}

async fn granted(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    match request.parameters.required("grant_type")? {
        "client_credentials" => client_credentials::answer(request).await,
        "authorization_code" => authorization_code::answer(request).await,
        "refresh_token" => refresh_token::answer(request).await,
        "password" => password::answer(request),
        device_code::GRANT_TYPE | device_code::OLD_GRANT_TYPE => device_code::answer(request).await,
        on_behalf_of::GRANT_TYPE => on_behalf_of::answer(request).await,
        other => Err(UNKNOWN_GRANT_TYPE.of(other).into()),
    }
}
