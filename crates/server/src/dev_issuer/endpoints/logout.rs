//! `GET /{tenant}/oauth2/v2.0/logout`. There is no session to end: it says so, or leads back to the application.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::dev_issuer::pages;
use crate::dev_issuer::sign_in_request::dev_issuer;
use crate::graph::Graph;
use crate::http::redirect;
use crate::request_error::RequestError;
use crate::server::Server;

pub(super) async fn answer<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(_): Path<String>,
    request: Request,
) -> Result<Response, RequestError> {
    let query = request.uri().query().unwrap_or_default();
    let back = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "post_logout_redirect_uri");
    let known =
        back.filter(|(_, uri)| dev_issuer(&server).is_ok_and(|issuer| issuer.directory.is_redirect_uri(uri)));
    let answer = known.and_then(|(_, uri)| redirect(&uri));
    Ok(answer.unwrap_or_else(|| pages::done("You have signed out. The dev issuer keeps no session.")))
}
