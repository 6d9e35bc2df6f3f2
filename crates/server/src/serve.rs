//! The life of a request, whole: from the head of it to the answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::get;
use domain::Caller;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};
use tower::ServiceExt;

use crate::batch::Envelope;
use crate::dev::DevIssuer;
use crate::graph::Graph;
use crate::limits::{self, Limits};
use crate::names::RequestNames;
use crate::observe::Observed;
use crate::origin::{self, Scheme};
use crate::refusal::Refusal;
use crate::tokens::Tokens;
use crate::{
    batch, body, bulk, compress, dev_issuer, framing, health, http as wire, negotiate, observe, openapi,
};

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

/// Answers any request there may be.
pub type Responder = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// Whoever answers the requests of a server's connections.
pub fn responder<G: Graph>(server: Arc<Server<G>>) -> Responder {
    let beside = beside(Arc::clone(&server));
    Arc::new(move |request| Box::pin(respond(Arc::clone(&server), beside.clone(), request)))
}

/// The paths that are not Graph's. What OData gives a path is for the domain to say, so Graph needs no routes.
fn beside<G: Graph>(server: Arc<Server<G>>) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready::<G>))
        .route(openapi::PATH, get(openapi::document::<G>))
        .fallback(no_such_path);
    if server.dev_issuer.is_some() {
        router = router.merge(dev_issuer::routes::<G>());
    }
    router.method_not_allowed_fallback(no_such_method).with_state(server)
}

/// One request, whatever becomes of it.
async fn respond<G: Graph>(server: Arc<Server<G>>, beside: Router, mut request: Request) -> Response {
    let observed = Observed::begin(&request);
    let coding = compress::accepted(request.headers());
    let is_head = request.method() == Method::HEAD;
    let mut caller = None;
    let answer = async {
        framing::check(&request)?;
        limits::check_head(&request, &server.limits)?;
        let path = request.uri().path();
        if wire::is_graph(path) && path != openapi::PATH {
            graph(&server, observed.names(), request, &mut caller).await
        } else {
            request.extensions_mut().insert(observed.names().clone());
            observe::outcome(beside.oneshot(request).await)
        }
    };
    // The connection lives on, and the log tells.
    let outcome = AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(observe::panicked);
    let outcome = match (outcome, coding) {
        (Ok(response), Some(coding)) => Ok(compress::compress(response, coding).await),
        (outcome, _) => outcome,
    };
    let response = observed.end(outcome, caller.as_deref(), &server.authorization_uri);
    // A refusal has a body too, and HTTP/2 breaks at one that follows a HEAD.
    if is_head { wire::head_of(response) } else { response }
}

/// One request to Graph. `caller` is told as soon as it is known: the log wants it whatever happens then.
async fn graph<G: Graph>(
    server: &Arc<Server<G>>,
    names: &RequestNames,
    request: Request,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let verb = wire::verb(&head.method)?;
    negotiate::check(&head.headers)?;
    let origin = origin::of(&head, server.scheme)?;
    let start = Instant::now();
    let authenticated = server.tokens.authenticate(&head.headers, &server.graph).await?;
    *caller = Some(Arc::clone(&authenticated));
    let known = Instant::now();
    if bulk::is_bulk(head.uri.path()) {
        return bulk::answer(server, &head, body, origin, authenticated, names);
    }
    let body = match verb {
        domain::Verb::Get => bytes::Bytes::new(),
        _ => body::read(&head.headers, body, &server.limits).await?,
    };
    let before = [("token", known - start), ("body", known.elapsed())];
    let call_time = server.limits.call_time;
    if let Some(version) = odata::batch::url::is_batch(head.uri.path()) {
        wire::only_post(verb)?;
        let envelope = Envelope { version, origin, caller: authenticated, names: names.clone() };
        let answer = batch::answer(server, &envelope, &body);
        return tokio::time::timeout(call_time, answer).await.unwrap_or(Err(Refusal::Overdue));
    }
    let call = wire::call(&head, verb, origin, body, authenticated, names)?;
    let mut answer = server.graph.call(call).await?;
    answer.timings.splice(0..0, before);
    Ok(wire::response(answer))
}

/// A path that nobody knows.
async fn no_such_path(request: Request<Body>) -> Result<StatusCode, Refusal> {
    wire::verb(request.method())?;
    Err(Refusal::NoSuchPath(request.uri().path().chars().take(200).collect()))
}

/// A path that exists with another method.
async fn no_such_method(request: Request) -> Result<StatusCode, Refusal> {
    Err(Refusal::NoSuchMethod { method: request.method().clone(), allow: None })
}
