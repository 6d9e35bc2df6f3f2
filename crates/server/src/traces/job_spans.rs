//! The spans of jobs. A job has a trace of its own, which names the request that caused it: it may run long after.

use std::borrow::Cow;
use std::sync::Arc;

use engine::{JobRun, WatchJobs};

use super::live_traces::LiveTraces;
use super::span::{Span, SpanKind};

/// Has spans of jobs recorded while there are traces.
pub struct TracedJobs(pub Arc<LiveTraces>);

impl WatchJobs for TracedJobs {
    fn is_watching(&self) -> bool {
        self.0.is_on()
    }

    fn ended(&self, run: JobRun<'_>) {
        let Some(traces) = self.0.current() else { return };
        let Some(position) = traces.new_trace() else { return };
        let span = Span {
            position,
            parent: None,
            state: None,
            name: Cow::Owned(format!("job {}", run.kind)),
            kind: SpanKind::Internal,
            begun: run.begun,
            took: run.took,
            attributes: Vec::new(),
            failure: run.failure.map(str::to_owned),
        };
        let span = span
            .with("muster.request_id", Some(run.request_id.to_string()))
            .with("muster.tenant", Some(run.tenant.to_string()))
            .with("muster.attempts", Some(i64::from(run.attempts)));
        traces.send(vec![span]);
    }
}
