//! `/console`: the pages for people, as a client of this server that its own files come from. Its files are public; what
//! they show, they ask for with a token like anybody.

mod configured;
mod missing_page;
mod settings;
mod sign_in;
mod table;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderName, HeaderValue};

use crate::graph::Graph;
use crate::http as wire;
use crate::request_error::RequestError;
use crate::server::Server;

pub use configured::Console;
pub use table::SignInTable;

/// Where the console is.
pub const PATH: &str = "/console";
/// The path below it that an issuer sends people back to.
pub const SIGNED_IN: &str = "/console/signed-in";

/// The folder of its scripts and styles; any other path is one that its scripts know.
const ASSETS: &str = "assets/";

/// Whoever opens the console in a window of its own gets no hold on it.
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The paths of the console.
pub fn routes<G: Graph>() -> Router<Arc<Server<G>>> {
    Router::new()
        .route("/console", get(page::<G>))
        .route("/console/", get(page::<G>))
        .route("/console/settings.json", get(settings::answer::<G>))
        .route("/console/{*path}", get(file::<G>))
}

async fn file<G: Graph>(
    state: State<Arc<Server<G>>>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, RequestError> {
    match console::file(&path) {
        Some(file) => Ok(wire::file(file.bytes, file.media_type, caching(file.is_named_by_content))),
        None if path.starts_with(ASSETS) => Err(RequestError::no_such_path(request.uri().path())),
        None => Ok(page(state).await),
    }
}

/// The page that starts the console, wherever in it one wants to be.
async fn page<G: Graph>(State(server): State<Arc<Server<G>>>) -> Response {
    let Some(page) = console::page() else { return missing_page::response() };
    let mut response = wire::file(page.bytes, page.media_type, caching(page.is_named_by_content));
    let headers = response.headers_mut();
    wire::for_people(headers, &server.live().console.policy);
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// How long a file is kept: for ever if another content has another name, and otherwise not at all.
fn caching(is_named_by_content: bool) -> HeaderValue {
    HeaderValue::from_static(match is_named_by_content {
        true => "public, max-age=31536000, immutable",
        false => "no-store",
    })
}
