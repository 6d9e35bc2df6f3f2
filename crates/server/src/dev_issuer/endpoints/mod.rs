//! The paths of the issuer, one file each. Pages of other origins may read the documents and ask for tokens; nothing
//! here lives on cookies, so nothing is given away by that.

mod authorize;
mod device_code;
mod discovery;
mod error_page;
mod instance_discovery;
mod logout;
mod token;
mod user_realm;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use http::Method;
use tower_http::cors::{Any, CorsLayer};

use crate::graph::Graph;
use crate::server::Server;

/// The paths of the dev issuer.
pub fn routes<G: Graph>() -> Router<Arc<Server<G>>> {
    let for_any_origin =
        CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers(Any);
    let documents = Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::second_version::<G>))
        .route("/{tenant}/.well-known/openid-configuration", get(discovery::first_version::<G>))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys::<G>))
        .route("/{tenant}/discovery/keys", get(discovery::keys::<G>))
        .route("/{tenant}/discovery/instance", get(instance_discovery::answer::<G>))
        .route("/{tenant}/userrealm/{user}", get(user_realm::answer::<G>))
        .route("/{tenant}/UserRealm/{user}", get(user_realm::answer::<G>))
        .route("/{tenant}/oauth2/v2.0/token", post(token::second_version::<G>))
        .route("/{tenant}/oauth2/token", post(token::first_version::<G>))
        .layer(for_any_origin);
    Router::new()
        .merge(documents)
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::answer::<G>).post(authorize::answer::<G>))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code::issue::<G>))
        .route("/{tenant}/oauth2/deviceauth", get(device_code::page::<G>).post(device_code::page::<G>))
        .route("/{tenant}/oauth2/v2.0/logout", get(logout::answer::<G>))
        .route("/error", get(error_page::answer))
}
