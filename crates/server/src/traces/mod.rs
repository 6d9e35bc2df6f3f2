//! Traces (OpenTelemetry): which requests are recorded, and the spans that tell of them. The stages of a request are measured
//! for `Server-Timing` in any case, so spans are made of them once the request is answered. Without the setting `traces.endpoint`
//! a request asks only whether there are traces.

mod exporter;
mod job_spans;
mod live_traces;
mod otlp;
mod request_spans;
mod span;
mod table;
mod trace_context;
#[expect(clippy::module_inception, reason = "it is what the others are about")]
mod traces;

pub use exporter::TraceFigures;
pub use job_spans::TracedJobs;
pub use live_traces::LiveTraces;
pub use request_spans::{EndedRequest, RequestTrace, StageTimes};
pub use table::TracesTable;
