//! Rows that are sent together.

use domain::device_list::{Identity, RowFailure};

/// Bytes of rows in a batch at most, so that its request stays below a server's usual bound.
pub const BATCH_BYTES_MAX: usize = 3 << 20;

/// Rows that are sent together.
#[derive(Clone, Debug)]
pub struct Batch {
    pub rows: Vec<Row>,
    /// How many bytes of the list were read for it.
    pub bytes_read: u64,
    /// The digest of all rows up to its end.
    pub digest: String,
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which it is, from 0.
    pub number: u64,
    /// Its line in the file, from 1.
    pub line: u64,
    /// As it is written there.
    pub serial_number: String,
    /// What is sent of it, or why nothing is.
    pub identity: Result<Identity, RowFailure>,
}
