//! The table for people, the JSON for programs, and what was missed.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::goals::Goal;
use crate::options::StoreKind;
use crate::round::Round;

/// From here on others had a say in the numbers. What waits for the disk suffers most.
const LOAD_QUIET: f64 = 0.5;

/// A workload on a store: Muster and the two limits, as medians over the rounds.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub store: StoreKind,
    pub devices: u64,
    pub name: String,
    pub http: Round,
    pub bare: Round,
    pub muster: Round,
}

/// Any other number.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub store: StoreKind,
    pub devices: u64,
    pub name: String,
    pub value: f64,
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub entries: Vec<Entry>,
    pub figures: Vec<Figure>,
    /// How many processes wanted to run in the minute before.
    pub load_before: f64,
}

impl Entry {
    pub const HEADING: &str = "store      devices workload              A: http/s B: store/s muster/s  median ms    \
                               p99 ms     /A     /B  /limit  goal";

    /// Muster's share of the limit: the slower of the bare server and the bare database.
    pub fn share(&self) -> f64 {
        self.muster.share_of(if self.http.rate < self.bare.rate { self.http } else { self.bare })
    }

    /// A line of the report.
    pub fn line(&self) -> String {
        let Entry { store, devices, name, http, bare, muster } = self;
        format!(
            "{:8} {devices:>9} {name:20} {:>9.0} {:>10.0} {:>9.0} {:>9.3} {:>9.3} {:>6.2} {:>6.2} {:>7.2}  {}",
            store.name(),
            http.rate,
            bare.rate,
            muster.rate,
            muster.median / 1e3,
            muster.p99 / 1e3,
            muster.share_of(*http),
            muster.share_of(*bare),
            self.share(),
            verdict(*store, *devices, name, self.share()),
        )
    }

    fn json(&self) -> Value {
        json!({
            "store": self.store.name(),
            "devices": self.devices,
            "workload": self.name,
            "bareHttp": self.http.json(),
            "bareStore": self.bare.json(),
            "muster": self.muster.json(),
            "share": self.share(),
            "goal": Goal::of(self.store, self.devices, &self.name).map(|goal| goal.to_string()),
        })
    }
}

impl Figure {
    /// A line of the report.
    pub fn line(&self) -> String {
        let Figure { store, devices, name, value } = self;
        let digits = if *value < 10.0 { 2 } else { 0 };
        let verdict = verdict(*store, *devices, name, *value);
        format!("{:8} {devices:>9} {name:50} {value:>12.digits$}  {verdict}", store.name())
    }

    fn json(&self) -> Value {
        let Figure { store, devices, name, value } = self;
        let goal = Goal::of(*store, *devices, name).map(|goal| goal.to_string());
        json!({ "store": store.name(), "devices": devices, "name": name, "value": value, "goal": goal })
    }
}

impl Report {
    /// The report as text for people.
    pub fn table(&self) -> String {
        let mut lines = vec![Entry::HEADING.to_owned()];
        lines.extend(self.entries.iter().map(Entry::line));
        lines.push(String::new());
        lines.extend(self.figures.iter().map(Figure::line));
        if self.load_before > LOAD_QUIET {
            lines.push(format!("The machine was not quiet (load {:.2}): measure again.", self.load_before));
        }
        lines.join("\n")
    }

    /// The report as JSON for programs.
    pub fn write_json(&self, path: &Path) -> Result<()> {
        let report = json!({
            "workloads": self.entries.iter().map(Entry::json).collect::<Vec<_>>(),
            "figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "loadBefore": self.load_before,
            "misses": self.misses(),
        });
        std::fs::write(path, format!("{report:#}\n"))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Everything that must be reached and was not.
    pub fn misses(&self) -> Vec<String> {
        let shares =
            self.entries.iter().map(|entry| (entry.store, entry.devices, &entry.name, entry.share()));
        let figures = self.figures.iter().map(|it| (it.store, it.devices, &it.name, it.value));
        let missed = shares.chain(figures).filter_map(|(store, devices, name, value)| {
            let goal = Goal::of(store, devices, name).filter(|goal| goal.is_missed(value))?;
            Some(format!("{name} on {} at {devices} devices: {value:.2}, {goal}", store.name()))
        });
        missed.collect()
    }
}

/// What a line says of its goal.
fn verdict(store: StoreKind, devices: u64, name: &str, value: f64) -> String {
    match Goal::of(store, devices, name) {
        None => String::new(),
        Some(goal) if goal.is_missed(value) => format!("{goal}: MISSED"),
        Some(goal) => goal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(http: f64, bare: f64, muster: f64) -> Entry {
        let [http, bare, muster] = [http, bare, muster].map(|rate| Round { rate, ..Round::default() });
        Entry { store: StoreKind::Sqlite, devices: 1, name: "get".into(), http, bare, muster }
    }

    #[test]
    fn the_limit_is_the_slower_of_both() {
        for (http, bare, expected) in [(100.0, 50.0, 0.5), (50.0, 100.0, 0.5), (25.0, 100.0, 1.0)] {
            assert_eq!(entry(http, bare, 25.0).share(), expected, "{http} {bare}");
        }
    }

    #[test]
    fn what_must_be_reached_is_checked() {
        let figure = |name: &str, value| {
            let (store, name) = (StoreKind::Postgres, name.to_owned());
            Report { figures: vec![Figure { store, devices: 1, name, value }], ..Report::default() }
        };
        let rate = |muster| Report { entries: vec![entry(100.0, 100.0, muster)], ..Report::default() };
        for (report, count) in [
            (rate(45.0), 0),
            (rate(44.0), 1),
            (figure("bytes on disk a device", 1_700.0), 0),
            (figure("bytes on disk a device", 1_701.0), 1),
            (figure("without a goal", 1e9), 0),
        ] {
            assert_eq!(report.misses().len(), count, "{report:?}");
        }
    }
}
