//! Units of work as the databases write them: changes, and the entries of the journal that they make.

use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use super::prepared::PreparedChange;
use super::prepared_entries::{PreparedEntry, entries_of};
use crate::error::WriteError;
use crate::idempotency::PreparedIdempotencyRecord;
use crate::seal::sealed_version;
use crate::unit::Actor;

/// A unit of work.
#[derive(Clone, Debug)]
pub(crate) struct PreparedUnit {
    pub tenant: Uuid,
    pub actor: Actor,
    pub request_id: Uuid,
    pub at: Ticks,
    /// The changes, applied in order.
    pub changes: Vec<PreparedChange>,
    /// The idempotency records, written after the changes. Where one is known already the unit is `Repeated`.
    pub idempotency_records: Vec<PreparedIdempotencyRecord>,
    /// The entries that it appends to the journal, each of which takes a number.
    pub entries: Vec<PreparedEntry>,
    /// For each change, the place of its entry among these; none for one that is not in the journal.
    places: Vec<Option<usize>>,
}

impl PreparedUnit {
    /// A unit without idempotency records; its changes are gathered into entries of the journal.
    pub fn new(
        (tenant, actor, request_id, at): (Uuid, Actor, Uuid, Ticks),
        changes: Vec<PreparedChange>,
    ) -> Result<PreparedUnit, WriteError> {
        let (entries, places) = entries_of(&changes)?;
        Ok(PreparedUnit {
            tenant,
            actor,
            request_id,
            at,
            changes,
            idempotency_records: Vec::new(),
            entries,
            places,
        })
    }

    /// The changes, each with its number after one that was given before the unit; 0 for one that takes none.
    pub fn numbered(&self, before: i64) -> impl Iterator<Item = (&PreparedChange, i64)> {
        let number = move |place: &Option<usize>| place.map_or(0, |place| before + 1 + place as i64);
        self.changes.iter().zip(self.places.iter().map(number))
    }

    /// The number of each change, as [`numbered`](PreparedUnit::numbered) gives it.
    pub fn versions(&self, before: i64) -> Vec<i64> {
        self.numbered(before).map(|(_, number)| number).collect()
    }

    /// The sets in which it changes entities.
    pub fn changed_sets(&self) -> impl Iterator<Item = SetId> {
        self.entries.iter().filter(|entry| entry.kind.is_change()).map(|entry| entry.set)
    }

    /// Whether it puts something on record for an audit and changes nothing.
    pub fn only_records(&self) -> bool {
        let is_record = |change| matches!(change, &PreparedChange::Note { record: Some(_), .. });
        self.idempotency_records.is_empty() && self.changes.iter().all(is_record)
    }

    /// The oldest version of a data key under which something of it is sealed; none if nothing is.
    pub fn sealed_under(&self) -> Option<u32> {
        let sealed = self.changes.iter().filter_map(|change| change.state()?.sealed.as_deref());
        sealed.filter_map(sealed_version).min()
    }

    /// Whether it tells an audit something.
    pub fn is_audited(&self) -> bool {
        self.entries.iter().any(|entry| entry.record.is_some())
    }

    /// The number of numbers that it takes.
    pub fn length(&self) -> i64 {
        self.entries.len() as i64
    }
}
