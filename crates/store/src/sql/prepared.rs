//! Changes as the databases write them: encoded and sealed on the caller's task, so that the writer only binds.

use odata::Key;
use odata::edm::SetId;

use super::value::SqlValue;
use crate::journal::ChangeKind;
use crate::ledger::LedgerChange;

/// One change. Keys are [`odata::Key::to_bytes`]; `parent` is there exactly where the set has a parent.
///
/// The statements are [`super::RowStatements`]; what they mean when they change no row, and in which order parameters
/// are bound, is written there.
#[derive(Clone, Debug)]
pub(crate) enum PreparedChange {
    Insert {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        state: RowState,
    },
    Update {
        set: SetId,
        parent: Option<Vec<u8>>,
        key: Vec<u8>,
        expected: i64,
        state: RowState,
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
        /// What an audit is told.
        record: Option<Box<str>>,
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

/// An entity's state as its row has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowState {
    /// They follow [`crate::layout::Table::columns`] one to one.
    pub columns: Vec<SqlValue>,
    pub document: Box<str>,
    /// Bound only if [`crate::layout::Table::sealed`].
    pub sealed: Option<Vec<u8>>,
    /// Bound only if [`crate::layout::Table::detached`].
    pub detached: Option<Vec<u8>>,
}

impl RowState {
    /// The number of bytes of its long parts.
    pub fn bytes(&self) -> usize {
        let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        self.document.len() + length(&self.sealed) + length(&self.detached)
    }
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
    /// The state of the entity that it writes; none if it writes no entity.
    pub fn state(&self) -> Option<&RowState> {
        match self {
            PreparedChange::Insert { state, .. } | PreparedChange::Update { state, .. } => Some(state),
            PreparedChange::Delete { .. }
            | PreparedChange::Note { .. }
            | PreparedChange::Unchanged { .. }
            | PreparedChange::SideWrite(_) => None,
        }
    }

    /// The set, key and state of the entity that it writes, to be changed; none if it writes no entity.
    pub fn state_mut(&mut self) -> Option<(SetId, &[u8], &mut RowState)> {
        match self {
            PreparedChange::Insert { set, key, state, .. }
            | PreparedChange::Update { set, key, state, .. } => Some((*set, key, state)),
            _ => None,
        }
    }

    /// The bytes of the entity that it writes: document, sealed secrets and binary value; none if it writes no entity.
    pub fn entity_bytes(&self) -> Option<usize> {
        self.state().map(RowState::bytes)
    }

    /// Whether it writes a job.
    pub fn is_enqueued(&self) -> bool {
        matches!(self, PreparedChange::SideWrite(SideWrite::Enqueue { .. }))
    }
}
