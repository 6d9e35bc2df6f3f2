//! The life of a request, whole: from its head to the answer.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use engine::{Call, Caller, Circumstances, SharedPlace, Verb, WorkLine, WorkPlace};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Version, header};

use crate::batch::BatchContext;
use crate::bulk::BulkContext;
use crate::graph::Graph;
use crate::large_work::{is_large, is_long};
use crate::lists::{ListSender, ListTask};
use crate::names::RequestNames;
use crate::observe::ObservedRequest;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::timing::StageTimer;
use crate::{
    batch, body, bulk, compress, framing, health, http as wire, limits, lists, methods, negotiate, observe,
    origin, recent_requests, request, routes, signed,
};

/// A function that answers any request.
pub type Responder = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// The responder of a server's connections.
pub fn responder<G: Graph>(server: Arc<Server<G>>) -> Responder {
    let other_paths = routes::router(Arc::clone(&server));
    Arc::new(move |request| Box::pin(respond(Arc::clone(&server), other_paths.clone(), request)))
}

/// Answers one request, whatever becomes of it.
async fn respond<G: Graph>(server: Arc<Server<G>>, other_paths: Router, request: Request) -> Response {
    let observed = ObservedRequest::begin(&request, &server);
    let coding = compress::accepted(request.headers());
    let is_head = request.method() == Method::HEAD;
    let is_signed = signed::is_signed(request.uri().path());
    let is_http1 = request.version() < Version::HTTP_2;
    let unread = body::Unread::of(&request);
    let mut caller = None;
    let outcome = {
        // Pinned in place: each move of a future copies the whole of it.
        let answer = pin!(answer(&server, other_paths, request, observed.names(), &mut caller));
        // The connection lives on, and the log tells.
        AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(observe::panicked)
    };
    unread.give_up(outcome.is_ok()).await;
    let mut outcome = outcome;
    // The place of large work, which packing is as well; after it the answer only waits for its client.
    let place = outcome.as_mut().ok().and_then(|response| response.extensions_mut().remove::<WorkPlace>());
    let outcome = match (outcome, coding) {
        (Ok(response), Some(coding)) => compress::compress(response, coding, place, &server).await,
        (outcome, _) => outcome,
    };
    let mut response = observed.end(outcome, caller.as_deref(), &server);
    if is_signed {
        server.freshness.write(response.headers_mut());
    }
    // HTTP/1 has no other word for it that nothing more is answered here.
    if is_http1 && server.stopping.is_told() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    // An error has a body too, and HTTP/2 breaks at one that follows a HEAD.
    if is_head { wire::head_of(response) } else { response }
}

/// Answers a request. Who asks is known to the log whatever happens next. What is seldom is boxed: every request would
/// have to make room for it.
async fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    other_paths: Router,
    request: Request,
    names: &RequestNames,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Response, RequestError> {
    framing::check(&request)?;
    limits::check_head(&request, &server.live().limits)?;
    let (head, body) = request.into_parts();
    if !routes::is_graph(head.uri.path()) {
        if !health::is_probe(head.uri.path()) {
            origin::of(&head, &server.edge)?;
        }
        let request = Request::from_parts(head, body);
        return Box::pin(routes::answer(other_paths, names, request)).await;
    }
    let origin = origin::of(&head, &server.edge)?;
    let Ok(verb) = request::verb(&head.method) else { return methods::answer(server, &head) };
    negotiate::check(&head.headers)?;
    if signed::is_signed(head.uri.path()) {
        return Box::pin(signed::answer(server, &head, body, names, caller)).await;
    }
    let circumstances = request::circumstances(&head.headers, &head.extensions, &Circumstances::default())?;
    let mut timer = StageTimer::start();
    let authenticated = server.authenticate(&head.headers).await?;
    *caller = Some(Arc::clone(&authenticated));
    timer.lap("token");
    let path = request::path(&head.uri);
    if recent_requests::is_requests(&path) {
        return recent_requests::answer(server.recent_requests.as_ref(), &head, &authenticated);
    }
    if bulk::is_bulk(&path) {
        let whole = BulkContext { caller: authenticated, origin, circumstances };
        return bulk::answer(server, &head, body, whole, names);
    }
    if let Some(task) = ListTask::at(&path) {
        let sender = ListSender { caller: authenticated, origin, circumstances };
        return Box::pin(lists::answer(server, task, &head, body, sender, names)).await;
    }
    let batch = odata::batch::url::is_batch(&path);
    // The requests of a batch are counted, and not the batch.
    if batch.is_none() {
        server.admit(&authenticated, verb, &path)?;
    }
    let live = server.live();
    let body = body::read(verb, &head.headers, body, &live.limits, server).await?;
    timer.lap("body");
    if let Some(version) = batch {
        let (caller, names) = (authenticated, names.clone());
        let place = SharedPlace::of(&server.work.batches);
        let context = BatchContext { version, origin, caller, names, circumstances, place };
        return Box::pin(batch::answer(server, &context, verb, &body)).await;
    }
    let call = request::call(&head, path, verb, origin, body, (authenticated, circumstances), names)?;
    let turn = server.turn(&call.caller, verb).await?;
    if names.is_recorded() {
        timer.lap("turn");
    }
    let is_read = verb == Verb::Get;
    let mut answer = if is_large(call.body.len()) || is_long(&call.query) {
        let work = server.work.with_place(|line| server.graph.call(Call { line, ..call }));
        server.stopping.bound(is_read, &live.limits, Box::pin(work).as_mut()).await?
    } else {
        let line = WorkLine::Own(Arc::clone(&server.work.alone));
        // Pinned in place: each move of a future copies the whole of it.
        let work = pin!(server.graph.call(Call { line, ..call }));
        server.stopping.bound(is_read, &live.limits, work).await?
    };
    drop(turn);
    server.room.hold(&mut answer, is_read)?;
    answer.timings = timer.followed_by(&answer.timings);
    Ok(wire::response_keeping_stages(answer, names.is_recorded()))
}
