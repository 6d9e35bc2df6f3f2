//! Units of work as the databases write them: encoded and sealed on the caller's task, so that the writer only binds.

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use super::prepared_entries::{PreparedEntry, entries_of};
use super::value::SqlValue;
use crate::error::WriteError;
use crate::idempotency::PreparedIdempotencyRecord;
use crate::journal::ChangeKind;
use crate::ledger::LedgerChange;
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

    /// The number of numbers that it takes.
    pub fn length(&self) -> i64 {
        self.entries.len() as i64
    }
}

/// One change. Keys are [`odata::Key::to_bytes`]; `parent` is there exactly where the set has a parent.
/// `columns` follow [`crate::layout::Table::columns`] one to one.
///
/// The statements are [`super::RowStatements`]; what they mean when they change no row, and in which order parameters
/// are bound, is written there.
#[derive(Clone, Debug)]
pub(crate) enum PreparedChange {
    Insert {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        columns: Vec<SqlValue>,
        document: Box<str>,
        /// Bound only if [`crate::layout::Table::sealed`].
        sealed: Option<Vec<u8>>,
    },
    Update {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        expected: i64,
        columns: Vec<SqlValue>,
        document: Box<str>,
        sealed: Option<Vec<u8>>,
    },
    Delete {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        expected: i64,
    },
    /// A journal entry of a kind that changes nothing.
    Note {
        kind: ChangeKind,
        set: SetId,
        keys: Vec<Key>,
        /// The keys as [`crate::journal::encode_keys`] has them.
        encoded: Vec<u8>,
    },
    /// A condition, checked before anything of the unit is written: `Overtaken` if the journal has something newer of
    /// the set.
    Unchanged {
        set: SetId,
        since: i64,
    },
    /// A change of a job or of the ledger, without a journal entry: its number in the answer is 0.
    SideWrite(SideWrite),
}

/// A change of what rests beside the entities.
#[derive(Clone, Debug)]
pub(crate) enum SideWrite {
    /// Writes a job, in place of one of the same kind and subject.
    Enqueue { job: JobKey, content: Box<[u8]>, run_at: i64 },
    /// Ends a job. `Overtaken` unless the fence is the job's.
    Finish { job: JobKey, fence: i64 },
    /// Gives a job a later time. `Overtaken` unless the fence is the job's.
    PutOff { job: JobKey, fence: i64, run_at: i64 },
    /// Changes an entry of the ledger. `Overtaken` unless the entry is as it was.
    Ledger(LedgerChange),
}

/// The key of a job within its tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct JobKey {
    pub kind: i16,
    pub subject: Vec<u8>,
}

impl PreparedChange {
    /// Whether it writes a job.
    pub fn is_enqueued(&self) -> bool {
        matches!(self, PreparedChange::SideWrite(SideWrite::Enqueue { .. }))
    }
}
