//! The one journal: what changed, in which order, by whom. Audit, delta, notifications and jobs all read it.

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use crate::unit::Actor;

/// The kind of change that an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The entity was created.
    Created,
    /// The entity has a new state.
    Updated,
    /// The entity ended, and all it contained.
    Deleted,
    /// The entities' secrets were shown.
    Revealed,
    /// The entities were accepted although they break a rule; which one is seen in them.
    Flagged,
}

/// An entry of the journal. Never holds a property's value.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// The entry's number: ascends within a tenant in the order of commits; without gaps on PostgreSQL, nearly so on
    /// SQLite.
    pub sequence: i64,
    /// The time of the change, by the context's clock.
    pub at: Ticks,
    /// The set of the entities.
    pub set: SetId,
    /// The kind of change.
    pub kind: ChangeKind,
    /// The keys of the entities: one, except for `Revealed` and `Flagged`.
    pub keys: Vec<Key>,
    /// The originator of the change.
    pub actor: Actor,
    /// The request that made the change.
    pub request_id: Uuid,
}

/// The keys of an entry of `Revealed` or `Flagged` as the journal keeps them: each after its length (four bytes,
/// big-endian). Other entries keep their one key as it is. None if a key is too long to be kept.
pub(crate) fn encode_keys(keys: &[Key]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for key in keys.iter().map(Key::to_bytes) {
        out.extend_from_slice(&u32::try_from(key.len()).ok()?.to_be_bytes());
        out.extend_from_slice(&key);
    }
    Some(out)
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
    /// The number that the journal stores: never changes its meaning.
    pub(crate) fn number(self) -> i16 {
        match self {
            ChangeKind::Created => 0,
            ChangeKind::Updated => 1,
            ChangeKind::Deleted => 2,
            ChangeKind::Revealed => 3,
            ChangeKind::Flagged => 4,
        }
    }

    /// The kind of a stored number.
    pub(crate) fn from_number(number: i16) -> Option<ChangeKind> {
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
