//! The traces that hold now: none, or those of the configuration as it was read last.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::HeaderMap;
use uuid::Uuid;

use super::exporter::TraceFigures;
use super::request_spans::RequestTrace;
use super::table::TracesTable;
use super::traces::Traces;
use crate::startup_error::StartupError;

/// The traces of a server, which a new configuration replaces.
pub struct LiveTraces {
    current: ArcSwapOption<Traces>,
    /// What became of spans since the server was started.
    pub figures: Arc<TraceFigures>,
    /// The name of this process among those of the service.
    instance: String,
}

impl Default for LiveTraces {
    fn default() -> LiveTraces {
        LiveTraces {
            current: ArcSwapOption::empty(),
            figures: Arc::default(),
            instance: Uuid::new_v4().to_string(),
        }
    }
}

impl LiveTraces {
    /// The traces of a table, which are being sent from now on; none if there are to be none.
    pub fn start(&self, table: &TracesTable) -> Result<Option<Arc<Traces>>, StartupError> {
        Traces::start(table, &self.instance, Arc::clone(&self.figures))
    }

    /// Has these hold from now on. Those before send what they have.
    pub fn replace(&self, traces: Option<Arc<Traces>>) {
        self.current.store(traces);
    }

    /// The traces now, if there are any.
    pub(super) fn current(&self) -> Option<Arc<Traces>> {
        self.current.load_full()
    }

    /// Whether there are traces.
    pub(super) fn is_on(&self) -> bool {
        self.current.load().is_some()
    }

    /// The trace of a request that has come: its client's, or a new one.
    pub fn begin(&self, headers: &HeaderMap) -> Option<Arc<RequestTrace>> {
        let current = self.current.load();
        RequestTrace::begin(current.as_ref()?, headers).map(Arc::new)
    }

    /// Sends what waits, and ends.
    pub async fn close(&self) {
        if let Some(traces) = self.current.swap(None) {
            traces.close().await;
        }
    }
}
