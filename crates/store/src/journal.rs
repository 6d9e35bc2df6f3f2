//! The one journal: what changed, in which order, by whom. Audit, delta, notifications and jobs all read it.

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use crate::note_kind::NoteKind;
use crate::unit::Actor;

/// The largest number of keys of one entry about changes.
pub(crate) const ENTRY_KEYS_MAX: usize = 1_024;
/// The bytes of keys after which no further entry is read at once: entries of many keys are read few at a time.
pub(crate) const PAGE_KEYS_BYTES_MAX: usize = 1 << 20;
/// The number of entries that one transaction looks at to prune them: milliseconds of work.
pub(crate) const PRUNED_TOGETHER_MAX: u32 = 2_000;
/// The bytes that no key has: the first byte of a length is then 0, with which no key begins.
const KEY_BYTES_MAX: u32 = 1 << 24;

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
    /// Something else is noted about the entities.
    Noted(NoteKind),
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
    /// The keys of the entities, each once: those that consecutive changes of one unit are about.
    pub keys: Vec<Key>,
    /// The originator of the change.
    pub actor: Actor,
    /// The request that made the change.
    pub request_id: Uuid,
}

/// The keys of an entry as the journal keeps them: each after its length (four bytes, big-endian), but one key about a
/// change as it is. None if a key is too long to be kept.
pub(crate) fn encode_keys<K: AsRef<[u8]>>(kind: ChangeKind, keys: &[K]) -> Option<Vec<u8>> {
    if let ([key], true) = (keys, kind.is_change()) {
        return Some(key.as_ref().to_vec());
    }
    let mut out = Vec::new();
    for key in keys.iter().map(AsRef::as_ref) {
        let length = u32::try_from(key.len()).ok().filter(|length| *length < KEY_BYTES_MAX)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(key);
    }
    Some(out)
}

/// Reads [`encode_keys`]; None if the bytes never were that.
pub(crate) fn decode_keys(kind: ChangeKind, mut bytes: &[u8]) -> Option<Vec<Key>> {
    if kind.is_change() && bytes.first() != Some(&0) {
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
    /// Whether entities changed; the other kinds are kept for an audit alone.
    pub fn is_change(self) -> bool {
        matches!(self, ChangeKind::Created | ChangeKind::Updated | ChangeKind::Deleted)
    }

    /// The number that the journal stores: never changes its meaning.
    pub(crate) fn number(self) -> i16 {
        match self {
            ChangeKind::Created => 0,
            ChangeKind::Updated => 1,
            ChangeKind::Deleted => 2,
            ChangeKind::Revealed => 3,
            ChangeKind::Noted(NoteKind::Flagged) => 4,
            ChangeKind::Noted(NoteKind::Discarded) => 5,
            ChangeKind::Noted(NoteKind::Restored) => 6,
            ChangeKind::Noted(NoteKind::Purged) => 7,
            ChangeKind::Noted(NoteKind::Alarmed) => 8,
            ChangeKind::Noted(NoteKind::Refused) => 9,
            ChangeKind::Noted(NoteKind::Requested) => 10,
            ChangeKind::Noted(NoteKind::Approved) => 11,
            ChangeKind::Noted(NoteKind::Marked) => 20,
            ChangeKind::Noted(NoteKind::Unmarked) => 21,
            ChangeKind::Noted(NoteKind::Overwritten) => 22,
            ChangeKind::Noted(NoteKind::Merged) => 40,
            ChangeKind::Noted(NoteKind::Conflicting) => 41,
            ChangeKind::Noted(NoteKind::Rotated) => 30,
            ChangeKind::Noted(NoteKind::Mismatched) => 31,
            ChangeKind::Noted(NoteKind::DatabaseRestored) => 12,
        }
    }

    /// The name that the records of an audit call it by: never changes its meaning.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Created => "created",
            ChangeKind::Updated => "updated",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Revealed => "revealed",
            ChangeKind::Noted(NoteKind::Flagged) => "flagged",
            ChangeKind::Noted(NoteKind::Discarded) => "discarded",
            ChangeKind::Noted(NoteKind::Restored) => "restored",
            ChangeKind::Noted(NoteKind::Purged) => "purged",
            ChangeKind::Noted(NoteKind::Alarmed) => "alarmed",
            ChangeKind::Noted(NoteKind::Refused) => "refused",
            ChangeKind::Noted(NoteKind::Requested) => "requested",
            ChangeKind::Noted(NoteKind::Approved) => "approved",
            ChangeKind::Noted(NoteKind::Marked) => "marked",
            ChangeKind::Noted(NoteKind::Unmarked) => "unmarked",
            ChangeKind::Noted(NoteKind::Overwritten) => "overwritten",
            ChangeKind::Noted(NoteKind::Merged) => "merged",
            ChangeKind::Noted(NoteKind::Conflicting) => "conflicting",
            ChangeKind::Noted(NoteKind::Rotated) => "rotated",
            ChangeKind::Noted(NoteKind::Mismatched) => "mismatched",
            ChangeKind::Noted(NoteKind::DatabaseRestored) => "databaseRestored",
        }
    }

    /// The kind of a stored number.
    pub(crate) fn from_number(number: i16) -> Option<ChangeKind> {
        let changes = [ChangeKind::Created, ChangeKind::Updated, ChangeKind::Deleted, ChangeKind::Revealed];
        let mut kinds = changes.into_iter().chain(NoteKind::ALL.map(ChangeKind::Noted));
        kinds.find(|kind| kind.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::{ChangeKind, decode_keys, encode_keys};

    #[test]
    fn keys_come_back_whatever_their_number() {
        for kind in [ChangeKind::Created, ChangeKind::Updated, ChangeKind::Deleted, ChangeKind::Revealed] {
            for count in [1, 2, 300] {
                let keys: Vec<Key> = (0..count).map(|at| Key::parse(&format!("key {at}"))).collect();
                let bytes: Vec<Vec<u8>> = keys.iter().map(Key::to_bytes).collect();
                let encoded = encode_keys(kind, &bytes).unwrap();
                assert_eq!(decode_keys(kind, &encoded), Some(keys), "{kind:?} of {count}");
                assert_eq!(
                    decode_keys(kind, &encoded[..encoded.len() - 1]).map(|keys| keys.len()),
                    (kind.is_change() && count == 1).then_some(1)
                );
            }
        }
    }

    #[test]
    fn one_key_of_a_change_is_kept_as_it_is() {
        let key = Key::new();
        assert_eq!(encode_keys(ChangeKind::Updated, &[key.to_bytes()]), Some(key.to_bytes()));
        assert_eq!(decode_keys(ChangeKind::Updated, &[]), None);
    }
}
