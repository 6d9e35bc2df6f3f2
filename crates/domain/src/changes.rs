//! Changes of entities that rest in no other, and the conditions of many changes.

use std::collections::BTreeMap;

use odata::edm::SetId;
use store::{Change, Row};

/// The end of an entity, if it is still as its row has it.
pub(crate) fn deletion(set: SetId, row: Row) -> Change {
    Change::Delete { set, parent: None, key: row.key, expected: row.version }
}

/// The changes with one condition for each set: that which looks back the farthest.
pub(crate) fn with_conditions_merged(mut changes: Vec<Change>) -> Vec<Change> {
    let mut oldest: BTreeMap<SetId, i64> = BTreeMap::new();
    changes.retain(|change| match change {
        Change::Unchanged { set, since } => {
            let kept = oldest.entry(*set).or_insert(*since);
            *kept = (*kept).min(*since);
            false
        }
        _ => true,
    });
    changes.extend(oldest.into_iter().map(|(set, since)| Change::Unchanged { set, since }));
    changes
}
