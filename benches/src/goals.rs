//! What Muster must reach: the one table of goals.

use crate::options::StoreKind;

/// A bound of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// At least so often the rate of a scan of [`SCANNED`] devices; a scan of fewer is faster, so that less is asked.
    TimesScan(f64),
}

use Goal::{AtLeast, AtMost, TimesScan};

/// From here on a goal that is told in scans holds in full.
const SCANNED: u64 = 100_000;

/// A figure's name, and its goal on SQLite and on PostgreSQL. A goal of a workload is the share of its limit.
const GOALS: [(&str, Option<Goal>, Option<Goal>); 28] = [
    ("create-1", Some(AtLeast(0.4)), Some(AtLeast(0.3))),
    ("create-32", Some(AtLeast(0.3)), Some(AtLeast(0.4))),
    ("create-128", Some(AtLeast(0.3)), Some(AtLeast(0.5))),
    ("import", Some(AtLeast(0.45)), Some(AtLeast(0.4))),
    both("get", AtLeast(0.45)),
    both("get after load", AtLeast(0.45)),
    both("filter-eq", AtLeast(0.4)),
    both("filter-eq after load", AtLeast(0.4)),
    both("list-100", AtLeast(0.7)),
    both("list-100 after load", AtLeast(0.7)),
    both("list-1000", AtLeast(1.0)),
    both("list-1000 after load", AtLeast(1.0)),
    both("contains", TimesScan(20.0)),
    both("contains after load", TimesScan(20.0)),
    ("patch-1", Some(AtLeast(0.25)), None),
    ("patch-32", Some(AtLeast(0.25)), None),
    ("patch-1 to create-1", None, Some(AtLeast(1.0))),
    ("patch-32 to create-32", None, Some(AtLeast(1.0))),
    both("get beside writers, of its rate at rest", AtLeast(0.6)),
    both("contains beside writers, of its rate at rest", AtLeast(0.6)),
    both("get beside writers, p99 in ms", AtMost(20.0)),
    both("contains beside writers, p99 in ms", AtMost(20.0)),
    ("bytes on disk a device", Some(AtMost(1_300.0)), Some(AtMost(1_700.0))),
    ("ready when empty, in ms", Some(AtMost(60.0)), Some(AtMost(150.0))),
    both("ready when loaded, in ms", AtMost(100.0)),
    both("memory when idle, in MB", AtMost(25.0)),
    both("memory at its peak, in MB", AtMost(150.0)),
    both("binary, in MB", AtMost(25.0)),
];

const fn both(name: &str, goal: Goal) -> (&str, Option<Goal>, Option<Goal>) {
    (name, Some(goal), Some(goal))
}

impl Goal {
    /// The goal of a figure, if it has one.
    pub fn of(store: StoreKind, devices: u64, name: &str) -> Option<Goal> {
        let (_, sqlite, postgres) = GOALS.iter().find(|(goal, ..)| *goal == name)?;
        let goal = match store {
            StoreKind::Sqlite => *sqlite,
            StoreKind::Postgres => *postgres,
        };
        match goal? {
            TimesScan(least) => Some(AtLeast(least * devices.min(SCANNED) as f64 / SCANNED as f64)),
            goal => Some(goal),
        }
    }

    /// Whether a figure fails it.
    pub fn is_missed(self, value: f64) -> bool {
        match self {
            AtLeast(least) | TimesScan(least) => value < least,
            AtMost(most) => value > most,
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AtLeast(least) | TimesScan(least) => write!(formatter, "at least {least}"),
            AtMost(most) => write!(formatter, "at most {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_depends_on_the_store_and_on_what_is_scanned() {
        for (store, devices, name, expected) in [
            (StoreKind::Sqlite, 1, "create-128", Some(AtLeast(0.3))),
            (StoreKind::Postgres, 1, "create-128", Some(AtLeast(0.5))),
            (StoreKind::Postgres, 1, "patch-1", None),
            (StoreKind::Sqlite, 20_000, "contains", Some(AtLeast(4.0))),
            (StoreKind::Sqlite, 1_000_000, "contains", Some(AtLeast(20.0))),
            (StoreKind::Sqlite, 1, "of no goal", None),
        ] {
            assert_eq!(Goal::of(store, devices, name), expected, "{store:?} {devices} {name}");
        }
    }
}
