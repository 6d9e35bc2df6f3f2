//! What surrounds every request: its names, the error body, the headers all responses have, and its line in the log.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Caller;
use http::{HeaderName, HeaderValue, header};

use crate::error_body;
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::refusal::Refusal;
use crate::serve::Server;

const CONTENT_TYPE_OPTIONS: HeaderName = HeaderName::from_static("x-content-type-options");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// The longest path that is logged whole.
const LOGGED_PATH_BYTES_MAX: usize = 512;

/// The outermost layer.
pub async fn observe<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let names = RequestNames::of(request.headers());
    let line = Line::of(&request, &names, start);
    request.extensions_mut().insert(names.clone());
    let mut response = next.run(request).await;
    let refusal = response.extensions_mut().remove::<Refusal>();
    let caller = response.extensions_mut().remove::<Arc<Caller>>();
    if let Some(refusal) = &refusal {
        response = error_body::response(refusal, &names, &server.authorization_uri);
        response.headers_mut().insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    names.write(headers);
    line.write(&response, refusal.as_ref(), caller.as_deref());
    response
}

/// Ties the caller to the response, for the log.
pub fn on_behalf_of(caller: Arc<Caller>, outcome: Result<Response, Refusal>) -> Response {
    let mut response = outcome.into_response();
    response.extensions_mut().insert(caller);
    response
}

/// The response to a request whose handler panicked: the connection lives on, and the log tells.
pub fn panicked(payload: Box<dyn Any + Send + 'static>) -> http::Response<Body> {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "without a message".to_owned(),
    };
    Refusal::Internal(format!("panicked: {text}")).into_response()
}

/// What the log says of a request. A request that its client gave up on, and so never gets a response, is logged
/// when it is dropped. Never in it: the query, which may hold what was searched for, a body, or a token.
struct Line {
    method: http::Method,
    path: String,
    request_id: String,
    start: Instant,
    written: bool,
}

impl Line {
    fn of(request: &Request, names: &RequestNames, start: Instant) -> Line {
        let path = request.uri().path();
        let mut end = path.len().min(LOGGED_PATH_BYTES_MAX);
        while !path.is_char_boundary(end) {
            end -= 1;
        }
        Line {
            method: request.method().clone(),
            path: path.get(..end).unwrap_or_default().to_owned(),
            request_id: names.ours_text().to_owned(),
            start,
            written: false,
        }
    }

    fn write(mut self, response: &Response, refusal: Option<&Refusal>, caller: Option<&Caller>) {
        self.written = true;
        let status = response.status();
        let (method, path, request_id) = (self.method.as_str(), &self.path, &self.request_id);
        let milliseconds = self.start.elapsed().as_secs_f64() * 1000.0;
        let tenant = caller.map(|caller| tracing::field::display(caller.tenant));
        let caller_id = caller.map(|caller| tracing::field::display(caller.object_id));
        let error = refusal.map(|refusal| refusal.outcome().code);
        let detail = refusal.and_then(Refusal::detail);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "muster::request",
                    method,
                    path,
                    status = status.as_u16(),
                    milliseconds,
                    request_id,
                    tenant,
                    caller = caller_id,
                    error,
                    detail,
                )
            };
        }
        if status.is_server_error() {
            line!(error);
        } else if path.ends_with("/healthz") || path.ends_with("/readyz") {
            line!(debug);
        } else {
            line!(info);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.written {
            let (method, path, request_id) = (self.method.as_str(), &self.path, &self.request_id);
            let milliseconds = self.start.elapsed().as_secs_f64() * 1000.0;
            tracing::info!(target: "muster::request", method, path, milliseconds, request_id, "abandoned");
        }
    }
}
