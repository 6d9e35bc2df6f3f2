//! The export of spans to a collector, in a task of its own: nobody waits for it, and what does not fit or is not taken is
//! counted and forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Certificate, Client, redirect};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::otlp;
use super::span::Span;
use super::table::TracesSettings;
use crate::innermost::innermost;
use crate::startup_error::StartupError;

/// The time in which spans gather before they are sent.
const GATHER_TIME: Duration = Duration::from_secs(1);
/// The spans after which they are sent at once.
const EXPORT_SPANS_MAX: usize = 512;
/// The time in which a collector must take them.
const EXPORT_TIME_MAX: Duration = Duration::from_secs(10);

/// What became of spans, since the server was started.
#[derive(Debug, Default)]
pub struct TraceFigures {
    /// Those that a collector took.
    pub exported: AtomicU64,
    /// Those for which there was no room while a collector was slow.
    pub dropped: AtomicU64,
    /// Those that a collector did not take.
    pub failed: AtomicU64,
}

/// What sends spans.
pub(super) struct Exporter {
    client: Client,
    settings: TracesSettings,
    figures: Arc<TraceFigures>,
    /// Whether the collector took no spans the last time: the log says it once.
    is_failing: bool,
}

impl Exporter {
    /// An exporter by these settings.
    pub fn new(settings: TracesSettings, figures: Arc<TraceFigures>) -> Result<Exporter, StartupError> {
        // What authenticates us must not follow to where an answer sends us.
        let mut builder = Client::builder().redirect(redirect::Policy::none()).timeout(EXPORT_TIME_MAX);
        if let Some(pem) = &settings.authorities {
            let authorities = Certificate::from_pem_bundle(pem)
                .map_err(|error| StartupError::Misused(format!("traces.ca cannot be used: {error}")))?;
            builder = builder.tls_certs_only(authorities);
        }
        let client = builder
            .build()
            .map_err(|error| StartupError::Failed(format!("cannot make HTTPS requests: {error}")))?;
        Ok(Exporter { client, settings, figures, is_failing: false })
    }

    /// Sends what is put into the queue, until it is told to stop; then what is left in it.
    pub async fn run(mut self, mut queue: mpsc::Receiver<Vec<Span>>, mut stop: watch::Receiver<bool>) {
        let (mut spans, mut send_at, mut is_stopping) = (Vec::new(), None::<Instant>, false);
        loop {
            let wait = send_at.unwrap_or_else(|| Instant::now() + GATHER_TIME);
            tokio::select! {
                received = queue.recv() => match received {
                    Some(more) => {
                        spans.extend(more);
                        send_at.get_or_insert_with(|| Instant::now() + GATHER_TIME);
                    }
                    None => break,
                },
                () = tokio::time::sleep_until(wait), if send_at.is_some() => {}
                // An error means that whoever would tell is gone: stop as well.
                _ = stop.wait_for(|stop| *stop), if !is_stopping => {
                    is_stopping = true;
                    queue.close();
                    continue;
                }
            }
            if spans.len() >= EXPORT_SPANS_MAX || send_at.is_some_and(|at| at <= Instant::now()) {
                self.send(&std::mem::take(&mut spans)).await;
                send_at = None;
            }
        }
        if !spans.is_empty() {
            self.send(&spans).await;
        }
    }

    async fn send(&mut self, spans: &[Span]) {
        let count = spans.len() as u64;
        let request = self.client.post(self.settings.url.clone()).headers(self.settings.headers.clone());
        let body = otlp::export(&self.settings.resource, spans);
        let sent = request.header(http::header::CONTENT_TYPE, "application/json").body(body).send().await;
        let taken = match sent {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answered {}", answer.status())),
            Err(error) => Err(innermost(&error)),
        };
        let place = self.settings.url.host_str().unwrap_or_default();
        match &taken {
            Ok(()) if self.is_failing => tracing::info!(place, "the collector takes traces again"),
            Err(reason) if !self.is_failing => {
                tracing::warn!(place, reason, "the collector does not take traces; they are lost");
            }
            _ => {}
        }
        self.is_failing = taken.is_err();
        let counted = if taken.is_ok() { &self.figures.exported } else { &self.figures.failed };
        counted.fetch_add(count, Ordering::Relaxed);
    }
}
