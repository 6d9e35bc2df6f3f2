//! The changes of entities that rest in no other: their next state, and their end. Both take effect only while the
//! entity is as its row has it.

use engine::{Context, Error};
use odata::Record;
use odata::edm::SetId;
use odata::payload::Draft;
use store::{Change, Row};

/// The next state of the entity of a row.
pub(crate) fn update(context: &Context<'_>, set: SetId, row: &Row, next: Record) -> Result<Change, Error> {
    let entity = Draft(next).complete(context.model())?;
    Ok(Change::Update { set, parent: None, key: row.key.clone(), expected: row.version, entity })
}

/// The end of the entity of a row.
pub(crate) fn deletion(set: SetId, row: Row) -> Change {
    Change::Delete { set, parent: None, key: row.key, expected: row.version }
}
