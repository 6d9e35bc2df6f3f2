//! The one journal: what changed, in which order, by whom. Audit, delta, notifications and jobs all read it.

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use crate::Actor;

/// What an entry says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The entity came to be.
    Created,
    /// It changed.
    Updated,
    /// It ended, and all it contained.
    Deleted,
    /// Its secrets were shown.
    Revealed,
    /// It was accepted although it breaks a rule; which one is seen in it.
    Flagged,
}

/// An entry of the journal. Never holds a property's value.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Ascends within a tenant in the order of commits; without gaps on PostgreSQL, nearly so on SQLite.
    pub sequence: i64,
    /// When, by the context's clock.
    pub at: Ticks,
    /// Where.
    pub set: SetId,
    /// What happened.
    pub kind: ChangeKind,
    /// Which entities: one, except for `Revealed` and `Flagged`.
    pub keys: Vec<Key>,
    /// Who did it.
    pub actor: Actor,
    /// In which request.
    pub request_id: Uuid,
}

/// The keys of an entry as the journal keeps them: one key as it is; for those two each after its length (four
/// bytes, big-endian).
pub(crate) fn encode_keys(keys: &[Key]) -> Vec<u8> {
    let mut out = Vec::new();
    for key in keys.iter().map(Key::to_bytes) {
        out.extend_from_slice(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&key);
    }
    out
}

/// Reads [`encode_keys`] or one key, as the kind has it; None if the bytes never were that.
pub(crate) fn decode_keys(kind: ChangeKind, mut bytes: &[u8]) -> Option<Vec<Key>> {
    if !matches!(kind, ChangeKind::Revealed | ChangeKind::Flagged) {
        return Some(vec![Key::from_bytes(bytes)?]);
    }
    let mut keys = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (key, rest) = rest.split_at_checked(length)?;
        keys.push(Key::from_bytes(key)?);
        bytes = rest;
    }
    bytes.is_empty().then_some(keys)
}

impl ChangeKind {
    /// What the journal stores: never changes its meaning.
    pub(crate) fn number(self) -> i64 {
        match self {
            ChangeKind::Created => 0,
            ChangeKind::Updated => 1,
            ChangeKind::Deleted => 2,
            ChangeKind::Revealed => 3,
            ChangeKind::Flagged => 4,
        }
    }

    /// The kind of a stored number.
    pub(crate) fn from_number(number: i64) -> Option<ChangeKind> {
        let kinds = [
            ChangeKind::Created,
            ChangeKind::Updated,
            ChangeKind::Deleted,
            ChangeKind::Revealed,
            ChangeKind::Flagged,
        ];
        kinds.into_iter().find(|kind| kind.number() == number)
    }
}
