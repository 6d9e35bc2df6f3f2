//! How many entities of one set are in which state, as it was counted last.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// The entities of a set by their state.
#[derive(Clone, Debug)]
pub struct StateFigures {
    /// The path of the set.
    pub set: String,
    /// How many are in which state; every state that there is has its number.
    pub counts: Vec<(String, u64)>,
    /// The time since they were counted.
    pub age: Duration,
}

/// The counts as they were taken last.
#[derive(Debug, Default)]
pub(crate) struct StateCounts {
    pub(crate) taken: Mutex<Option<(BTreeMap<i64, u64>, Instant)>>,
    pub(crate) wanted: Notify,
}
