//! The spans of a request: one for it, and below it one for each of its stages. They say what its line in the log says.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use data_encoding::HEXLOWER;
use engine::{Authorization, Caller};
use http::HeaderMap;

use super::span::{Span, SpanKind, TracePosition, new_span};
use super::trace_context::ParentContext;
use super::traces::Traces;

/// The stages of a request in their order, and the time that each took. They ride on the response of one that is recorded.
#[derive(Clone)]
pub struct StageTimes(pub Vec<(&'static str, Duration)>);

/// The trace of a request that is under way.
pub struct RequestTrace {
    traces: Arc<Traces>,
    position: TracePosition,
    parent: Option<[u8; 8]>,
    state: Option<String>,
    kind: SpanKind,
    begun: SystemTime,
}

/// A request that is answered, or given up.
#[derive(Default)]
pub struct EndedRequest<'r> {
    /// The method of HTTP.
    pub method: &'r str,
    /// Its path without the query, as far as the log has it.
    pub path: &'r str,
    /// Our name for it.
    pub request_id: &'r str,
    /// Its id in a batch, if it is part of one.
    pub part: Option<&'r str>,
    /// What it is about, by the model.
    pub target: Option<&'r str>,
    /// The status of the answer; none if nobody waited for it.
    pub status: Option<u16>,
    /// Whose token it has.
    pub caller: Option<&'r Caller>,
    /// By what it was allowed or refused.
    pub authorization: Option<&'r Authorization>,
    /// The name of its error.
    pub error: Option<&'r str>,
    /// Whether the server failed.
    pub is_failure: bool,
    /// The time from its head to the answer.
    pub took: Duration,
    /// The stages that were measured.
    pub stages: &'r [(&'static str, Duration)],
}

impl fmt::Debug for RequestTrace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RequestTrace").field("position", &self.position).finish_non_exhaustive()
    }
}

impl RequestTrace {
    /// The trace of a request that has come: its client's, or a new one.
    pub(super) fn begin(traces: &Arc<Traces>, headers: &HeaderMap) -> Option<RequestTrace> {
        match ParentContext::of(headers) {
            Some(parent) => Some(RequestTrace::below(traces, parent)),
            None => Some(RequestTrace::new(traces, traces.new_trace()?)),
        }
    }

    /// The first span of a trace.
    fn new(traces: &Arc<Traces>, position: TracePosition) -> RequestTrace {
        let (traces, begun) = (Arc::clone(traces), SystemTime::now());
        RequestTrace { traces, position, parent: None, state: None, kind: SpanKind::Server, begun }
    }

    /// A span below a client's.
    fn below(traces: &Arc<Traces>, parent: ParentContext) -> RequestTrace {
        let ParentContext { trace, span, is_sampled, state } = parent;
        let position = TracePosition { trace, span: new_span(), is_recorded: is_sampled };
        RequestTrace { parent: Some(span), state, ..RequestTrace::new(traces, position) }
    }

    /// The trace of a part of this request.
    pub fn part(&self) -> RequestTrace {
        RequestTrace {
            traces: Arc::clone(&self.traces),
            position: TracePosition { span: new_span(), ..self.position },
            parent: Some(self.position.span),
            state: self.state.clone(),
            kind: SpanKind::Internal,
            begun: SystemTime::now(),
        }
    }

    /// Whether it is recorded, and so worth measuring for.
    pub fn is_recorded(&self) -> bool {
        self.position.is_recorded
    }

    /// The id of the trace, as logs have it.
    pub fn trace_id(&self) -> String {
        HEXLOWER.encode(&self.position.trace)
    }

    /// The id of the request's span, as logs have it; none if it is not recorded.
    pub fn span_id(&self) -> Option<String> {
        self.position.is_recorded.then(|| HEXLOWER.encode(&self.position.span))
    }

    /// Hands over the spans of the request, if it is recorded.
    pub fn end(&self, ended: &EndedRequest<'_>) {
        if !self.position.is_recorded {
            return;
        }
        let mut spans = Vec::with_capacity(1 + ended.stages.len());
        spans.push(self.span(ended));
        let mut begun = self.begun;
        for (stage, took) in ended.stages {
            spans.push(Span {
                position: TracePosition { span: new_span(), ..self.position },
                parent: Some(self.position.span),
                state: self.state.clone(),
                name: Cow::Borrowed(stage),
                kind: SpanKind::Internal,
                begun,
                took: *took,
                attributes: Vec::new(),
                failure: None,
            });
            begun += *took;
        }
        self.traces.send(spans);
    }

    fn span(&self, ended: &EndedRequest<'_>) -> Span {
        let operation = ended.authorization.and_then(|told| told.operation.as_deref());
        let permission = ended.authorization.and_then(|told| told.permission.as_deref());
        let missing = ended.authorization.and_then(|told| told.missing_permission.as_deref());
        let name = match ended.target {
            Some(target) => format!("{} {target}", ended.method),
            None => ended.method.to_owned(),
        };
        let span = Span {
            position: self.position,
            parent: self.parent,
            state: self.state.clone(),
            name: Cow::Owned(name),
            kind: self.kind,
            begun: self.begun,
            took: ended.took,
            attributes: Vec::with_capacity(12),
            failure: ended.is_failure.then(|| ended.error.unwrap_or("failure").to_owned()),
        };
        span.with("http.request.method", Some(ended.method))
            .with("url.path", Some(ended.path))
            .with("http.response.status_code", ended.status.map(i64::from))
            .with("error.type", ended.error)
            .with("muster.request_id", Some(ended.request_id))
            .with("muster.part", ended.part)
            .with("muster.tenant", ended.caller.map(|caller| caller.tenant.to_string()))
            .with("muster.caller", ended.caller.map(|caller| caller.object_id.to_string()))
            .with("muster.operation", operation)
            .with("muster.permission", permission)
            .with("muster.missing_permission", missing)
    }
}
