//! What Muster must reach: the one table of goals.

use crate::options::StoreKind;

/// A bound of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

use Goal::{AtLeast, AtMost};

/// A figure's name, and its goal on SQLite and on PostgreSQL. A goal of a workload is the share of its limit.
const GOALS: [(&str, Option<Goal>, Option<Goal>); 27] = [
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
    both("contains", AtLeast(20.0)),
    both("contains after load", AtLeast(20.0)),
    ("patch-1", Some(AtLeast(0.25)), None),
    ("patch-32", Some(AtLeast(0.25)), None),
    ("patch-1 to create-1", None, Some(AtLeast(1.0))),
    ("patch-32 to create-32", None, Some(AtLeast(1.0))),
    both("get beside writers, of its rate at rest", AtLeast(0.6)),
    both("contains beside writers, of its rate at rest", AtLeast(0.6)),
    both("get beside writers, p99 in ms", AtMost(20.0)),
    both("contains beside writers, p99 in ms", AtMost(20.0)),
    ("bytes on disk a device", Some(AtMost(1_300.0)), Some(AtMost(1_700.0))),
    both("ready when empty, in ms", AtMost(100.0)),
    both("ready when loaded, in ms", AtMost(300.0)),
    both("memory when idle, in MB", AtMost(30.0)),
    both("binary, in MB", AtMost(25.0)),
];

const fn both(name: &str, goal: Goal) -> (&str, Option<Goal>, Option<Goal>) {
    (name, Some(goal), Some(goal))
}

impl Goal {
    /// The goal of a figure, if it has one.
    pub fn of(store: StoreKind, name: &str) -> Option<Goal> {
        let (_, sqlite, postgres) = GOALS.iter().find(|(goal, ..)| *goal == name)?;
        match store {
            StoreKind::Sqlite => *sqlite,
            StoreKind::Postgres => *postgres,
        }
    }

    /// Whether a figure fails it.
    pub fn is_missed(self, value: f64) -> bool {
        match self {
            AtLeast(least) => value < least,
            AtMost(most) => value > most,
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AtLeast(least) => write!(formatter, "at least {least}"),
            AtMost(most) => write!(formatter, "at most {most}"),
        }
    }
}
