//! Requests whose method is none of the API's: what the resource takes is told, whoever asks, as the documentation tells it too.

use axum::response::Response;
use engine::Verb;
use http::Method;
use http::request::Parts;

use crate::graph::Graph;
use crate::lists::ListTask;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::{bulk, http as wire, request, signed};

/// The answer to `OPTIONS`, or the refusal of any other method that the API does not have.
pub fn answer<G: Graph>(server: &Server<G>, head: &Parts) -> Result<Response, RequestError> {
    let path = request::path(&head.uri);
    let takes_only_post = bulk::is_bulk(&path)
        || ListTask::at(&path).is_some()
        || signed::is_signed(&path)
        || odata::batch::url::is_batch(&path).is_some();
    let verbs = if takes_only_post { vec![Verb::Post] } else { server.graph.allowed(&path)? };
    let allow = wire::allow(&verbs);
    match head.method {
        Method::OPTIONS => Ok(wire::options(allow)),
        ref other => Err(RequestError::NoSuchMethod { method: other.clone(), allow: Some(allow) }),
    }
}
