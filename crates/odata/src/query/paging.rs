//! `$skiptoken`: opaque, and stable under concurrent inserts because it names a row, not a number of rows.

use crate::{Key, Value};

/// The last row of a page: the values it was ordered by, and its key.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The value of each `$orderby` key, in order.
    pub values: Vec<Value>,
    /// The row's key, which makes the order total.
    pub key: Key,
}
