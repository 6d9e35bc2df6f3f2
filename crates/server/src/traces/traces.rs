//! Which requests are recorded, and the queue of their spans: nobody waits for a collector.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::exporter::{Exporter, TraceFigures};
use super::span::{Span, TracePosition, new_span};
use super::table::TracesTable;
use crate::startup_error::StartupError;

/// The requests whose spans wait to be sent; those of more are dropped.
const QUEUE_REQUESTS_MAX: usize = 1_024;
/// The time in which what waits is sent when the server stops.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(3);

/// Where the spans of requests and jobs go.
pub struct Traces {
    queue: mpsc::Sender<Vec<Span>>,
    /// Of 2^63 traces, those that are recorded.
    recorded_below: u64,
    figures: Arc<TraceFigures>,
    stop: watch::Sender<bool>,
    exporting: Mutex<Option<JoinHandle<()>>>,
}

impl Traces {
    /// The traces of a table, which are being sent from now on; none if there are to be none.
    pub(super) fn start(
        table: &TracesTable,
        instance: &str,
        figures: Arc<TraceFigures>,
    ) -> Result<Option<Arc<Traces>>, StartupError> {
        let Some(mut settings) = table.settings()? else { return Ok(None) };
        settings.resource.push(("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
        settings.resource.push(("service.instance.id".to_owned(), instance.to_owned()));
        let recorded_below = (settings.ratio * (1_u64 << 63) as f64) as u64;
        let exporter = Exporter::new(settings, Arc::clone(&figures))?;
        let (queue, waiting) = mpsc::channel(QUEUE_REQUESTS_MAX);
        let (stop, stopped) = watch::channel(false);
        let exporting = Mutex::new(Some(tokio::spawn(exporter.run(waiting, stopped))));
        Ok(Some(Arc::new(Traces { queue, recorded_below, figures, stop, exporting })))
    }

    /// The beginning of a trace, if it is among those that are recorded.
    pub(super) fn new_trace(&self) -> Option<TracePosition> {
        let mut trace = [0; 16];
        aws_lc_rs::rand::fill(&mut trace).ok()?;
        let (_, low) = trace.split_last_chunk::<8>()?;
        let is_recorded = u64::from_be_bytes(*low) >> 1 < self.recorded_below;
        is_recorded.then(|| TracePosition { trace, span: new_span(), is_recorded })
    }

    /// Hands over spans that belong together. Nobody waits for room.
    pub(super) fn send(&self, spans: Vec<Span>) {
        let count = spans.len() as u64;
        if self.queue.try_send(spans).is_err() {
            self.figures.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Sends what waits, as far as the collector takes it in time, and ends.
    pub(super) async fn close(&self) {
        self.stop.send_replace(true);
        let exporting = self.exporting.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut exporting) = exporting
            && tokio::time::timeout(CLOSE_TIME_MAX, &mut exporting).await.is_err()
        {
            exporting.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use http::HeaderMap;

    use super::{QUEUE_REQUESTS_MAX, TraceFigures, Traces, TracesTable};
    use crate::traces::{EndedRequest, RequestTrace};

    fn traces(ratio: f64) -> Arc<Traces> {
        // Nothing listens there.
        let endpoint = Some("http://127.0.0.1:9".to_owned());
        let table = TracesTable { endpoint, ratio, ..TracesTable::default() };
        Traces::start(&table, "here", Arc::new(TraceFigures::default())).unwrap().unwrap()
    }

    #[tokio::test]
    async fn so_many_traces_are_recorded_as_the_ratio_says() {
        crate::tls::install();
        for (ratio, least, most) in [(0.0, 0, 0), (1.0, 4_000, 4_000), (0.25, 800, 1_200)] {
            let traces = traces(ratio);
            let recorded =
                (0..4_000).filter(|_| RequestTrace::begin(&traces, &HeaderMap::new()).is_some()).count();
            assert!((least..=most).contains(&recorded), "{ratio}: {recorded}");
        }
    }

    #[tokio::test]
    async fn what_a_client_says_goes_before_the_ratio() {
        crate::tls::install();
        for (ratio, flags, is_recorded) in [(0.0, "01", true), (1.0, "00", false)] {
            let mut headers = HeaderMap::new();
            let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            headers.insert("traceparent", parent.parse().unwrap());
            let trace = RequestTrace::begin(&traces(ratio), &headers).unwrap();
            assert_eq!(trace.is_recorded(), is_recorded, "{ratio} {flags}");
        }
    }

    #[tokio::test]
    async fn what_has_no_room_is_counted_and_nobody_waits() {
        crate::tls::install();
        let traces = traces(1.0);
        // The exporter gets no turn in between.
        for _ in 0..QUEUE_REQUESTS_MAX + 7 {
            let stages = [("parse", Duration::from_micros(1))];
            RequestTrace::begin(&traces, &HeaderMap::new()).unwrap().end(&EndedRequest {
                method: "GET",
                path: "/beta/books",
                stages: &stages,
                ..EndedRequest::default()
            });
        }
        assert_eq!(traces.figures.dropped.load(Ordering::Relaxed), 14, "7 requests with a stage each");
    }
}
