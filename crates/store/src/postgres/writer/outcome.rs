//! The outcomes of units and of transactions.

use super::settlement::{UnitResult, UnsettledCommit};
use crate::postgres::error::PostgresError;

/// The reason why a transaction was not committed.
#[derive(Debug)]
pub(super) enum BatchError {
    /// It would have succeeded without the units of these numbers.
    Suspects(Vec<usize>),
    /// It failed, and nothing of it is there.
    Failed(PostgresError),
    /// The connection broke during the commit: whether it succeeded is unknown.
    Unknown(UnsettledCommit),
}

impl BatchError {
    /// The error of a connection that broke during the commit.
    pub fn unknown(message: &str, results: Option<Vec<UnitResult>>) -> BatchError {
        let message = format!("whether the write was committed is unknown: {message}");
        BatchError::Unknown(UnsettledCommit { message, results })
    }

    /// The error of a batch whose own bookkeeping lacks something.
    pub fn defect(lacking: &str) -> BatchError {
        BatchError::Failed(PostgresError::Refused(format!("a defect in the writer: no {lacking}")))
    }
}

impl From<PostgresError> for BatchError {
    fn from(error: PostgresError) -> BatchError {
        BatchError::Failed(error)
    }
}
