//! Rows that are sent together.

use domain::device_list::{Identity, RowFailure};

/// The most bytes of rows in a batch, so that its request stays below a server's usual bound.
pub const BATCH_BYTES_MAX: usize = 3 << 20;

/// Rows of a list that are sent together.
#[derive(Clone, Debug)]
pub struct RowBatch {
    pub rows: Vec<BatchRow>,
    /// The bytes of the list that were read up to its end.
    pub bytes_read: u64,
    /// The digest of all rows up to its end.
    pub digest: String,
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct BatchRow {
    /// The number of the row, from 0.
    pub number: u64,
    /// The line of the row in the file, from 1.
    pub line: u64,
    /// The serial number as the list has it.
    pub serial_number: String,
    /// The identity that is sent, or why none is.
    pub identity: Result<Identity, RowFailure>,
}
