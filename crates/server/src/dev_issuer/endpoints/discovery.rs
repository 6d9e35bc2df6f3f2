//! OpenID Connect discovery, in both versions, and the issuer's public keys.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::dev_issuer::directory::NamedTenant;
use crate::dev_issuer::grants;
use crate::dev_issuer::oauth_error::respond;
use crate::dev_issuer::sign_in_request::{dev_issuer, origin_of};
use crate::graph::Graph;
use crate::http::{OtherStatus, document};
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::TENANT_PLACEHOLDER;
use crate::tokens::issue::DEV_ISSUER;

/// The document of the second version. Its issuer is that of identity tokens: libraries want it at the host that they
/// asked.
pub(super) async fn second_version<G: Graph>(
    state: State<Arc<Server<G>>>,
    name: Path<String>,
    names: Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let issuer = |origin: &str, tenant: &str| format!("{origin}/{tenant}/v2.0");
    answer(&state, &name, &names, request, "v2.0/", issuer)
}

/// The document of the first version. Its issuer is that of access tokens, which hold whatever port a server listens on.
pub(super) async fn first_version<G: Graph>(
    state: State<Arc<Server<G>>>,
    name: Path<String>,
    names: Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let issuer = |_: &str, tenant: &str| DEV_ISSUER.replace(TENANT_PLACEHOLDER, tenant);
    answer(&state, &name, &names, request, "", issuer)
}

fn answer<G: Graph>(
    server: &Server<G>,
    name: &str,
    names: &RequestNames,
    request: Request,
    version: &str,
    issuer: impl Fn(&str, &str) -> String,
) -> Result<Response, RequestError> {
    let (origin, _) = origin_of(server, request)?;
    let tenant = dev_issuer(server)?.directory.tenant(name);
    let document = tenant.map(|tenant| configuration(&origin, &tenant, version, issuer)).map_err(Into::into);
    respond(document, names, &origin)
}

fn configuration(
    origin: &str,
    tenant: &NamedTenant,
    version: &str,
    issuer: impl Fn(&str, &str) -> String,
) -> Value {
    let segment = tenant.segment();
    // Who asks for any tenant learns the issuer's name with a gap for it.
    let in_name = if tenant.any.is_some() { TENANT_PLACEHOLDER } else { &segment };
    let at = |path: &str| format!("{origin}/{segment}/{path}");
    json!({
        "issuer": issuer(origin, in_name),
        "authorization_endpoint": at("oauth2/v2.0/authorize"),
        "token_endpoint": at(&format!("oauth2/{version}token")),
        "device_authorization_endpoint": at("oauth2/v2.0/devicecode"),
        "end_session_endpoint": at("oauth2/v2.0/logout"),
        "jwks_uri": at(&format!("discovery/{version}keys")),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "grant_types_supported": [
            "authorization_code", "client_credentials", "refresh_token",
            grants::device_code::GRANT_TYPE, grants::on_behalf_of::GRANT_TYPE,
        ],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "oid", "ver",
        ],
        "tenant_region_scope": null,
        "cloud_instance_name": origin,
        "msgraph_host": "graph.microsoft.com",
    })
}

/// The keys, the same for every tenant.
pub(super) async fn keys<G: Graph>(State(server): State<Arc<Server<G>>>) -> Result<Response, RequestError> {
    let key = dev_issuer(&server)?.signing_key().await?;
    Ok(document(OtherStatus::Done, &json!({ "keys": [key.jwk] })))
}
