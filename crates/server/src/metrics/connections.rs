//! How the connections to PostgreSQL are used.

use store::ConnectionCounts;

use super::exposition::{Exposition, MetricKind};

/// The unit of the times that the store counts, as parts of a second.
const MICROS: f64 = 1e6;

/// Writes the figures, if there are connections.
pub(super) fn write(text: &mut Exposition, counts: Option<&ConnectionCounts>) {
    let Some(counts) = counts else { return };
    let gauges = [
        ("muster_database_connections", "Open connections to the database.", counts.open),
        ("muster_database_connections_in_use", "Connections that have something to do.", counts.in_use),
        ("muster_database_connections_waiting", "Callers who wait for a connection.", counts.waiting),
    ];
    for (name, help, count) in gauges {
        text.single(MetricKind::Gauge, name, help, count);
    }
    let counters = [
        ("muster_database_connections_opened_total", "Connections that were made.", counts.opened),
        (
            "muster_database_connections_failed_total",
            "Attempts to connect that failed at all hosts.",
            counts.failed,
        ),
        (
            "muster_database_retries_total",
            "Transactions that were tried again because the database had undone them in favour of others.",
            counts.retries,
        ),
    ];
    for (name, help, count) in counters {
        text.single(MetricKind::Counter, name, help, count);
    }
    let help = "The time of each wait for a connection; who finds one free does not wait.";
    let samples = [(&[][..], counts.waited_micros.clone())];
    text.histograms("muster_database_connection_wait_seconds", help, MICROS, samples);
}
