//! Changes of entities that rest in no other.

use odata::edm::SetId;
use store::{Change, Row};

/// The end of an entity, if it is still as its row has it.
pub(crate) fn deletion(set: SetId, row: Row) -> Change {
    Change::Delete { set, parent: None, key: row.key, expected: row.version }
}
