//! Requests whose method is none of the API's: what the resource takes is told, whoever asks, as the documentation tells it too.

use axum::response::Response;
use engine::Verb;
use http::Method;
use http::request::Parts;

use crate::graph::Graph;
use crate::lists::ListTask;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::{bulk, http as wire, recent_requests, request, signed};

/// The answer to `OPTIONS`, or the refusal of any other method that the API does not have.
pub fn answer<G: Graph>(server: &Server<G>, head: &Parts) -> Result<Response, RequestError> {
    let path = request::path(&head.uri);
    let takes_only_post = bulk::is_bulk(&path)
        || ListTask::at(&path).is_some()
        || signed::is_signed(&path)
        || odata::batch::url::is_batch(&path).is_some();
    let is_noted = server.recent_requests.is_some() && recent_requests::is_requests(&path);
    let verbs = match (takes_only_post, is_noted) {
        (true, _) => vec![Verb::Post],
        (_, true) => vec![Verb::Get],
        _ => server.graph.allowed(&path)?,
    };
    let allow = wire::allow(&verbs);
    match head.method {
        Method::OPTIONS => Ok(wire::options(allow)),
        ref other => Err(RequestError::NoSuchMethod { method: other.clone(), allow: Some(allow) }),
    }
}
