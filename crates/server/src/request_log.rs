//! The line of a request in the log, be it one that came alone or a part of a batch. Never in it: the query, which may hold what
//! was searched for, a body, or a token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Response;
use engine::{Authorization, Caller};
use tracing::field::display;

use crate::graph::Graph;
use crate::recent_requests::NotedRequest;
use crate::request_error::{RequestError, shown};
use crate::server::Server;
use crate::traces::{EndedRequest, RequestTrace, StageTimes};
use crate::{code, http as wire};

/// The longest path that is logged whole.
const PATH_BYTES_MAX: usize = 512;

/// What the log says of a request. A request that its client gave up on, and so never gets a response, is logged when it is
/// dropped.
pub struct RequestLogLine {
    method: String,
    path: String,
    /// For the recent requests of dev mode: the log has no query.
    query: String,
    request_id: String,
    /// The id in its batch, if it is part of one.
    part: Option<String>,
    start: Instant,
    trace: Option<Arc<RequestTrace>>,
    written: bool,
}

impl RequestLogLine {
    /// The method of the request.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The time since the request's head was read.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Begins the line of a request that has come.
    pub fn begin(method: &str, path: &str, request_id: &str) -> RequestLogLine {
        RequestLogLine {
            method: method.to_owned(),
            path: path[..path.floor_char_boundary(PATH_BYTES_MAX)].to_owned(),
            query: String::new(),
            request_id: request_id.to_owned(),
            part: None,
            start: Instant::now(),
            trace: None,
            written: false,
        }
    }

    /// The line of a part of a batch, which has this id there.
    pub fn of_part(mut self, id: &str) -> RequestLogLine {
        self.part = Some(shown(id).to_owned());
        self
    }

    /// The line of a request that is part of a trace, if it is.
    pub fn traced(mut self, trace: Option<Arc<RequestTrace>>) -> RequestLogLine {
        self.trace = trace;
        self
    }

    /// The line of a request with a query, which only the recent requests are told.
    pub fn with_query(mut self, query: &str) -> RequestLogLine {
        self.query = query.to_owned();
        self
    }

    /// Writes the line of a request that is answered, notes the request among the recent ones, if there are any, and ends its
    /// trace.
    pub fn write<G: Graph>(
        mut self,
        response: &mut Response,
        error: Option<&RequestError>,
        caller: Option<&Caller>,
        server: &Server<G>,
    ) {
        self.written = true;
        let stages = self.trace.as_ref().and_then(|_| response.extensions_mut().remove::<StageTimes>());
        let response = &*response;
        if let Some(recent) = &server.recent_requests {
            recent.note(&NotedRequest {
                request_id: &self.request_id,
                part: self.part.as_deref(),
                method: &self.method,
                path: &self.path,
                query: &self.query,
                milliseconds: self.milliseconds(),
                response,
                error,
                caller,
            });
        }
        let status = response.status();
        let (method, path, request_id) = (&*self.method, &*self.path, &*self.request_id);
        let part = self.part.as_deref();
        let milliseconds = self.milliseconds();
        let tenant = caller.map(|caller| display(caller.tenant));
        let caller_id = caller.map(|caller| display(caller.object_id));
        let told = response.extensions().get::<Authorization>();
        let authorization = told.or_else(|| error.and_then(RequestError::authorization));
        let operation = authorization.and_then(|authorization| authorization.operation.as_deref());
        let permission = authorization.and_then(|authorization| authorization.permission.as_deref());
        let missing_permission =
            authorization.and_then(|authorization| authorization.missing_permission.as_deref());
        let trace_id = self.trace.as_ref().map(|trace| trace.trace_id());
        let span_id = self.trace.as_ref().and_then(|trace| trace.span_id());
        let (trace_id, span_id) = (trace_id.as_deref(), span_id.as_deref());
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
                    part,
                    tenant,
                    caller = caller_id,
                    operation,
                    permission,
                    missing_permission,
                    trace_id,
                    span_id,
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
        if let Some(trace) = &self.trace {
            trace.end(&EndedRequest {
                target: authorization
                    .and_then(|authorization| server.graph.target_name(authorization.target)),
                status: Some(status.as_u16()),
                caller,
                authorization,
                error: name,
                is_failure: wire::is_failure(status, error),
                stages: stages.as_ref().map_or(&[], |StageTimes(stages)| stages),
                ..self.ended()
            });
        }
    }

    /// What a trace is told of the request in any case.
    fn ended(&self) -> EndedRequest<'_> {
        EndedRequest {
            method: &self.method,
            path: &self.path,
            request_id: &self.request_id,
            part: self.part.as_deref(),
            took: self.start.elapsed(),
            ..EndedRequest::default()
        }
    }

    /// The milliseconds since the request came, to the microsecond.
    fn milliseconds(&self) -> f64 {
        (self.start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1_000.0
    }
}

impl Drop for RequestLogLine {
    fn drop(&mut self) {
        if !self.written {
            let (method, path, request_id) = (&*self.method, &*self.path, &*self.request_id);
            let (part, milliseconds) = (self.part.as_deref(), self.milliseconds());
            let trace_id = self.trace.as_ref().map(|trace| trace.trace_id());
            let trace_id = trace_id.as_deref();
            tracing::info!(
                target: "muster::request", method, path, milliseconds, request_id, part, trace_id, "abandoned"
            );
            if let Some(trace) = &self.trace {
                trace.end(&EndedRequest { error: Some("abandoned"), ..self.ended() });
            }
        }
    }
}
