//! `POST /_/inspect`: a list of any length, and what is wrong with it. Memory does not grow with its bytes.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use engine::{Answer, Error, ErrorKind, Status};
use http::request::Parts;
use http::{HeaderValue, header};
use tokio::sync::Semaphore;

use super::options::Options;
use super::upload;
use crate::graph::Graph;
use crate::http as wire;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::stopping;

/// The query options.
const OPTIONS: &[&str] = &["after"];
/// The lists that are inspected at once: each keeps a thread.
const INSPECTIONS_MAX: usize = 4;
static INSPECTIONS: Semaphore = Semaphore::const_new(INSPECTIONS_MAX);

pub(super) async fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    head: &Parts,
    body: Body,
) -> Result<Response, RequestError> {
    let (headers, mut options) = (&head.headers, Options::read(head.uri.query().unwrap_or(""), OPTIONS)?);
    let after = options.take_number("after")?;
    let packed = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().any(packed) {
        return Err(RequestError::UnsupportedMediaType("lists are taken unpacked only".to_owned()));
    }
    let Ok(_inspection) = INSPECTIONS.try_acquire() else {
        let message = format!("The server inspects {INSPECTIONS_MAX} lists already. Try again in a moment.");
        return Err(Error::new(ErrorKind::Unavailable, message).into());
    };
    let (sender, list) = upload::channel();
    let inspecting = tokio::task::spawn_blocking(move || G::inspect_list(list, after));
    let sending = upload::send(body, sender, server.live().limits.body_time);
    let sent = tokio::select! {
        sent = sending => sent,
        // A list of any length takes any time, and can be looked at again.
        () = server.stopping.draining() => Err(stopping::told()),
    };
    let told = inspecting.await.map_err(|error| RequestError::Internal(error.to_string()))?;
    sent?;
    let told = told.map_err(|error| RequestError::Malformed(format!("the list cannot be read: {error}")))?;
    Ok(wire::response(Answer::json(Status::Ok, told)))
}
