//! What surrounds every request: its names, the error body, the headers all responses have, and its line in the log.

use std::any::Any;
use std::convert::Infallible;
use std::time::Instant;

use axum::extract::Request;
use axum::response::Response;
use engine::Caller;
use http::{HeaderName, HeaderValue, header};

use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::{code, error_body, http as wire};

const CONTENT_TYPE_OPTIONS: HeaderName = HeaderName::from_static("x-content-type-options");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// A year in which browsers come by HTTPS only (RFC 6797).
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The longest path that is logged whole.
const LOGGED_PATH_BYTES_MAX: usize = 512;

/// A request that is observed from its head to its response.
pub struct ObservedRequest {
    names: RequestNames,
    line: RequestLogLine,
}

impl ObservedRequest {
    /// Names the request and begins its log line.
    pub fn begin(request: &Request) -> ObservedRequest {
        let names = RequestNames::of(request.headers());
        let line = RequestLogLine::of(request, &names, Instant::now());
        ObservedRequest { names, line }
    }

    /// The names of the request.
    pub fn names(&self) -> &RequestNames {
        &self.names
    }

    /// Completes the response, and writes the log line.
    pub fn end<G>(
        self,
        outcome: Result<Response, RequestError>,
        caller: Option<&Caller>,
        server: &Server<G>,
    ) -> Response {
        let ObservedRequest { names, line } = self;
        let (mut response, error) = match outcome {
            Ok(response) => (response, None),
            Err(error) => (error_body::response(&error, &names, &server.authorization_uri), Some(error)),
        };
        let headers = response.headers_mut();
        if error.is_some() {
            headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
        }
        headers.insert(CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if server.edge.strict_transport {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
        }
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        names.write(headers);
        line.write(&response, error.as_ref(), caller);
        response
    }
}

/// The outcome of a request that a router answered: a handler's error rides on its response.
pub fn outcome(answer: Result<Response, Infallible>) -> Result<Response, RequestError> {
    let mut response = match answer {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match response.extensions_mut().remove::<RequestError>() {
        // The router knows what else the path takes.
        Some(RequestError::NoSuchMethod { method, .. }) => {
            let allow = response.headers().get(header::ALLOW).and_then(|allow| allow.to_str().ok());
            let allow = allow.and_then(|allow| HeaderValue::from_str(&allow.replace(',', ", ")).ok());
            Err(RequestError::NoSuchMethod { method, allow })
        }
        Some(error) => Err(error),
        None => Ok(response),
    }
}

/// The outcome of a request whose handler panicked.
pub fn panicked(payload: Box<dyn Any + Send + 'static>) -> Result<Response, RequestError> {
    Err(panic(&*payload))
}

/// The error that a panic is to the client.
pub fn panic(payload: &(dyn Any + Send)) -> RequestError {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "without a message".to_owned(),
    };
    RequestError::Internal(format!("panicked: {text}"))
}

/// What the log says of a request. A request that its client gave up on, and so never gets a response, is logged
/// when it is dropped. Never in it: the query, which may hold what was searched for, a body, or a token.
struct RequestLogLine {
    method: http::Method,
    path: String,
    request_id: String,
    start: Instant,
    written: bool,
}

/// A path, as far as the log has it.
pub fn logged(path: &str) -> &str {
    &path[..path.floor_char_boundary(LOGGED_PATH_BYTES_MAX)]
}

impl RequestLogLine {
    fn of(request: &Request, names: &RequestNames, start: Instant) -> RequestLogLine {
        RequestLogLine {
            method: request.method().clone(),
            path: logged(request.uri().path()).to_owned(),
            request_id: names.ours_text().to_owned(),
            start,
            written: false,
        }
    }

    fn write(mut self, response: &Response, error: Option<&RequestError>, caller: Option<&Caller>) {
        self.written = true;
        let status = response.status();
        let (method, path, request_id) = (self.method.as_str(), &self.path, &self.request_id);
        let milliseconds = milliseconds_since(self.start);
        let tenant = caller.map(|caller| tracing::field::display(caller.tenant));
        let caller_id = caller.map(|caller| tracing::field::display(caller.object_id));
        let name = error.map(|error| code::name(error.code()));
        let number = error.map(|error| error.code().0);
        let detail = error.and_then(RequestError::detail);
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
                    error = name,
                    number,
                    detail,
                )
            };
        }
        if wire::is_failure(status, error) {
            line!(error);
        } else if path.ends_with("/healthz") || path.ends_with("/readyz") {
            line!(debug);
        } else {
            line!(info);
        }
    }
}

/// The milliseconds since an instant, to the microsecond.
fn milliseconds_since(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

impl Drop for RequestLogLine {
    fn drop(&mut self) {
        if !self.written {
            let (method, path, request_id) = (self.method.as_str(), &self.path, &self.request_id);
            let milliseconds = milliseconds_since(self.start);
            tracing::info!(target: "muster::request", method, path, milliseconds, request_id, "abandoned");
        }
    }
}
