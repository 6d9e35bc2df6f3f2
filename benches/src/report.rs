//! The table for people, the JSON for programs, and what was missed.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::footprint::{Footprint, megabytes};
use crate::round::Round;

/// One workload at one store and size: medians over the rounds.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub store: &'static str,
    pub devices: u64,
    pub workload: &'static str,
    pub must: f64,
    /// The rate of the bare HTTP server.
    pub http: Round,
    /// The rate of the bare database.
    pub bare: Round,
    pub muster: Round,
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub entries: Vec<Entry>,
    pub footprints: Vec<Footprint>,
    pub binary_bytes: u64,
    pub binary_miss: Option<String>,
    /// How many processes wanted to run in the minute before.
    pub load_before: f64,
}

/// From here on others had a say in the numbers. What waits for the disk suffers most.
const LOAD_QUIET: f64 = 0.5;

/// The share of its rate that a workload must keep when devices grow tenfold. Not where all have to be looked at.
const GROWTH_MUST: f64 = 0.8;

impl Entry {
    /// Muster's share of the limit: the slower of the bare server and the bare database.
    pub fn share(&self) -> f64 {
        share_of(self.muster, if self.http.rate < self.bare.rate { self.http } else { self.bare })
    }

    /// A line of the report.
    pub fn line(&self) -> String {
        let share = self.share();
        format!(
            "{:8} {:>9} {:16} {:>9.0} {:>9.0} {:>9.0} {:>9.3} {:>9.3} {:>6.2} {:>6.2} {:>6.2} {:>5.2} {}",
            self.store,
            self.devices,
            self.workload,
            self.http.rate,
            self.bare.rate,
            self.muster.rate,
            self.muster.median / 1e3,
            self.muster.p99 / 1e3,
            share_of(self.muster, self.http),
            share_of(self.muster, self.bare),
            share,
            self.must,
            if share < self.must { "MISSED" } else { "" },
        )
    }

    fn json(&self) -> Value {
        let round = |round: Round| json!({"rate": round.rate, "medianMicroseconds": round.median, "p99Microseconds": round.p99});
        json!({
            "store": self.store,
            "devices": self.devices,
            "workload": self.workload,
            "bareHttp": round(self.http),
            "bareStore": round(self.bare),
            "muster": round(self.muster),
            "share": self.share(),
            "must": self.must,
        })
    }
}

impl Report {
    /// The report as text for people.
    pub fn table(&self) -> String {
        let heading = "store      devices workload         A: http/s B: store/s muster/s  median ms    p99 ms    \
                       /A     /B  /limit must";
        let mut lines = vec![heading.to_owned()];
        lines.extend(self.entries.iter().map(Entry::line));
        lines.extend([String::new(), Footprint::heading().to_owned()]);
        lines.extend(self.footprints.iter().map(Footprint::line));
        lines.push(format!("\nbinary: {}", megabytes(self.binary_bytes)));
        if self.load_before > LOAD_QUIET {
            lines.push(format!("The machine was not quiet (load {:.2}): measure again.", self.load_before));
        }
        lines.join("\n")
    }

    /// The report as JSON for programs.
    pub fn write_json(&self, path: &Path) -> Result<()> {
        let entries: Vec<_> = self.entries.iter().map(Entry::json).collect();
        let footprints: Vec<_> = self.footprints.iter().map(Footprint::json).collect();
        let report = json!({
            "workloads": entries,
            "footprints": footprints,
            "binaryBytes": self.binary_bytes,
            "loadBefore": self.load_before,
            "misses": self.misses(),
        });
        std::fs::write(path, format!("{report:#}\n"))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Everything that must be reached and was not.
    pub fn misses(&self) -> Vec<String> {
        let missed = self.entries.iter().filter(|entry| entry.share() < entry.must);
        let mut misses: Vec<String> = missed
            .map(|Entry { store, devices, workload, must, .. }| {
                format!("{workload} on {store} at {devices} devices: less than {must} of its limit")
            })
            .collect();
        misses.extend(self.entries.iter().filter_map(|entry| self.shrinks(entry)));
        misses.extend(self.footprints.iter().flat_map(Footprint::misses));
        misses.extend(self.binary_miss.clone());
        misses
    }

    /// Whether a workload is much slower than with a tenth of the devices.
    fn shrinks(&self, entry: &Entry) -> Option<String> {
        let same = |other: &&Entry| (other.store, other.workload) == (entry.store, entry.workload);
        let small = self
            .entries
            .iter()
            .filter(same)
            .find(|other| other.devices.saturating_mul(10) == entry.devices)?;
        let kept = share_of(entry.muster, small.muster);
        (kept < GROWTH_MUST).then(|| {
            let Entry { store, workload, devices, .. } = entry;
            format!("{workload} on {store} at {devices} devices: {kept:.2} of the rate at a tenth of them")
        })
    }
}

/// How one rate compares with another.
fn share_of(own: Round, other: Round) -> f64 {
    if other.rate > 0.0 { own.rate / other.rate } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(devices: u64, http: f64, bare: f64, muster: f64) -> Entry {
        let round = |rate| Round { rate, ..Round::default() };
        let (http, bare, muster) = (round(http), round(bare), round(muster));
        Entry { store: "sqlite", devices, workload: "get", must: 0.4, http, bare, muster }
    }

    #[test]
    fn the_limit_is_the_slower_of_both() {
        for (http, bare, expected) in [(100.0, 50.0, 0.5), (50.0, 100.0, 0.5), (25.0, 100.0, 1.0)] {
            assert_eq!(entry(1, http, bare, 25.0).share(), expected, "{http} {bare}");
        }
    }

    #[test]
    fn what_must_be_reached_is_checked() {
        for (entries, count) in [
            (vec![entry(10, 100.0, 100.0, 40.0)], 0),
            (vec![entry(10, 100.0, 100.0, 39.0)], 1),
            (vec![entry(10, 100.0, 100.0, 100.0), entry(100, 100.0, 100.0, 80.0)], 0),
            (vec![entry(10, 100.0, 100.0, 100.0), entry(100, 100.0, 100.0, 79.0)], 1),
        ] {
            let report = Report { entries, ..Report::default() };
            assert_eq!(report.misses().len(), count, "{report:?}");
        }
    }
}
