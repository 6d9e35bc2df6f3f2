//! What surrounds every request: its names, the error body, the headers all responses have, and its line in the log.

use std::any::Any;
use std::convert::Infallible;

use axum::extract::Request;
use axum::response::Response;
use engine::Caller;
use http::{HeaderName, HeaderValue, Method, header};

use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::request_log::RequestLogLine;
use crate::server::Server;
use crate::{error_body, health, http as wire};

const CONTENT_TYPE_OPTIONS: HeaderName = HeaderName::from_static("x-content-type-options");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// A year in which browsers come by HTTPS only (RFC 6797).
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// A request that is observed from its head to its response.
pub struct ObservedRequest {
    names: RequestNames,
    line: RequestLogLine,
}

impl ObservedRequest {
    /// Names the request and begins its log line.
    pub fn begin<G>(request: &Request, server: &Server<G>) -> ObservedRequest {
        let (method, path) = (request.method().as_str(), request.uri().path());
        // Who looks every few seconds whether we live is of no interest.
        let trace = if health::is_probe(path) { None } else { server.traces.begin(request.headers()) };
        let names = RequestNames::of(request.headers()).traced(trace);
        let line = RequestLogLine::begin(method, path, names.ours_text()).traced(names.trace().cloned());
        let query = request.uri().query().filter(|_| server.recent_requests.is_some());
        let line = line.with_query(query.unwrap_or(""));
        ObservedRequest { names, line }
    }

    /// The names of the request.
    pub fn names(&self) -> &RequestNames {
        &self.names
    }

    /// Completes the response, and writes the log line.
    pub fn end<G: Graph>(
        self,
        outcome: Result<Response, RequestError>,
        caller: Option<&Caller>,
        server: &Server<G>,
    ) -> Response {
        let ObservedRequest { names, line } = self;
        let (mut response, error) = match outcome {
            Ok(response) => (response, None),
            Err(error) => {
                (error_body::response(&error, &names, &server.live().authorization_uri), Some(error))
            }
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
        server.figures.note(line.method(), response.status().as_u16(), line.elapsed());
        line.write(&mut response, error.as_ref(), caller, server);
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
            match allow {
                Some(allow) if method == Method::OPTIONS => Ok(wire::options(allow)),
                allow => Err(RequestError::NoSuchMethod { method, allow }),
            }
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
