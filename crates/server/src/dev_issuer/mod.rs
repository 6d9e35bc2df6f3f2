//! The dev issuer's endpoints under `/{tenant}/…`, as far as clients of Entra need them: discovery, keys, tokens for
//! applications, and tokens for a user who signs in by a device code.

mod complaint;
mod device_code;
mod form;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dev::{DevIssuer, TENANT_DEFAULT};
use crate::graph::Graph;
use crate::origin;
use crate::refusal::Refusal;
use crate::serve::Server;
use crate::tokens::issue::{self, SigningKey};

/// Names that stand for whatever tenant the user turns out to be of.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

/// The paths of the dev issuer.
pub fn routes<G: Graph>() -> Router<Arc<Server<G>>> {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::<G>))
        .route("/{tenant}/discovery/v2.0/keys", get(keys::<G>))
        .route("/{tenant}/oauth2/v2.0/token", post(token::token::<G>))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code::device_code::<G>).get(device_code::page))
}

/// A tenant by id or by name. A name always means the same tenant.
fn tenant(text: &str) -> Uuid {
    if ANY_TENANT.iter().any(|any| text.eq_ignore_ascii_case(any)) {
        return TENANT_DEFAULT;
    }
    Uuid::try_parse(text)
        .unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_DNS, text.to_lowercase().as_bytes()))
}

async fn discovery<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, _) = request.into_parts();
    let origin = origin::of(&head, server.scheme)?;
    let tenant = tenant(&name);
    Ok(document(
        StatusCode::OK,
        &json!({
            "issuer": issue::issuer_name(tenant),
            "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
            "device_authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "grant_types_supported": ["client_credentials", device_code::GRANT_TYPE],
        }),
    ))
}

async fn keys<G: Graph>(State(server): State<Arc<Server<G>>>) -> Result<Response, Refusal> {
    let key = signing_key(dev_issuer(&server)?).await?;
    Ok(document(StatusCode::OK, &json!({ "keys": [key.jwk] })))
}

fn dev_issuer<G>(server: &Server<G>) -> Result<&DevIssuer, Refusal> {
    server.dev_issuer.as_ref().ok_or_else(|| Refusal::Internal("no dev issuer outside dev mode".to_owned()))
}

/// The key, from its file: it may have been made by another process since.
async fn signing_key(issuer: &DevIssuer) -> Result<SigningKey, Refusal> {
    let folder = issuer.folder.clone();
    let key = tokio::task::spawn_blocking(move || folder.signing_key()).await;
    key.map_err(|error| Refusal::Internal(error.to_string()))?.map_err(Refusal::Internal)
}

fn document(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
