//! What Linux tells of this process; nothing where there is no such system.

use std::time::{SystemTime, UNIX_EPOCH};

use super::exposition::{Exposition, MetricKind};

/// The clock ticks of a second and the bytes of a page, as Linux tells them to programs on every machine of ours.
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_BYTES: u64 = 4_096;

/// Writes memory, open files and processor time, under the names that all programs have for them.
pub fn write(text: &mut Exposition) {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    let pages = read("statm").split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    if let Some(pages) = pages {
        let help = "Resident memory size in bytes.";
        text.single(MetricKind::Gauge, "process_resident_memory_bytes", help, pages * PAGE_BYTES);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        let help = "Number of open file descriptors.";
        text.single(MetricKind::Gauge, "process_open_fds", help, files.count());
    }
    let stat = read("stat");
    // The name of the program, in parentheses, may have blanks.
    let fields: Vec<f64> = stat
        .rsplit_once(')')
        .map(|(_, fields)| fields.split(' ').filter_map(|field| field.parse().ok()).collect())
        .unwrap_or_default();
    // After the state, which is no number, the eleventh and twelfth are the time in user and system mode.
    if let (Some(user), Some(system)) = (fields.get(10), fields.get(11)) {
        let help = "Total user and system CPU time spent in seconds.";
        text.single(
            MetricKind::Counter,
            "process_cpu_seconds_total",
            help,
            (user + system) / TICKS_PER_SECOND,
        );
    }
}

/// The seconds since 1970.
pub fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
}
