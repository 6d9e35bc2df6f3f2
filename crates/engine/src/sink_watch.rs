//! The sink of the audit's records as it was last seen.

use std::sync::{Mutex, PoisonError};

/// What is known of the sink; shared by who delivers and who asks.
#[derive(Debug, Default)]
pub(crate) struct SinkWatch(Mutex<Option<SinkState>>);

/// The sink as it was last seen.
#[derive(Clone, Debug)]
pub(crate) struct SinkState {
    /// The name under which is kept what it has.
    pub name: String,
    /// Why it took no records the last time; none if it took them.
    pub failure: Option<String>,
}

impl SinkWatch {
    /// Notes that it takes records, or why it does not.
    pub fn note(&self, name: &str, failure: Option<String>) {
        let state = SinkState { name: name.to_owned(), failure };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    /// The sink; none if there is none.
    pub fn state(&self) -> Option<SinkState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
