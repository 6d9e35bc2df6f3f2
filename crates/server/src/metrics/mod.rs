//! What Prometheus reads, on an address of its own. Requests only add to numbers; the text is made when it is asked for.
//!
//! Labels are methods, statuses, and what the model names: no path, no tenant, no caller.

mod connections;
mod exposition;
mod listener;
mod place;
mod process;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::EngineFigures;

use crate::certificate_dates::CertificateDates;
use crate::graph::Graph;
use crate::http as wire;
use crate::server::Server;
use exposition::{Exposition, MetricKind};

pub use listener::MetricsListener;
pub use place::MetricsPlace;

use MetricKind::{Counter, Gauge};

/// The time that the domain may take for its figures; without them, the rest is told all the same.
const FIGURES_TIME_MAX: Duration = Duration::from_secs(5);
const MICROS: f64 = 1e6;

/// Where metrics are read from.
pub struct Metrics<G> {
    /// The server that is watched.
    pub server: Arc<Server<G>>,
    /// The file of the certificate, whose end is told.
    pub certificate: Option<PathBuf>,
    /// The instant at which the server was started, in seconds since 1970.
    pub started_seconds: f64,
}

impl<G: Graph> Metrics<G> {
    /// The metrics of a server that starts now.
    pub fn of(server: Arc<Server<G>>, certificate: Option<PathBuf>) -> Metrics<G> {
        Metrics { server, certificate, started_seconds: process::unix_seconds() }
    }

    /// The text of all metrics.
    pub async fn text(&self) -> String {
        let mut text = Exposition::default();
        self.write_server(&mut text);
        self.write_http(&mut text);
        process::write(&mut text);
        let figures = tokio::time::timeout(FIGURES_TIME_MAX, self.server.graph.figures()).await;
        let figures = figures.ok().and_then(Result::ok);
        let help = "Whether the database answered when these metrics were read.";
        text.single(Gauge, "muster_database_up", help, u8::from(figures.is_some()));
        if let Some(figures) = figures {
            write_calls(&mut text, &figures);
            write_store(&mut text, &figures);
            connections::write(&mut text, figures.store.connections.as_ref());
        }
        text.text()
    }

    fn write_server(&self, text: &mut Exposition) {
        let labels = [("version", env!("CARGO_PKG_VERSION"))];
        text.family(Gauge, "muster_build_info", "The version that runs.", [(&labels[..], 1)]);
        let help = "Start time of the process since unix epoch in seconds.";
        text.single(Gauge, "process_start_time_seconds", help, self.started_seconds);
        let pem = self.certificate.as_ref().and_then(|file| std::fs::read(file).ok());
        if let Some(dates) = pem.and_then(|pem| CertificateDates::of_chain(&pem).ok()) {
            let help = "When the server's certificate ends, in seconds since 1970.";
            let end = dates.not_after.as_second();
            text.single(Gauge, "muster_certificate_expiry_timestamp_seconds", help, end);
        }
    }

    fn write_http(&self, text: &mut Exposition) {
        let figures = &self.server.figures;
        let requests = figures.requests();
        let labels: Vec<_> = requests
            .iter()
            .map(|(method, status, count)| ([("method", *method), ("status", status.as_str())], *count))
            .collect();
        let samples = labels.iter().map(|(labels, count)| (&labels[..], *count));
        text.family(Counter, "muster_http_requests_total", "HTTP requests that were answered.", samples);
        let durations = figures.durations();
        let durations = durations.into_iter().map(|(method, counts)| ([("method", method)], counts));
        let durations: Vec<_> = durations.collect();
        let samples = durations.iter().map(|(labels, counts)| (&labels[..], counts.clone()));
        let help = "The time from a request's head to its answer.";
        text.histograms("muster_http_request_duration_seconds", help, MICROS, samples);
        let open = figures.connections.load(Ordering::Relaxed);
        text.single(Gauge, "muster_connections", "Open connections.", open);
        let counters = [
            (
                "muster_connections_refused_total",
                "Connections beyond those of an address.",
                &figures.refused_connections,
            ),
            ("muster_requests_throttled_total", "Requests that callers made too fast.", &figures.throttled),
        ];
        for (name, help, count) in counters {
            text.single(Counter, name, help, count.load(Ordering::Relaxed));
        }
        let traces = &self.server.traces.figures;
        let spans = [
            ([("outcome", "exported")], traces.exported.load(Ordering::Relaxed)),
            ([("outcome", "failed")], traces.failed.load(Ordering::Relaxed)),
            ([("outcome", "dropped")], traces.dropped.load(Ordering::Relaxed)),
        ];
        let samples = spans.iter().map(|(labels, count)| (&labels[..], *count));
        text.family(Counter, "muster_trace_spans_total", "Spans of traces by what became of them.", samples);
        let tokens = [
            ([("outcome", "accepted")], figures.tokens_accepted.load(Ordering::Relaxed)),
            ([("outcome", "refused")], figures.tokens_refused.load(Ordering::Relaxed)),
        ];
        let samples = tokens.iter().map(|(labels, count)| (&labels[..], *count));
        text.family(Counter, "muster_tokens_total", "Requests by whether their token held.", samples);
    }
}

fn write_calls(text: &mut Exposition, figures: &EngineFigures) {
    let ends: Vec<_> = figures
        .calls
        .iter()
        .flat_map(|calls| {
            let operation = calls.operation.as_str();
            // Several ends may have one status.
            let mut by_status = std::collections::BTreeMap::<u16, u64>::new();
            for (outcome, count) in &calls.ends {
                *by_status.entry(wire::outcome_status(*outcome)).or_default() += count;
            }
            by_status.into_iter().map(move |(status, count)| (operation, status.to_string(), count))
        })
        .collect();
    let labels: Vec<_> = ends
        .iter()
        .map(|(operation, status, count)| ([("operation", *operation), ("status", status.as_str())], *count))
        .collect();
    let samples = labels.iter().map(|(labels, count)| (&labels[..], *count));
    text.family(Counter, "muster_calls_total", "Calls of the Graph API, those in batches too.", samples);
    let durations =
        figures.calls.iter().map(|calls| ([("operation", calls.operation.as_str())], &calls.micros));
    let durations: Vec<_> = durations.collect();
    let samples = durations.iter().map(|(labels, counts)| (&labels[..], (*counts).clone()));
    text.histograms("muster_call_duration_seconds", "The time that calls took.", MICROS, samples);
}

fn write_store(text: &mut Exposition, figures: &EngineFigures) {
    let (store, backlog) = (&figures.store, &figures.backlog);
    let help = "Units of work in each commit.";
    text.histograms("muster_commit_units", help, 1.0, [(&[][..], store.commit_units.clone())]);
    let help = "The time of each commit.";
    text.histograms("muster_commit_duration_seconds", help, MICROS, [(&[][..], store.commit_micros.clone())]);
    let counters = [
        ("muster_commits_failed_total", "Commits that failed as a whole.", store.failed_commits),
        ("muster_checkpoints_total", "Times that SQLite's log was moved into its file.", store.checkpoints),
        ("muster_secrets_revealed_total", "Entities whose secrets were shown.", store.revealed),
    ];
    for (name, help, count) in counters {
        text.single(Counter, name, help, count);
    }
    let help = "Units of work that wait to be written.";
    text.single(Gauge, "muster_write_queue_units", help, backlog.units_waiting);
    let help = "Pages of SQLite's log that are not in its file yet.";
    text.single(Gauge, "muster_log_pages", help, backlog.log_pages);
    if let Some(states) = &figures.states {
        let labels: Vec<_> = states
            .counts
            .iter()
            .map(|(state, count)| ([("set", states.set.as_str()), ("state", state.as_str())], *count))
            .collect();
        let samples = labels.iter().map(|(labels, count)| (&labels[..], *count));
        text.family(Gauge, "muster_entities", "Entities by their state, as they were counted last.", samples);
        let help = "The time since the entities were counted.";
        text.single(Gauge, "muster_entities_age_seconds", help, states.age.as_secs_f64());
    }
    if let Some(audit) = figures.audit {
        let help = "Records of the audit that its sink lacks, counted up to ten thousand.";
        text.single(Gauge, "muster_audit_sink_records", help, audit.records);
        let help = "The age of the oldest record of the audit that its sink lacks.";
        text.single(Gauge, "muster_audit_sink_oldest_seconds", help, audit.oldest_seconds);
    }
    let help = "Jobs that are due, counted up to ten thousand.";
    text.single(Gauge, "muster_jobs_due", help, backlog.jobs_due);
    let help = "How long the oldest job that is due has been so.";
    text.single(Gauge, "muster_jobs_oldest_due_seconds", help, figures.oldest_job_seconds);
    let labels: Vec<_> = figures.jobs.iter().map(|job| ([("kind", job.kind.as_str())], job)).collect();
    let counts = labels.iter().map(|(labels, job)| (&labels[..], job.count));
    text.family(Gauge, "muster_jobs", "Jobs that are not done.", counts);
    let ages = labels.iter().map(|(labels, job)| (&labels[..], job.late_seconds.max(0.0)));
    text.family(
        Gauge,
        "muster_jobs_late_seconds",
        "For how long the first job of a kind has been due.",
        ages,
    );
}
