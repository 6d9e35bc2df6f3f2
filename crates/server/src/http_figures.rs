//! What the HTTP side counts. A request adds to a few numbers; nothing here waits or is locked.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use engine::{DURATION_BOUNDS_MICROS, Histogram, HistogramCounts};

use crate::http::{STATUS_PLACES, status_at, status_place};

/// The methods that are told apart.
const METHODS: [&str; 8] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"];
/// The name of all others, which clients may invent.
const OTHER_METHOD: &str = "other";

/// The counts of the HTTP side.
pub struct HttpFigures {
    /// For each method, and for all others together, a count for each status.
    requests: Box<[AtomicU64]>,
    micros: Vec<Histogram>,
    /// The connections that are open.
    pub connections: AtomicI64,
    /// The connections that were closed because their address had too many.
    pub refused_connections: AtomicU64,
    /// The requests whose token held.
    pub tokens_accepted: AtomicU64,
    /// The requests without a token that held.
    pub tokens_refused: AtomicU64,
    /// The requests that callers made too fast.
    pub throttled: AtomicU64,
}

impl Default for HttpFigures {
    fn default() -> HttpFigures {
        let methods = METHODS.len() + 1;
        HttpFigures {
            requests: (0..methods * STATUS_PLACES).map(|_| AtomicU64::new(0)).collect(),
            micros: (0..methods).map(|_| Histogram::new(&DURATION_BOUNDS_MICROS)).collect(),
            connections: AtomicI64::new(0),
            refused_connections: AtomicU64::new(0),
            tokens_accepted: AtomicU64::new(0),
            tokens_refused: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        }
    }
}

impl HttpFigures {
    /// Counts a request that was answered.
    pub fn note(&self, method: &str, status: u16, took: Duration) {
        let method = METHODS.iter().position(|known| *known == method).unwrap_or(METHODS.len());
        let status = status_place(status);
        if let Some(count) = self.requests.get(method * STATUS_PLACES + status) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(micros) = self.micros.get(method) {
            micros.note_duration(took);
        }
    }

    /// The requests by method and status, as far as there were any.
    pub fn requests(&self) -> Vec<(&'static str, String, u64)> {
        let counted = self.requests.iter().enumerate().map(|(at, count)| (at, count.load(Ordering::Relaxed)));
        let counted = counted.filter(|(_, count)| *count > 0);
        counted
            .map(|(at, count)| (method(at / STATUS_PLACES), status_at(at % STATUS_PLACES).to_string(), count))
            .collect()
    }

    /// The times of requests by method, as far as there were any.
    pub fn durations(&self) -> Vec<(&'static str, HistogramCounts)> {
        let told = self.micros.iter().enumerate().map(|(at, micros)| (method(at), micros.counts()));
        told.filter(|(_, counts)| counts.count > 0).collect()
    }
}

fn method(at: usize) -> &'static str {
    METHODS.get(at).copied().unwrap_or(OTHER_METHOD)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::HttpFigures;

    #[test]
    fn invented_methods_make_no_labels() {
        let figures = HttpFigures::default();
        for method in ["GET", "BREW", "STEEP"] {
            figures.note(method, 404, Duration::from_millis(1));
        }
        let told: Vec<_> = figures.requests();
        assert_eq!(told, [("GET", "404".to_owned(), 1), ("other", "404".to_owned(), 2)]);
        assert_eq!(figures.durations().iter().map(|(_, counts)| counts.count).collect::<Vec<_>>(), [1, 2]);
    }
}
