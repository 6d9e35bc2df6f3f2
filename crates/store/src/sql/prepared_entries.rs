//! The journal's entries of a unit: consecutive changes of one kind in one set share an entry and its number.

use std::collections::HashSet;

use odata::edm::SetId;

use super::prepared::PreparedChange;
use crate::error::WriteError;
use crate::journal::{ChangeKind, ENTRY_KEYS_MAX, encode_keys};

/// An entry of the journal.
#[derive(Clone, Debug)]
pub(crate) struct PreparedEntry {
    pub kind: ChangeKind,
    pub set: SetId,
    /// The keys as [`encode_keys`] has them.
    pub keys: Vec<u8>,
    /// What an audit is told; none of a change.
    pub record: Option<Box<str>>,
}

/// The entry that still takes keys.
struct OpenEntry<'a> {
    kind: ChangeKind,
    set: SetId,
    keys: Vec<&'a [u8]>,
    seen: HashSet<&'a [u8]>,
}

impl<'a> OpenEntry<'a> {
    fn new(kind: ChangeKind, set: SetId) -> OpenEntry<'a> {
        OpenEntry { kind, set, keys: Vec::new(), seen: HashSet::new() }
    }

    /// Takes a key if there is room. A key stands in an entry once, because each of its states has a version of its own.
    fn takes(&mut self, kind: ChangeKind, set: SetId, key: &'a [u8]) -> bool {
        let takes =
            (self.kind, self.set) == (kind, set) && self.keys.len() < ENTRY_KEYS_MAX && self.seen.insert(key);
        if takes {
            self.keys.push(key);
        }
        takes
    }

    fn close(self) -> Result<PreparedEntry, WriteError> {
        let keys = encode_keys(self.kind, &self.keys);
        let keys = keys.ok_or_else(|| WriteError::Corrupt("a key too long to be kept".into()))?;
        Ok(PreparedEntry { kind: self.kind, set: self.set, keys, record: None })
    }
}

/// The entries of a unit's changes, and for each change the place of its entry among these.
pub(super) fn entries_of(
    changes: &[PreparedChange],
) -> Result<(Vec<PreparedEntry>, Vec<Option<usize>>), WriteError> {
    let (mut entries, mut places) = (Vec::new(), Vec::with_capacity(changes.len()));
    let mut open: Option<OpenEntry<'_>> = None;
    for change in changes {
        let (kind, set, key) = match change {
            PreparedChange::Insert { set, key, .. } => (ChangeKind::Created, *set, key),
            PreparedChange::Update { set, key, .. } => (ChangeKind::Updated, *set, key),
            PreparedChange::Delete { set, key, .. } => (ChangeKind::Deleted, *set, key),
            PreparedChange::Note { kind, set, encoded, record, .. } => {
                entries.extend(open.take().map(OpenEntry::close).transpose()?);
                places.push(Some(entries.len()));
                let (keys, record) = (encoded.clone(), record.clone());
                entries.push(PreparedEntry { kind: *kind, set: *set, keys, record });
                continue;
            }
            PreparedChange::Unchanged { .. } | PreparedChange::SideWrite(_) => {
                places.push(None);
                continue;
            }
        };
        if !open.as_mut().is_some_and(|entry| entry.takes(kind, set, key)) {
            entries.extend(open.take().map(OpenEntry::close).transpose()?);
            open.insert(OpenEntry::new(kind, set)).takes(kind, set, key);
        }
        places.push(Some(entries.len()));
    }
    entries.extend(open.map(OpenEntry::close).transpose()?);
    Ok((entries, places))
}

#[cfg(test)]
mod tests {
    use odata::edm::SetId;

    use super::{ENTRY_KEYS_MAX, PreparedChange, entries_of};
    use crate::journal::ChangeKind;
    use crate::note_kind::NoteKind;
    use crate::sql::RowState;

    fn delete(set: u16, key: &str) -> PreparedChange {
        PreparedChange::Delete { set: SetId(set), parent: None, key: key.into(), expected: 1 }
    }

    fn insert(set: u16, key: &str) -> PreparedChange {
        let state = RowState { document: "[]".into(), ..RowState::default() };
        PreparedChange::Insert { set: SetId(set), parent: None, key: key.into(), state }
    }

    #[test]
    fn consecutive_changes_of_one_kind_in_one_set_share_an_entry() {
        let note = || PreparedChange::Note {
            kind: ChangeKind::Noted(NoteKind::Flagged),
            set: SetId(1),
            keys: Vec::new(),
            encoded: Vec::new(),
            record: Some("{}".into()),
        };
        let aside = || PreparedChange::Unchanged { set: SetId(1), since: 0 };
        let many = || (0..=ENTRY_KEYS_MAX).map(|at| delete(1, &at.to_string())).collect::<Vec<_>>();
        let cases = [
            ("two of a kind", vec![delete(1, "a"), delete(1, "b")], vec![Some(0), Some(0)]),
            ("two kinds", vec![insert(1, "a"), delete(1, "a")], vec![Some(0), Some(1)]),
            ("two sets", vec![delete(1, "a"), delete(2, "b")], vec![Some(0), Some(1)]),
            ("one key twice", vec![delete(1, "a"), delete(1, "a")], vec![Some(0), Some(1)]),
            (
                "a condition between two",
                vec![delete(1, "a"), aside(), delete(1, "b")],
                vec![Some(0), None, Some(0)],
            ),
            (
                "a note between two",
                vec![delete(1, "a"), note(), delete(1, "b")],
                vec![Some(0), Some(1), Some(2)],
            ),
            ("nothing to note", vec![aside()], vec![None]),
        ];
        for (case, changes, expected) in cases {
            let (entries, places) = entries_of(&changes).unwrap();
            assert_eq!(places, expected, "{case}");
            assert_eq!(entries.len(), places.iter().flatten().max().map_or(0, |last| last + 1), "{case}");
        }
        let (entries, places) = entries_of(&many()).unwrap();
        assert_eq!((entries.len(), places.last()), (2, Some(&Some(1))), "an entry is bounded");
    }
}
