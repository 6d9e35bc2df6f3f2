//! How much of a list the bare database writes, told in transactions.

/// The number of transactions that would write all rows, and of those that are made.
#[derive(Clone, Copy)]
pub(super) struct Commits {
    pub all: u64,
    pub made: u64,
}
