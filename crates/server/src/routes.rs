//! The paths that are not Graph's: health, the OpenAPI document, the console and, in dev mode, the issuer. What OData gives a path is
//! for the domain to say, so Graph needs no routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use tower::ServiceExt;

use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::{console, dev_issuer, health, observe, openapi, request};

/// The router of these paths.
pub fn router<G: Graph>(server: Arc<Server<G>>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<G>))
        .route(openapi::PATH, get(openapi::document::<G>))
        .merge(console::routes::<G>())
        .fallback(no_such_path);
    if server.dev_issuer.is_some() {
        router = router.merge(dev_issuer::routes::<G>());
    }
    router.method_not_allowed_fallback(no_such_method).with_state(server)
}

/// Whether the domain answers this path.
pub fn is_graph(path: &str) -> bool {
    request::is_below_root(path) && path != openapi::PATH
}

/// The answer to a request whose path is not Graph's.
pub async fn answer(
    router: Router,
    names: &RequestNames,
    mut request: Request,
) -> Result<Response, RequestError> {
    request.extensions_mut().insert(names.clone());
    observe::outcome(router.oneshot(request).await)
}

/// The answer on a path that nobody knows.
async fn no_such_path(request: Request) -> RequestError {
    match request::verb(request.method()) {
        Ok(_) => RequestError::no_such_path(request.uri().path()),
        Err(error) => error,
    }
}

/// The answer on a path that exists with another method.
async fn no_such_method(request: Request) -> RequestError {
    RequestError::NoSuchMethod { method: request.method().clone(), allow: None }
}
