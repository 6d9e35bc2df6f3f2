//! The dev issuer's endpoints under `/{tenant}/…`, as far as clients of Entra need them: discovery, keys, tokens for
//! applications, and tokens for a user who signs in by a device code.

mod device_code;
mod form;
mod issuer;
mod oauth_error;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use crate::graph::Graph;
use crate::http::{OtherStatus, document};
use crate::origin;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::issue;
use issuer::{dev_issuer, signing_key, tenant};

/// The paths of the dev issuer.
pub fn routes<G: Graph>() -> Router<Arc<Server<G>>> {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::<G>))
        .route("/{tenant}/discovery/v2.0/keys", get(keys::<G>))
        .route("/{tenant}/oauth2/v2.0/token", post(token::token::<G>))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code::device_code::<G>).get(device_code::page))
}

async fn discovery<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, RequestError> {
    let (head, _) = request.into_parts();
    let origin = origin::of(&head, &server.edge)?;
    let tenant = tenant(&name);
    Ok(document(
        OtherStatus::Done,
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

async fn keys<G: Graph>(State(server): State<Arc<Server<G>>>) -> Result<Response, RequestError> {
    let key = signing_key(dev_issuer(&server)?).await?;
    Ok(document(OtherStatus::Done, &json!({ "keys": [key.jwk] })))
}
