//! The life of a request, whole: from the head of it to the answer.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, predicate::SizeAbove};

use crate::batch::Envelope;
use crate::dev::DevIssuer;
use crate::graph::Graph;
use crate::limits::{self, Limits};
use crate::names::RequestNames;
use crate::origin::{self, Scheme};
use crate::refusal::Refusal;
use crate::tokens::Tokens;
use crate::{batch, body, dev_issuer, health, http as wire, observe};

/// Answers below this many bytes are not worth packing.
const PACKED_BYTES_MIN: u64 = 1400;

/// All that a request needs.
pub struct Server<G> {
    /// Whoever answers calls.
    pub graph: G,
    /// Whose tokens hold here.
    pub tokens: Tokens,
    /// The bounds.
    pub limits: Limits,
    /// How clients reach us.
    pub scheme: Scheme,
    /// Where a client gets a token, for those that come without.
    pub authorization_uri: String,
    /// The issuer under `/{tenant}/…`, in dev mode only.
    pub dev_issuer: Option<DevIssuer>,
}

/// Every path of the server. What OData gives a path is for the domain to say, so Graph is the fallback.
pub fn router<G: Graph>(server: Arc<Server<G>>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<G>))
        .fallback(answer::<G>);
    if server.dev_issuer.is_some() {
        router = router.merge(dev_issuer::routes::<G>());
    }
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(PACKED_BYTES_MIN));
    router
        .method_not_allowed_fallback(no_such_method)
        .layer(compression)
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&server), observe::observe::<G>))
        .with_state(server)
}

/// One request to Graph.
async fn answer<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    axum::Extension(names): axum::Extension<RequestNames>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    limits::check_head(&head, &server.limits)?;
    wire::check_root(head.uri.path())?;
    let verb = wire::verb(&head.method)?;
    let origin = origin::of(&head, server.scheme)?;
    let caller = server.tokens.authenticate(&head.headers, &server.graph).await?;
    let body = match verb {
        domain::Verb::Get => bytes::Bytes::new(),
        _ => body::read(&head.headers, body, &server.limits).await?,
    };
    let response = async {
        if let Some(version) = odata::batch::url::is_batch(head.uri.path()) {
            wire::only_post(verb)?;
            let caller = Arc::clone(&caller);
            return batch::answer(&server, &Envelope { version, origin, caller, names }, &body).await;
        }
        let call = wire::call(&head, verb, origin, body, Arc::clone(&caller), &names)?;
        Ok(wire::response(server.graph.call(call).await?))
    };
    let response = tokio::time::timeout(server.limits.call_time, response);
    let outcome = response.await.unwrap_or(Err(Refusal::Overdue));
    Ok(observe::on_behalf_of(caller, outcome))
}

/// A path that exists with another method.
async fn no_such_method(request: Request) -> Result<StatusCode, Refusal> {
    Err(Refusal::NoSuchMethod(request.method().clone()))
}
