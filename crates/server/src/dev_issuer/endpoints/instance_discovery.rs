//! Instance discovery: libraries ask whether an authority is one that they may trust, and under which names it is known.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::dev_issuer::oauth_error::respond;
use crate::dev_issuer::parameters::SignInParameters;
use crate::dev_issuer::refusal::{MALFORMED, OauthError};
use crate::dev_issuer::sign_in_request::{dev_issuer, origin_of};
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;

pub(super) async fn answer<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let (origin, request) = origin_of(&server, request)?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let tenant = |name: &str| dev_issuer(&server).map(|issuer| issuer.directory.tenant(name));
    let outcome = match endpoint_tenant(&query, &origin) {
        Ok(name) => tenant(&name)?.map(|tenant| metadata(&origin, &tenant.segment())),
        Err(error) => Err(error),
    };
    respond(outcome.map_err(Into::into), &names, &origin)
}

/// The tenant of the authority that is asked about, which must be ours.
fn endpoint_tenant(query: &str, origin: &str) -> Result<String, OauthError> {
    let parameters = SignInParameters::parse(query.as_bytes())?;
    let endpoint = parameters.required("authorization_endpoint")?;
    let path = endpoint.strip_prefix(origin).and_then(|path| path.strip_prefix('/'));
    let tenant = path.and_then(|path| path.split('/').next()).filter(|tenant| !tenant.is_empty());
    let foreign = || MALFORMED.of(&format!("The authority of '{endpoint}' is not this server."));
    tenant.map(str::to_owned).ok_or_else(foreign)
}

fn metadata(origin: &str, tenant: &str) -> Value {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    json!({
        "tenant_discovery_endpoint": format!("{origin}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    })
}
