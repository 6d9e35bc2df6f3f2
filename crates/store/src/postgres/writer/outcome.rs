//! The outcomes of units and of transactions.

use crate::error::WriteError;
use crate::postgres::error::PostgresError;

/// The answer to the caller who committed a unit: the sequence number of each change.
pub(super) type UnitResult = Result<Vec<i64>, WriteError>;

/// The reason why a transaction was not committed.
#[derive(Debug)]
pub(super) enum BatchError {
    /// It would have succeeded without the units of these numbers.
    Suspects(Vec<usize>),
    /// It failed, and nothing of it is there.
    Failed(PostgresError),
    /// The connection broke during the commit: whether it succeeded is unknown.
    Unknown(String),
}

impl BatchError {
    /// The error of a connection that broke during the commit.
    pub fn unknown(message: &str) -> BatchError {
        BatchError::Unknown(format!("whether the write was committed is unknown: {message}"))
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
